"""MRC files written byte by byte, so that every field is known."""

import struct

import mrcfile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from topazcore.errors import MicrographError
from topazcore.images.mrc import encode_mrc, parse_mrc_header
from topazcore.micrograph import read_header, read_micrograph

WORDS = {"nx": 0, "ny": 1, "nz": 2, "mode": 3, "mx": 7, "my": 8, "mz": 9, "ispg": 22, "nsymbt": 23}
RAMP = np.arange(12).reshape(3, 4)


def header(order="<", cell=(8.0, 6.0, 2.0), map_id=b"MAP ", stamp=b"DD\x00\x00", **words) -> bytearray:
    """A header for a 4 x 3 image of int16 with pixels of 2 Å, except for what is given."""
    words = {"nx": 4, "ny": 3, "nz": 1, "mode": 1, "mx": 4, "my": 3, "mz": 1, **words}
    block = bytearray(1024)
    for name, value in words.items():
        struct.pack_into(f"{order}i", block, 4 * WORDS[name], value)
    struct.pack_into(f"{order}3f", block, 40, *cell)
    struct.pack_into(f"{order}3i", block, 64, 1, 2, 3)
    block[208:216] = map_id + stamp
    return block


def pixels(dtype="<i2") -> bytes:
    return RAMP.astype(dtype).tobytes()


@pytest.fixture
def mrc(tmp_path):
    """Writes bytes as m.mrc and returns its path."""

    def write(*parts: bytes):
        path = tmp_path / "m.mrc"
        path.write_bytes(b"".join(parts))
        return path

    return write


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("mode", "sample"), [(0, "i1"), (1, "i2"), (2, "f4"), (6, "u2"), (12, "f2")])
def test_every_mode_is_read_in_both_byte_orders(mrc, order, mode, sample):
    path = mrc(header(order, mode=mode), pixels(order + sample))
    image = read_micrograph(path)
    assert image.dtype == np.dtype(sample) and image.dtype.isnative
    assert image.tolist() == RAMP.tolist()
    assert read_header(path).pixel_size_angstrom == 2.0


def test_packed_4_bit_rows_begin_on_whole_bytes_with_the_low_nibble_first(mrc):
    path = mrc(header(mode=101, nx=3, ny=2, mx=3, my=2), bytes([0x21, 0x03, 0x54, 0x06]))
    assert read_micrograph(path).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read_header(path).mode == "MRC uint4"


def test_bytes_are_signed_unless_imod_says_otherwise(mrc):
    block = header(mode=0, nx=2, ny=1, mx=2, my=1)
    assert read_micrograph(mrc(block, b"\xff\x01")).tolist() == [[-1, 1]]
    struct.pack_into("<2i", block, 152, 1146047817, 0)
    assert read_micrograph(mrc(block, b"\xff\x01")).tolist() == [[255, 1]]
    struct.pack_into("<2i", block, 152, 1146047817, 1)
    assert read_micrograph(mrc(block, b"\xff\x01")).tolist() == [[-1, 1]]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("map_id", [b"MAP ", b"\x00" * 4])
@pytest.mark.parametrize("stamp", [b"DD\x00\x00", b"DA\x00\x00", b"\x11\x11\x00\x00", b"\x00" * 4])
def test_map_id_and_machine_stamp_are_not_needed(mrc, order, map_id, stamp):
    path = mrc(header(order, map_id=map_id, stamp=stamp), pixels(f"{order}i2"))
    assert read_micrograph(path).tolist() == RAMP.tolist()


@pytest.mark.parametrize("width", [1, 255, 256, 4096, 16384, 65535])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_byte_order_is_found_for_every_plausible_width(order, width):
    parsed = parse_mrc_header(bytes(header(order, nx=width, map_id=b"\x00" * 4, stamp=b"\x00" * 4)))
    assert (parsed.order, parsed.width) == (order, width)


def test_the_extended_header_is_skipped(mrc):
    assert read_micrograph(mrc(header(nsymbt=160), b"\xee" * 160, pixels())).tolist() == RAMP.tolist()


BAD_HEADERS = [
    ({"nx": 2**31 - 1, "ny": 2**31 - 1}, "2147483647 x 2147483647"),
    ({"nx": 0}, "0 x 3"),
    ({"nx": -4}, "-4 x 3"),
    ({"ny": 0}, "4 x 0"),
    ({"ny": -3}, "4 x -3"),
    ({"nz": 0}, "0 sections"),
    ({"nz": -1}, "-1 sections"),
    ({"nz": 50}, "has 50 sections"),
    ({"nsymbt": -1}, "-1 bytes"),
    ({"nsymbt": 2**31 - 1}, "expected 2,147,484,695 bytes"),
    ({"nx": 5}, "has 1,048 bytes; expected 1,054 bytes"),
    ({"mode": 3}, "mode 3; expected mode 0 (int8), 1 (int16), 2 (float32), 6 (uint16)"),
    ({"mode": 4}, "mode 4; expected"),
    ({"mode": 99}, "mode 99; expected"),
    ({"mode": -1}, "mode -1; expected"),
]


