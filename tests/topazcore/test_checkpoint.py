import json
import pickle
import struct
import tracemalloc
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save

from topazcore.checkpoint import Model, load_model, save_model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.errors import ModelError
from topazcore.mixture import Mixture
from topazcore.model import CLASSIFIERS, make_classifier


def model_of(classifier: str = "conv31", **settings) -> Model:
    torch.manual_seed(0)
    settings = TrainingSettings(diameter_angstrom=143, classifier=classifier, **settings)
    return Model(
        classifier=make_classifier(classifier, settings.units, settings.dropout).eval(),
        settings=settings,
        scales=derive_scales(143, 2.0),
        pixel_size_angstrom=2.0,
        header_pixel_size_angstrom=None,
        expected_particles=220.0,
        pixels_ds=1024.0**2,
        offset=1.5,
        summary={"steps": 60},
    )


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of()


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


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_comes_back_with_its_units_and_dropout(name, tmp_path):
    model = model_of(name, units=3, dropout=0.25)
    save_model(model, tmp_path / "m.safetensors")
    again = load_model(tmp_path / "m.safetensors")
    assert again.settings == model.settings and again.classifier.dropout.p == 0.25
    side = model.classifier.receptive_field + model.classifier.stride
    image = torch.randn(1, 1, side, side)
    assert torch.equal(again.classifier(image), model.classifier(image))


def test_a_model_from_before_units_were_a_setting_has_32(model, saved):
    settings = model.settings.as_dict()
    del settings["units"], settings["dropout"]
    changed_document(saved, settings=settings)
    assert load_model(saved).classifier.features[0][0].weight.shape == (32, 1, 7, 7)


def test_the_names_and_shapes_of_the_default_weights_are_those_of_saved_models(model):
    weights = {name: tuple(value.shape) for name, value in model.classifier.state_dict().items()}
    assert len(weights) == 3 * 7 + 2
    assert weights["features.0.0.weight"] == (32, 1, 7, 7) and weights["features.1.2.weight"] == (64,)
    assert weights["features.2.0.weight"] == (128, 64, 5, 5) and weights["linear.weight"] == (1, 128, 1, 1)


def test_loading_a_model_draws_no_random_number_and_leaves_it_trainable(saved):
    before = torch.get_rng_state()
    loaded = load_model(saved).classifier
    assert torch.equal(torch.get_rng_state(), before)
    assert all(weight.requires_grad for weight in loaded.parameters())


def test_nothing_in_a_file_says_which_device_it_was_saved_on_and_it_loads_on_the_cpu(saved):
    header, _ = header_of(saved.read_bytes())
    del header["__metadata__"]
    assert {key for entry in header.values() for key in entry} == {"dtype", "shape", "data_offsets"}
    loaded = load_model(saved).classifier
    assert {value.device.type for value in loaded.state_dict().values()} == {"cpu"}


def test_weights_that_lie_otherwise_in_memory_are_saved_all_the_same(model, saved):
    """As they do on a GPU, where channels come last."""
    other = model_of()
    other.classifier.to(memory_format=torch.channels_last)
    save_model(other, saved.with_name("other"))
    assert saved.with_name("other").read_bytes() == saved.read_bytes()


def test_the_mixture_of_the_data_set_is_kept_with_the_model(model, saved):
    assert load_model(saved).normalisation is None
    mixture = Mixture(0.2, 36.0, 1.0, 33.5, 1.4, 0.0)
    save_model(replace(model, normalisation=mixture), saved)
    assert load_model(saved).normalisation == mixture


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
        (lambda t: t.update({"features.1.0.weight": t["features.1.0.weight"] / 0}), "not finite"),
        (lambda t: t["features.0.1.running_var"].neg_(), "running_var below 0"),
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
        ({"settings": {"classifier": "conv31", "units": 16}}, "32x1x7x7 float32 instead of 16x1x7x7 float32"),
        ({"settings": {"classifier": "conv31", "units": 513}}, "units 513"),
        ({"settings": {"classifier": "conv127", "units": 512}}, "parameters"),
        ({"settings": {"classifier": "conv31", "dropout": 1}}, "dropout 1"),
        ({"settings": {"classifier": "conv71"}}, "linear.weight 1x128x1x1 float32 instead of 1x128x11x11 float32"),
        ({"settings": None}, "TypeError"),
        ({"scales": {}}, "TypeError"),
        ({"scales": {"downsample": 0, "pixel_size_ds_angstrom": -1, "diameter_ds": 1,
                     "positive_radius_ds": 3, "suppression_radius_px": 1}}, "downsample"),
        ({"offset": float("nan")}, "offset"),
        ({"offset": "big"}, "offset"),
        ({"pixels_ds": 0}, "pixels_ds"),
        ({"expected_particles": 1e300}, "expected_particles"),
        ({"summary": 5}, "summary"),
        ({"normalisation": "min-max"}, "min-max"),
        ({"normalisation": None}, "normalisation None"),
        ({"normalisation": {"rho": 0.5}}, "rho"),
        ({"normalisation": {"rho": 0.5, "mu0": 0, "sigma0": 0, "mu1": 1, "sigma1": 1, "zero": None}}, "sigma0"),
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
    with pytest.raises(ModelError, match="damaged"):
        load_model(saved)


@pytest.mark.parametrize("offsets", [[0, 4], [0, 0], [0, 150 * 10**9]])
def test_a_tensor_of_150_gigabytes_that_the_file_does_not_hold_is_refused_without_memory_for_it(
    saved, offsets
):
    header, rest = header_of(saved.read_bytes())
    header["linear.weight"] = {"dtype": "F32", "shape": [37_500_000_000], "data_offsets": offsets}
    saved.write_bytes(with_header(header, rest))
    tracemalloc.start()
    with pytest.raises(ModelError, match="damaged"):
        load_model(saved)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20e6


def test_a_file_of_absurd_size_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(ModelError, match="1099511627776 bytes"):
        load_model(tmp_path / "huge")
