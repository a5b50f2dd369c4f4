"""Tensors with a JSON document in one safetensors file, as bytes.

A file can come from anywhere: its header is checked before anything is allocated, and no code in it is ever run.
What the document and the tensors mean is not known here; nothing is read or written.
"""

import json
import struct
from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

HEADER_KEY = "peridot"
_LARGEST_HEADER = 2**20


class Damaged(ValueError):
    """Bytes that are no such file; its text says what is there."""


def encode(document: Mapping[str, object], tensors: Mapping[str, torch.Tensor]) -> bytes:
    """The file of a document and tensors, which may be on any device and laid out in any way."""
    plain = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    return save(plain, metadata={HEADER_KEY: json.dumps(document, allow_nan=False)})


def document_of(data: bytes) -> dict[str, object]:
    """The document of a file.

    Raises:
        Damaged: there is none.
    """
    if len(data) < 8:
        raise Damaged(f"{len(data)} bytes")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(_LARGEST_HEADER, len(data) - 8):
        raise Damaged("no safetensors header" if length > _LARGEST_HEADER else "a file cut short")
    try:
        document = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][HEADER_KEY])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged("a header without Peridot's part") from error
    if not isinstance(document, dict):
        raise Damaged("a header without Peridot's part")
    return document


def tensors_of(data: bytes) -> dict[str, torch.Tensor]:
    """The tensors of a file, on the CPU.

    Raises:
        Damaged: lengths, offsets or types make no sense.
    """
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise Damaged(f"a damaged file ({str(error)[:200]})") from error
