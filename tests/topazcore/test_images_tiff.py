"""TIFF files as tifffile and Pillow write them."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from topazcore.errors import MicrographError
from topazcore.micrograph import read_header, read_micrograph

RAMP = np.arange(600).reshape(20, 30)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("sample", ["u1", "u2", "i2", "f4"])
def test_plain_samples_are_read_as_stored(tmp_path, order, sample):
    path, image = tmp_path / "m.tif", (RAMP % 251).astype(sample)
    tifffile.imwrite(path, image, byteorder=order)
    np.testing.assert_array_equal(read_micrograph(path), image)
    assert read_micrograph(path).dtype == image.dtype
    header = read_header(path)
    assert (header.height, header.width, header.mode) == (20, 30, f"TIFF {image.dtype}")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("sample", ["u1", "u2", "f4"])
def test_compressed_samples_are_read_as_stored(tmp_path, compression, sample):
    path, image = tmp_path / "m.tif", (RAMP % 251).astype(sample)
    Image.fromarray(image).save(path, compression=compression)
    found = read_micrograph(path)
    np.testing.assert_array_equal(found, image)
    assert found.dtype == image.dtype


@pytest.mark.parametrize("sample", ["u2", "i2", "f4"])
def test_deflate_with_the_difference_predictor_and_tiles(tmp_path, sample):
    path, image = tmp_path / "m.tif", (RAMP - 300).astype(sample)
    predictor = sample != "f4"
    tifffile.imwrite(path, image, compression="zlib", predictor=predictor, tile=(16, 16))
    np.testing.assert_array_equal(read_micrograph(path), image)


@pytest.mark.parametrize(
    ("resolution", "unit", "pixel_size"),
    [((1e8 / 1.25, 1e8 / 1.25), "CENTIMETER", 1.25), ((72, 72), "INCH", None), ((1, 1), "NONE", None)],
)
def test_the_pixel_size_comes_from_believable_resolution_tags(tmp_path, resolution, unit, pixel_size):
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, RAMP.astype("u2"), resolution=resolution, resolutionunit=unit)
    header = read_header(path)
    assert header.pixel_size_angstrom == pixel_size
    assert header.warnings == (() if pixel_size else ("pixel size unknown, please enter it",))


def colour(shape=(20, 30, 3)) -> np.ndarray:
    return np.zeros(shape, np.uint8)


@pytest.mark.parametrize(
    ("image", "options", "said"),
    [
        (np.zeros((5, 20, 30), np.uint16), {"photometric": "minisblack"}, "has 5 pages"),
        (colour(), {"photometric": "rgb"}, "colour image (RGB)"),
        (colour((20, 30, 4)), {"photometric": "separated"}, "colour image (SEPARATED)"),
        (np.zeros((20, 30), np.complex64), {}, "has complex64 samples; expected one of uint8, uint16"),
        (np.zeros((20, 30), np.float64), {}, "has float64 samples"),
    ],
)
@pytest.mark.parametrize("read", [read_header, read_micrograph])
def test_what_is_no_single_grey_image_is_named(tmp_path, read, image, options, said):
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, image, **options)
    with pytest.raises(MicrographError) as refusal:
        read(path)
    assert said in str(refusal.value)


@pytest.mark.parametrize("kept", [8, 100, 700])
def test_a_truncated_tiff_is_refused(tmp_path, kept):
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, RAMP.astype("f4"))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MicrographError, match="TIFF"):
        read_micrograph(path)


def tiff(width: int, height: int, strip: bytes, compression: int) -> bytes:
    """A little-endian TIFF of one 8-bit strip that claims the given size."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 4, height), (279, 4, len(strip))]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    return struct.pack("<2sHI", b"II", 42, 8 + len(strip)) + strip + directory


def test_a_tiff_that_claims_a_gigantic_image_is_refused_from_its_header(tmp_path):
    path = tmp_path / "m.tif"
    path.write_bytes(tiff(2**31 - 1, 2**31 - 1, b"\x00", compression=1))
    with pytest.raises(MicrographError, match="claims 2147483647 x 2147483647 pixels; expected at most"):
        read_header(path)


def test_a_strip_that_unpacks_to_more_than_its_image_gives_the_image_alone(tmp_path):
    path = tmp_path / "m.tif"
    path.write_bytes(tiff(2, 2, zlib.compress(bytes([1, 2, 3, 4]) + bytes(50_000_000)), compression=8))
    assert read_micrograph(path).tolist() == [[1, 2], [3, 4]]
