"""The facade: real micrographs, and values that are not numbers."""

import numpy as np
import pytest

from topazcore.errors import MicrographError
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import find_micrographs, finite, read_header, read_micrograph

REAL = [
    ("bgal", 6, "MRC int16", (2048, 2048), 3.54, 0),
    ("groel", 1, "MRC float32", (512, 512), 1.0, 1),
    ("magellon", 1, "MRC float32", (512, 512), 0.79, 1),
    ("contaminated", 2, "MRC float32", (927, 959), 1.0, 1),
    ("klh", 2, "PNG 8-bit", (2048, 2048), None, 1),
]


@pytest.mark.parametrize(("folder", "count", "mode", "shape", "pixel_size", "warnings"), REAL)
def test_real_micrographs_open(shared_data, folder, count, mode, shape, pixel_size, warnings):
    found, refused = find_micrographs(shared_data / folder)
    assert (len(found), refused) == (count, [])
    for path in found:
        header = read_header(path)
        assert (header.mode, header.height, header.width) == (mode, *shape)
        assert header.pixel_size_angstrom == pixel_size
        assert len(header.warnings) == warnings
        assert read_micrograph(path).shape == shape


def test_a_binned_copy_with_an_old_grid_names_both_pixel_sizes(shared_data):
    (path,), _ = find_micrographs(shared_data / "magellon" / "*.mrc")
    (warning,) = read_header(path).warnings
    assert "0.79 Å is for 4096 columns but the image has 512" in warning and "6.32 Å" in warning


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (3, 5)])
def test_the_smallest_and_thinnest_images_open(tmp_path, shape):
    path = tmp_path / "m.mrc"
    path.write_bytes(encode_mrc(np.ones(shape), 2.0))
    assert read_header(path).height == shape[0]
    assert read_micrograph(path).shape == shape


def test_one_bad_file_does_not_keep_the_others_from_being_found(tmp_path):
    good = encode_mrc(np.ones((4, 4)), 2.0)
    for name, data in (("a.mrc", good), ("b.mrc", good[:-1]), ("c.mrc", good)):
        (tmp_path / name).write_bytes(data)
    found, _ = find_micrographs(tmp_path)
    assert [path.name for path in found] == ["a.mrc", "b.mrc", "c.mrc"]
    with pytest.raises(MicrographError):
        read_header(found[1])
    assert [read_header(found[index]).width for index in (0, 2)] == [4, 4]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_become_the_median_of_the_rest_and_are_counted(bad):
    image = np.array([[1, 2, bad], [3, 10, bad]], np.float32)
    fixed, count = finite(image)
    assert count == 2
    assert fixed.tolist() == [[1, 2, 2.5], [3, 10, 2.5]]
    assert not np.isfinite(image[0, 2])


def test_an_image_of_finite_values_is_not_copied():
    image = np.ones((2, 2), np.float32)
    fixed, count = finite(image)
    assert fixed is image and count == 0


@pytest.mark.parametrize("sample", ["u1", "i1", "u2", "i2", "f2", "f4"])
def test_every_stored_sample_type_becomes_float32(sample):
    fixed, count = finite(np.array([[1, 2]], sample))
    assert (fixed.dtype, fixed.tolist(), count) == (np.float32, [[1, 2]], 0)


def test_an_image_without_any_finite_value_is_refused():
    with pytest.raises(MicrographError, match="no pixel has a finite value"):
        finite(np.full((2, 2), np.nan, np.float32))
