import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topazcore.tensorfile import Damaged, document_of, encode, tensors_of

TENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b/c": torch.tensor(7),
    "bytes": torch.ones(3, dtype=torch.uint8),
}
DOCUMENT = {"large": 2**127, "text": "Å", "none": None, "list": [1.5]}


def test_document_and_tensors_come_back():
    data = encode(DOCUMENT, TENSORS)
    found = tensors_of(data)
    assert document_of(data) == DOCUMENT and found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype
               for name, tensor in TENSORS.items())  # fmt: skip


def test_tensors_laid_out_in_another_way_are_written_plainly():
    tensor = torch.arange(24.0).reshape(1, 2, 3, 4)
    found = tensors_of(encode({}, {"a": tensor.to(memory_format=torch.channels_last)}))["a"]
    assert found.is_contiguous() and torch.equal(found, tensor)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "0 bytes"),
        (b"PK\x03\x04" + b"x" * 60, "no safetensors header"),
        (struct.pack("<Q", 1000) + b"{", "a file cut short"),
        (struct.pack("<Q", 2) + b"{}", "a header without"),
        (struct.pack("<Q", 35) + b'{"__metadata__": {"peridot": "[1]"}}'[:35], "a header without"),
    ],
)
def test_bytes_that_are_no_such_file_are_refused(data, found):
    with pytest.raises(Damaged, match=found):
        document_of(data)


@given(st.integers(0, len(encode(DOCUMENT, TENSORS)) - 1))
def test_a_file_cut_anywhere_is_refused(length):
    data = encode(DOCUMENT, TENSORS)[:length]
    with pytest.raises(Damaged):
        document_of(data)
        tensors_of(data)
