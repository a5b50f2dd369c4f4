"""A model file seen from outside: its size and its safetensors header, read without torch and without belief.

It says whether a file can be one of ours and what it tells of itself. Whether its weights make sense is for the
worker to find, which checks them all before it uses one.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from topazcore.errors import ModelError

from .answers import finite
from .errors import echo

LARGEST_FILE, LARGEST_HEADER = 512 * 2**20, 2**20
PREFIX = 8
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
METADATA, OURS = "__metadata__", "peridot"


@dataclass(frozen=True)
class ModelFacts:
    """What a model file tells of itself, as docs/api.md has it."""

    classifier: str
    diameter_angstrom: float | None
    pixel_size_angstrom: float | None
    labels: int | None
    held_out: dict | None
    bytes: int


def read_facts(path: Path) -> ModelFacts:
    """The facts of a model file.

    Raises:
        ModelError: it is no model of ours, or is cut short.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(PREFIX + LARGEST_HEADER)
    except OSError as error:
        raise ModelError("a model that cannot be read", "a readable file", "keep it again") from error
    return facts_of(start, size)


def facts_of(start: bytes, size: int) -> ModelFacts:
    """The facts of a file of `size` bytes that begins with `start`, which holds its whole header.

    Raises:
        ModelError: it is no model of ours, or is cut short.
    """
    if size > LARGEST_FILE:
        raise no_model(f"{size} bytes")
    header, length = header_of(start, size)
    check_layout({name: each for name, each in header.items() if name != METADATA}, size - PREFIX - length)
    document = document_of(header)
    settings, summary = mapping(document.get("settings")), mapping(document.get("summary"))
    return ModelFacts(
        classifier=str(settings.get("classifier", ""))[:80],
        diameter_angstrom=number(settings.get("diameter_angstrom")),
        pixel_size_angstrom=number(document.get("pixel_size_angstrom")),
        labels=whole(summary.get("labels")),
        held_out=finite(dict(mapping(summary.get("held_out")))) or None,
        bytes=size,
    )


def header_of(start: bytes, size: int) -> tuple[Mapping, int]:
    """The header and its length."""
    if size < PREFIX or len(start) < PREFIX:
        raise no_model(f"{size} bytes")
    (length,) = struct.unpack("<Q", start[:PREFIX])
    if length > LARGEST_HEADER or length > size - PREFIX:
        raise no_model("no safetensors header, or a file cut short")
    try:
        header = json.loads(start[PREFIX : PREFIX + length])
    except (ValueError, RecursionError) as error:
        raise no_model("a header that is not JSON") from error
    if not isinstance(header, dict):
        raise no_model("a header that is no object")
    return header, length


def check_layout(tensors: Mapping, size: int) -> None:
    """Tensors fill their part of the file exactly, one after the other: no hole, no overlap, nothing behind."""
    try:
        spans = sorted(span_of(each) for each in tensors.values())
    except (KeyError, TypeError, ValueError) as error:
        raise no_model("a tensor without its type, shape and place") from error
    end = 0
    for begin, finish in spans:
        if begin != end:
            raise no_model("tensors with a hole or an overlap")
        end = finish
    if not spans or end != size:
        raise no_model(f"{size} bytes of tensors where {end} are announced")


def span_of(tensor: Mapping) -> tuple[int, int]:
    """First byte and the one after the last; a ValueError where they do not fit type and shape."""
    begin, end = tensor["data_offsets"]
    numbers = [begin, end, *tensor["shape"]]
    if any(type(each) is not int or not 0 <= each <= LARGEST_FILE for each in numbers):
        raise ValueError("offsets")
    if end - begin != BYTES[tensor["dtype"]] * math.prod(tensor["shape"]):
        raise ValueError("size")
    return begin, end


def document_of(header: Mapping) -> Mapping:
    """Our own part of the header."""
    try:
        document = json.loads(header[METADATA][OURS])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise no_model("a header without Peridot's part") from error
    if not isinstance(document, dict):
        raise no_model("a header without Peridot's part")
    return document


def mapping(value: object) -> Mapping:
    return value if isinstance(value, dict) else {}


def number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e9 else None


def whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def no_model(found: str) -> ModelError:
    """Why a file is refused."""
    return ModelError(f"no model of Peridot: {echo(found)}", "a .safetensors file that Peridot wrote",
                      "choose another file")  # fmt: skip
