"""Model files from anywhere: what is believed of them, and what is refused without torch."""

import json
import struct

import pytest

from server.model_file import LARGEST_FILE, facts_of, read_facts
from tests.server.fake_worker import model_bytes
from topazcore.errors import ModelError

TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def packed(header: object, tail: bytes = bytes(8)) -> bytes:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(data)) + data + tail


def with_document(document: object, **tensors: object) -> bytes:
    return packed({"__metadata__": {"peridot": json.dumps(document)}, **(tensors or {"weight": TENSOR})})


def test_the_facts_of_a_model_are_read(tmp_path):
    held_out = {"average_precision": 0.9, "precision": float("nan")}
    (tmp_path / "a.safetensors").write_bytes(model_bytes(held_out))
    facts = read_facts(tmp_path / "a.safetensors")
    assert (facts.classifier, facts.diameter_angstrom, facts.labels) == ("conv31", 36.0, 2)
    assert facts.pixel_size_angstrom == 1.5
    assert facts.held_out == {"average_precision": 0.9, "precision": None}
    assert facts.bytes == len(model_bytes(held_out))


def test_facts_that_are_missing_or_of_another_kind_are_unknown():
    facts = facts_of(
        data := with_document({"settings": {"diameter_angstrom": "wide"}, "summary": [1]}), len(data)
    )
    assert (facts.classifier, facts.diameter_angstrom, facts.labels, facts.held_out) == ("", None, None, None)


def test_a_real_model_is_one(tmp_path):
    from topazcore.checkpoint import Model, save_model
    from topazcore.config import TrainingSettings, derive_scales
    from topazcore.model import make_classifier

    model = Model(
        classifier=make_classifier("conv31"),
        settings=TrainingSettings(diameter_angstrom=120.0),
        scales=derive_scales(120.0, 2.0),
        pixel_size_angstrom=2.0,
        expected_particles=10.0,
        pixels_ds=1e4,
        summary={"labels": 7},
    )
    save_model(model, tmp_path / "a.safetensors")
    facts = read_facts(tmp_path / "a.safetensors")
    assert (facts.classifier, facts.diameter_angstrom, facts.labels) == ("conv31", 120.0, 7)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 2**63),
        struct.pack("<Q", 2**20 + 1) + b" " * 50,
        packed(b"{"),
        packed(b"\xff\xfe"),
        packed(b"[" * 9999),
        packed([]),
        packed({"weight": TENSOR}),
        packed({"__metadata__": {"peridot": "no json"}, "weight": TENSOR}),
        with_document([1]),
        with_document({}, weight=None),
        with_document({}, weight={**TENSOR, "dtype": "P64"}),
        with_document({}, weight={**TENSOR, "shape": [3]}),
        with_document({}, weight={**TENSOR, "shape": [-2]}),
        with_document({}, weight={**TENSOR, "shape": [2.0]}),
        with_document({}, weight={**TENSOR, "data_offsets": [4, 12]}),
        with_document({}, weight={**TENSOR, "data_offsets": [0]}),
        with_document({}, a=TENSOR, b=TENSOR),
        packed({"__metadata__": {"peridot": "{}"}}),
        with_document({})[:-1],
        with_document({}) + b"x",
        b"\x80\x04\x95" + bytes(60),
        b"PK\x03\x04" + bytes(60),
    ],
)
def test_what_is_no_model_is_refused_with_what_to_do(data):
    with pytest.raises(ModelError) as caught:
        facts_of(data, len(data))
    assert caught.value.expected and caught.value.action


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(ModelError, match="bytes"):
        facts_of(model_bytes()[:100], LARGEST_FILE + 1)


def test_a_file_that_is_gone_is_an_error_that_a_person_can_mend(tmp_path):
    with pytest.raises(ModelError):
        read_facts(tmp_path / "none.safetensors")
