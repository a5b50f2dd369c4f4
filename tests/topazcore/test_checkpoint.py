import json
import pickle
import struct

import pytest
import torch
from safetensors.torch import load, save

from topazcore.checkpoint import Model, load_model, save_model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.errors import ModelError
from topazcore.model import make_classifier


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(0)
    return Model(
        classifier=make_classifier("conv31").eval(),
        settings=TrainingSettings(diameter_angstrom=143),
        scales=derive_scales(143, 2.0),
        pixel_size_angstrom=2.0,
        header_pixel_size_angstrom=None,
        expected_particles=220.0,
        pixels_ds=1024.0**2,
        offset=1.5,
        summary={"steps": 60},
    )


@pytest.fixture
def saved(model, tmp_path):
    save_model(model, tmp_path / "m.safetensors")
    return tmp_path / "m.safetensors"


def header_of(data: bytes) -> tuple[dict, bytes]:
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def with_header(header: dict, rest: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


def changed_tensors(path, change) -> None:
    data = path.read_bytes()
    tensors = load(data)
    change(tensors)
    path.write_bytes(save(tensors, metadata=header_of(data)[0]["__metadata__"]))


def changed_document(path, **changes) -> None:
    header, rest = header_of(path.read_bytes())
    document = json.loads(header["__metadata__"]["peridot"]) | changes
    header["__metadata__"]["peridot"] = json.dumps(document)
    path.write_bytes(with_header(header, rest))


def test_a_model_is_read_as_it_was_saved(model, saved):
    again = load_model(saved)
    assert (again.settings, again.scales, again.summary) == (model.settings, model.scales, model.summary)
    assert (again.offset, again.expected_particles, again.pixels_ds) == (1.5, 220.0, 1024.0**2)
    assert again.header_pixel_size_angstrom is None and not again.classifier.training
    image = torch.randn(1, 1, 63, 63)
    assert torch.equal(again.classifier(image), model.classifier(image))


def test_a_save_that_fails_leaves_the_old_model(model, saved, monkeypatch):
    before = saved.read_bytes()

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_model(model, saved)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


class Command:
    """Unpickling it would leave a mark."""

    def __reduce__(self):
        return (open, ("unpickled", "w"))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 7, b"junk" * 1000, pickle.dumps(Command()), b"\xff" * 64, struct.pack("<Q", 2) + b"{}",
     struct.pack("<Q", 2**40) + b"{}", with_header({"__metadata__": {"peridot": "[" * 100_000}}, b""),
     with_header({"__metadata__": {"peridot": "null"}}, b"")],
)  # fmt: skip
def test_what_is_no_model_is_refused_and_nothing_in_it_runs(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ModelError, match="bad is no model"):
        load_model(tmp_path / "bad")
    assert not (tmp_path / "unpickled").exists()


def test_half_a_file_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    with pytest.raises(ModelError, match="damaged"):
        load_model(saved)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("linear.bias"), "linear.bias missing"),
        (lambda t: t.update(more=torch.zeros(1)), "more unknown"),
        (lambda t: t.update({"linear.bias": torch.zeros(2)}), "linear.bias 2 float32 instead of 1 float32"),
        (lambda t: t.update({"linear.bias": torch.zeros(1, dtype=torch.float64)}), "float64"),
        (lambda t: t.update({"linear.bias": torch.full((1,), torch.nan)}), "not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_the_difference(saved, change, said):
    changed_tensors(saved, change)
    with pytest.raises(ModelError, match=said):
        load_model(saved)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 99}, "format 99"),
        ({"settings": {"classifier": "resnet1000"}}, "resnet1000"),
        ({"settings": {"seed": -4}}, "KeyError"),
        ({"settings": {"classifier": "conv31", "seed": -4}}, "seed -4"),
        ({"settings": None}, "TypeError"),
        ({"scales": {}}, "TypeError"),
        ({"scales": {"downsample": 0, "pixel_size_ds_angstrom": -1, "diameter_ds": 1,
                     "positive_radius_ds": 3, "suppression_radius_px": 1}}, "downsample"),
        ({"offset": float("nan")}, "offset"),
        ({"offset": "big"}, "offset"),
        ({"pixels_ds": 0}, "pixels_ds"),
        ({"expected_particles": 1e300}, "expected_particles"),
        ({"summary": 5}, "summary"),
    ],
)  # fmt: skip
def test_a_description_that_makes_no_sense_is_refused(saved, changes, said):
    changed_document(saved, **changes)
    with pytest.raises(ModelError, match=said):
        load_model(saved)


def test_overlapping_tensors_are_refused(saved):
    header, rest = header_of(saved.read_bytes())
    header["linear.weight"]["data_offsets"] = header["features.0.0.weight"]["data_offsets"]
    saved.write_bytes(with_header(header, rest))
    with pytest.raises(ModelError):
        load_model(saved)


def test_a_file_of_absurd_size_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(ModelError, match="1099511627776 bytes"):
        load_model(tmp_path / "huge")
