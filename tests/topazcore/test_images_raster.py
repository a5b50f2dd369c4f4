"""PNG and JPEG, as Pillow writes them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from topazcore.errors import MicrographError
from topazcore.micrograph import read_header, read_micrograph

RAMP = np.arange(600).reshape(20, 30)


def test_8_and_16_bit_png_are_read_as_stored(tmp_path):
    for sample in ("u1", "u2"):
        path, image = tmp_path / "m.png", (RAMP * 100).astype(sample)
        Image.fromarray(image).save(path)
        found = read_micrograph(path)
        np.testing.assert_array_equal(found, image)
        assert found.dtype == image.dtype
        header = read_header(path)
        assert (header.height, header.width, header.mode) == (20, 30, f"PNG {8 * image.itemsize}-bit")
        assert header.warnings == ("pixel size unknown, please enter it",)


def test_a_1_bit_png_is_widened(tmp_path):
    path = tmp_path / "m.png"
    Image.fromarray(RAMP % 2 == 0).save(path)
    assert read_micrograph(path)[0, :3].tolist() == [1, 0, 1]


def test_a_grey_jpeg_is_read(tmp_path):
    path = tmp_path / "m.jpg"
    Image.new("L", (30, 20), 77).save(path)
    assert read_micrograph(path).shape == (20, 30)
    assert abs(int(read_micrograph(path)[5, 5]) - 77) <= 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_a_grey_picture_saved_in_colour_is_its_one_channel(tmp_path, mode):
    path, grey = tmp_path / "m.png", (RAMP % 251).astype("u1")
    Image.fromarray(grey).convert(mode).save(path)
    np.testing.assert_array_equal(read_micrograph(path), grey)
    assert read_header(path).mode.endswith("with equal channels")


@pytest.mark.parametrize("read", [read_header, read_micrograph])
def test_a_coloured_picture_is_refused_as_rgb(tmp_path, read):
    path = tmp_path / "m.png"
    Image.new("RGB", (30, 20), (10, 10, 11)).save(path)
    with pytest.raises(MicrographError, match="colour image \\(RGB\\)"):
        read(path)


def test_a_cmyk_jpeg_is_refused(tmp_path):
    path = tmp_path / "m.jpg"
    Image.new("CMYK", (30, 20)).save(path)
    with pytest.raises(MicrographError, match="colour image \\(CMYK\\)"):
        read_header(path)


def test_an_animated_png_is_refused_with_its_frames(tmp_path):
    path = tmp_path / "m.png"
    frames = [Image.new("L", (30, 20), value) for value in (0, 128, 255)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(MicrographError, match="has 3 frames; expected one 2-D image"):
        read_header(path)


@pytest.mark.parametrize("extension", ["png", "jpg"])
@pytest.mark.parametrize("kept", [12, 0.6])
def test_a_truncated_picture_is_refused(tmp_path, extension, kept):
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64)).astype("u1")
    Image.fromarray(noise).save(whole, "png" if extension == "png" else "jpeg")
    size = kept if kept > 1 else int(len(whole.getvalue()) * kept)
    path = tmp_path / f"m.{extension}"
    path.write_bytes(whole.getvalue()[:size])
    with pytest.raises(MicrographError, match="damaged"):
        read_micrograph(path)


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_a_png_that_claims_a_gigantic_image_is_refused_from_its_header(tmp_path):
    path = tmp_path / "m.png"
    empty = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    path.write_bytes(png_header(100_000, 100_000) + empty)
    with pytest.raises(MicrographError, match="claims 100000 x 100000 pixels"):
        read_header(path)


def test_a_frame_of_super_resolution_size_is_within_our_limit(tmp_path):
    path = tmp_path / "m.png"
    Image.new("L", (11_520, 8_184)).save(path, compress_level=1)
    assert read_header(path).width == 11_520
