import argparse
import json

import pytest
import torch

from topazcore.checkpoint import Model, save_model
from topazcore.commands import describe
from topazcore.config import CLASSIFIERS, TrainingSettings, derive_scales
from topazcore.errors import ModelError, SettingsError
from topazcore.model import make_classifier


@pytest.fixture
def said(capsys):
    """What the command prints, as lines of words."""

    def call(*arguments) -> list[list[str]]:
        parser = argparse.ArgumentParser()
        describe.add_arguments(parser)
        assert describe.run(parser.parse_args([str(argument) for argument in arguments])) == 0
        return [line.split() for line in capsys.readouterr().out.splitlines()]

    return call


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    settings = TrainingSettings(diameter_angstrom=143, classifier="resnet8", units=4, dropout=0.25)
    classifier = make_classifier("resnet8", 4, 0.25)
    summary = {"steps": 60, "loss": 0.5, "held_out": None}
    save_model(
        Model(
            classifier, settings, derive_scales(143, 2.0), 2.0, 220.0, 1024.0**2, offset=1.5, summary=summary
        ),
        tmp_path / "m.safetensors",
    )
    return tmp_path / "m.safetensors"


def test_without_a_name_every_network_has_its_line(said):
    heads, *lines = said()
    assert heads[0] == "network" and [words[0] for words in lines] == list(CLASSIFIERS)
    assert ["conv31", "4", "258,369", "31", "px", "4", "px"] in lines
    assert ["conv127", "6", "4,357,057", "127", "px", "16", "px"] in lines


def test_a_network_too_large_says_so_and_the_others_have_their_lines(said):
    lines = said("--units", 512)
    assert ["conv127", "too", "many"] in lines and len(lines) == 1 + len(CLASSIFIERS)


def test_a_network_is_shown_layer_by_layer(said):
    lines = said("conv31", "--units", 2)
    assert lines[0] == ["conv31", "of", "2", "units"]
    assert ["features.0.0", "convolution", "2", "7", "x", "7", "2", "1", "98"] in lines
    assert ["features.2.2", "parametric", "rectifier", "8"] in lines
    assert ["linear", "linear", "window", "1", "1", "x", "1", "1", "1", "9"] in lines
    assert ["parameters", "1,149"] in lines
    assert ["receptive", "field", "31", "px"] in lines and ["stride", "4", "px"] in lines


def test_the_layers_parameters_add_up_to_the_total(said):
    lines = said("resnet16", "--units", 3)
    layers = [words for words in lines if words and words[0].startswith(("features", "linear"))]
    total = next(words[1] for words in lines if words[:1] == ["parameters"])
    assert sum(int(words[-1].replace(",", "")) for words in layers) == int(total.replace(",", ""))


def test_a_model_file_is_shown_with_settings_scales_and_training(said, model):
    lines = said(model)
    assert lines[0] == ["m.safetensors:", "resnet8", "of", "4", "units"]
    for words in (
        ["dropout", "dropout", "0"],
        ["receptive", "field", "71", "px"],
        ["pixel_size_angstrom", "2"],
        ["header_pixel_size_angstrom", "not", "given"],
        ["diameter_angstrom", "143"],
        ["normalisation", "affine"],
        ["downsample", "4"],
        ["steps", "60"],
        ["loss", "0.5"],
    ):
        assert words in lines


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["conv32"], SettingsError, "conv32.*conv31"),
        (["conv127", "--units", "512"], SettingsError, "parameters"),
        (["conv31", "--units", "0"], SettingsError, "units 0"),
        (["{here}/none.safetensors"], SettingsError, "none.safetensors"),
        (["{here}/junk.safetensors"], ModelError, "junk.safetensors is no model"),
        (["{here}/junk.safetensors", "--units", "8"], SettingsError, "--units 8"),
        (["{here}"], ModelError, "cannot be read"),
    ],
)
def test_what_cannot_be_described_is_said(tmp_path, arguments, error, said):
    (tmp_path / "junk.safetensors").write_text(json.dumps({"a": 1}))
    parser = argparse.ArgumentParser()
    describe.add_arguments(parser)
    with pytest.raises(error, match=said):
        describe.run(parser.parse_args([text.format(here=tmp_path) for text in arguments]))
