"""What a file holds, whatever its name says, and what is no file at all."""

import bz2
import gzip
import os
import socket
import sys

import numpy as np
import pytest
from PIL import Image

from topazcore.errors import MicrographError
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import find_micrographs, read_header, read_micrograph

GIVEN_OTHER_NAMES = [
    ("m.mrc", gzip.compress(bytes(5_000_000)), "gzip data"),
    ("m.mrc", bz2.compress(bytes(5_000_000)), "bzip2 data"),
    ("m.mrc", b"PK\x03\x04" + bytes(2000), "zip data"),
    ("m.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG data"),
    ("m.png", b"\xef\xbb\xbf\n <svg/>", "SVG data"),
    ("m.png", b"<!DOCTYPE html><html></html>", "XML or HTML data"),
    ("m.tif", b"SIMPLE  =                    T" + bytes(2850), "FITS data"),
    ("m.png", b"GIF89a" + bytes(100), "GIF data"),
    ("m.jpg", b"nothing that anyone knows", "unknown data"),
    ("m.png", b"", "no data"),
]


@pytest.mark.parametrize(("name", "content", "said"), GIVEN_OTHER_NAMES)
@pytest.mark.parametrize("read", [read_header, read_micrograph])
def test_other_content_is_named_and_not_unpacked(tmp_path, read, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MicrographError) as refusal:
        read(tmp_path / name)
    assert f"{name} holds {said}; expected an MRC, TIFF, PNG or JPEG image" in str(refusal.value)


def test_an_empty_mrc_is_refused_by_its_size(tmp_path):
    (tmp_path / "m.mrc").touch()
    with pytest.raises(MicrographError, match="has 0 bytes"):
        read_header(tmp_path / "m.mrc")


def test_the_content_decides_not_the_extension(tmp_path):
    image = np.arange(6, dtype=np.float32).reshape(2, 3)
    (tmp_path / "m.png").write_bytes(encode_mrc(image, 2.0))
    assert read_micrograph(tmp_path / "m.png").tolist() == image.tolist()
    Image.new("L", (3, 2)).save(tmp_path / "m.mrc", "png")
    assert read_header(tmp_path / "m.mrc").mode == "PNG 8-bit"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(MicrographError, match=r"gone\.mrc cannot be read: No such file"):
        read_header(tmp_path / "gone.mrc")


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_device_link(path):
    path.symlink_to("/dev/zero")


def make_folder(path):
    path.mkdir()


def make_broken_link(path):
    path.symlink_to(path.with_name("gone"))


SPECIAL = [(make_folder, "is a folder")]
if sys.platform != "win32":  # Windows has none of these in folders
    SPECIAL += [
        (make_pipe, "is a named pipe"),
        (make_socket, "is a socket"),
        (make_device_link, "is a device"),
        (make_broken_link, "cannot be read"),
    ]


@pytest.mark.parametrize(("make", "said"), SPECIAL)
def test_what_is_no_file_is_left_out_with_its_reason_and_never_opened(tmp_path, monkeypatch, make, said):
    (tmp_path / "good.mrc").write_bytes(encode_mrc(np.zeros((2, 2)), 1.5))
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(tmp_path / "m.mrc") if make is not make_socket else make("m.mrc")
    found, refused = find_micrographs(tmp_path)
    assert [path.name for path in found] == ["good.mrc"]
    assert [refusal.path.name for refusal in refused] == ["m.mrc"]
    assert said in str(refused[0].error)
    with pytest.raises(MicrographError, match=said):
        read_header(tmp_path / "m.mrc")