@pytest.mark.parametrize(("words", "said"), BAD_HEADERS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("read", [read_header, read_micrograph])
def test_a_header_that_cannot_be_true_is_refused_before_anything_is_allocated(mrc, read, order, words, said):
    with pytest.raises(MicrographError) as refusal:
        read(mrc(header(order, **words), pixels()))
    assert said in str(refusal.value)


@pytest.mark.parametrize("size", [100, 1023])
def test_a_file_shorter_than_a_header_is_refused(mrc, size):
    with pytest.raises(MicrographError, match=rf"has {size:,} bytes; expected at least the 1,024 bytes"):
        read_header(mrc(bytes(header())[:size]))


@pytest.mark.parametrize("missing", [1, 8])
def test_a_short_file_is_refused_with_found_and_expected_bytes(mrc, missing):
    with pytest.raises(MicrographError, match=rf"has {1048 - missing:,} bytes; expected 1,048 bytes"):
        read_header(mrc(header(), pixels()[:-missing]))


def test_a_long_file_opens_with_one_warning(mrc):
    path = mrc(header(), pixels(), b"more")
    assert read_header(path).warnings == ("4 bytes after the image were ignored",)
    assert read_micrograph(path).tolist() == RAMP.tolist()


def test_a_volume_stack_of_no_volumes_is_just_an_image(mrc):
    assert read_micrograph(mrc(header(ispg=401, mz=0), pixels())).tolist() == RAMP.tolist()


@pytest.mark.parametrize("cell", [0.0, -8.0, float("nan"), float("inf"), 4e6, 0.04])
def test_an_unbelievable_pixel_size_is_unknown(mrc, cell):
    found = read_header(mrc(header(cell=(cell, cell, 1)), pixels()))
    assert found.pixel_size_angstrom is None
    assert found.warnings == ("pixel size unknown, please enter it",)


@pytest.mark.parametrize("mx", [0, -4])
def test_a_grid_without_columns_gives_no_pixel_size(mrc, mx):
    assert read_header(mrc(header(mx=mx), pixels())).pixel_size_angstrom is None


@pytest.mark.parametrize(
    ("fields", "pixel_size", "said"),
    [
        ({"cell": (4.0, 3.0, 1.0)}, 1.0, "exactly 1 Å"),
        ({"mx": 32, "my": 24}, 0.25, "if it was binned it is 2 Å"),
        ({"cell": (8.0, 9.0, 2.0)}, 2.0, "not square: 2 x 3 Å"),
    ],
)
def test_a_suspicious_pixel_size_is_kept_with_a_warning(mrc, fields, pixel_size, said):
    found = read_header(mrc(header(**fields), pixels()))
    assert found.pixel_size_angstrom == pixel_size
    assert len(found.warnings) == 1 and said in found.warnings[0]


def test_a_file_cut_after_its_size_was_checked_is_an_error_not_a_crash(mrc, monkeypatch):
    path = mrc(header(), pixels())
    monkeypatch.setattr(
        "topazcore.images.mrc._checked_header", lambda *_: (parse_mrc_header(bytes(header(ny=5))), 0)
    )
    with pytest.raises(MicrographError, match="ended after 24 bytes of its image; expected 40 bytes"):
        read_micrograph(path)


SMALL_IMAGES = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-1e6, 1e6, width=32),
)


@given(image=SMALL_IMAGES, pixel_size=st.sampled_from([None, 0.5, 1.35, 20.0]))
def test_what_is_written_is_read_back(tmp_path_factory, image, pixel_size):
    path = tmp_path_factory.mktemp("round") / "m.mrc"
    path.write_bytes(encode_mrc(image, pixel_size))
    np.testing.assert_array_equal(read_micrograph(path), image)
    found = read_header(path).pixel_size_angstrom
    assert found == (pixel_size and pytest.approx(pixel_size, rel=1e-5))


def test_an_independent_reader_agrees_with_what_is_written(tmp_path):
    image = np.arange(20, dtype=np.float32).reshape(4, 5)
    path = tmp_path / "m.mrc"
    path.write_bytes(encode_mrc(image, 1.5))
    assert mrcfile.validate(path)
    with mrcfile.open(path) as other:
        assert other.data.tolist() == image.tolist()
        assert other.voxel_size.x == pytest.approx(1.5)
        assert other.header.dmean == pytest.approx(9.5)
