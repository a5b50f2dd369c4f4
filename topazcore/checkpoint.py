"""Models on disk: safetensors, with everything that is needed to use them as JSON in the header.

A model file can come from anywhere, so nothing in it is believed: its size, its header, the names, shapes and
values of its weights are checked before any is used. It never unpickles, and never runs what a file holds.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from topazcore.config import PIXEL_SIZE_RANGE_ANGSTROM, Scales, TrainingSettings
from topazcore.errors import ModelError, PeridotError
from topazcore.files import replace_file
from topazcore.mixture import Mixture
from topazcore.model import Classifier, make_classifier
from topazcore.tensorfile import Damaged, document_of, encode, tensors_of

FORMAT = 1
_AFFINE = "affine"
_LARGEST_FILE = 512 * 2**20
_RANGES = {
    "pixel_size_angstrom": PIXEL_SIZE_RANGE_ANGSTROM,
    "expected_particles": (0, 1e7),
    "pixels_ds": (1, 1e12),
    "offset": (-1e6, 1e6),
    "downsample": (1, 64),
    "pixel_size_ds_angstrom": (0.01, 1e4),
    "diameter_ds": (0, 1e6),
    "positive_radius_ds": (0, 1e6),
    "suppression_radius_px": (0, 1e6),
}


@dataclass(frozen=True)
class Model:
    """A trained classifier and what it was trained on.

    Args:
        classifier: ready to score.
        settings: of its training; `settings.classifier` names its architecture.
        scales: the particle's sizes at training.
        pixel_size_angstrom: of the full-size micrographs it was trained on, in Å.
        header_pixel_size_angstrom: what those micrographs' own headers said, or None.
        expected_particles: per micrograph of `pixels_ds` downsampled pixels.
        pixels_ds: mean number of downsampled pixels of a training micrograph.
        normalisation: the mixture of its data set; None for each micrograph's own mean and spread.
        offset: added to the classifier's scores, so that 0 is a sensible threshold; see `calibration`.
        summary: of the training, for people: steps, seconds, labels, loss.
    """

    classifier: Classifier
    settings: TrainingSettings
    scales: Scales
    pixel_size_angstrom: float
    expected_particles: float
    pixels_ds: float
    header_pixel_size_angstrom: float | None = None
    normalisation: Mixture | None = None
    offset: float = 0.0
    summary: Mapping[str, object] = field(default_factory=dict)


def save_model(model: Model, path: str | Path) -> None:
    """Write `model` to `path` in one step.

    Raises:
        OSError: it could not be written; an old file of that name is whole.
    """
    document = {
        "format": FORMAT,
        "settings": model.settings.as_dict(),
        "scales": dataclasses.asdict(model.scales),
        "normalisation": model.normalisation.as_dict() if model.normalisation else _AFFINE,
        **{name: getattr(model, name) for name in _plain_fields()},
    }
    replace_file(path, encode(document, model.classifier.state_dict()))


def load_model(path: str | Path) -> Model:
    """The model in the file `path`, on the CPU and ready to score.

    Raises:
        ModelError: the file is no model of ours, is damaged, or does not fit its own description.
    """
    path = Path(path)
    data = _read(path)
    document = _document(data, path.name)
    _check_numbers(document, path.name)
    try:
        settings = _settings(document["settings"])
        model = Model(
            classifier=_empty_classifier(settings),
            settings=settings,
            scales=Scales(**document["scales"]),
            normalisation=_normalisation(document),
            **{name: document[name] for name in _plain_fields()},
        )
    except (KeyError, TypeError) as error:
        raise _no_model(path.name, f"a header with {type(error).__name__} at {error}") from error
    except ModelError:
        raise
    except PeridotError as error:
        raise ModelError(f"{path.name} with {error.found}", error.expected, "choose another model") from error
    _fill(model.classifier, _tensors(data, path.name), path.name)
    model.classifier.eval()
    return model


def _settings(described: Mapping) -> TrainingSettings:
    """The settings as they were; a model names its network, since the default may change."""
    return TrainingSettings.from_dict({**described, "classifier": described["classifier"]})


def _empty_classifier(settings: TrainingSettings) -> Classifier:
    """The network without memory for its weights: whether they fit is known before any is used."""
    with torch.device("meta"):
        return make_classifier(settings.classifier, settings.units, settings.dropout)


def _plain_fields() -> tuple[str, ...]:
    return (
        "pixel_size_angstrom",
        "header_pixel_size_angstrom",
        "expected_particles",
        "pixels_ds",
        "offset",
        "summary",
    )


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise _no_model(path.name, f"{size} bytes")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(
            f"model {path.name} cannot be read: {reason}", "a model file", "check its path"
        ) from error


def _document(data: bytes, name: str) -> Mapping:
    """Our part of the header, a JSON object."""
    try:
        document = document_of(data)
        version = document["format"]
    except Damaged as error:
        raise _no_model(name, str(error)) from error
    except KeyError as error:
        raise _no_model(name, "a header without Peridot's part") from error
    if version != FORMAT:
        raise ModelError(
            f"{name} of format {version}", f"format {FORMAT}", "train it again, or update Peridot"
        )
    return document


def _check_numbers(document: Mapping, name: str) -> None:
    """Numbers that picking computes with, within what a training can have written."""
    scales = document.get("scales")
    numbers = document | (scales if isinstance(scales, dict) else {})
    for key, (low, high) in _RANGES.items():
        value = numbers.get(key, low)
        if not (isinstance(value, int | float) and low <= value <= high):
            raise _no_model(name, f"{key} {str(value)[:40]}")
    if not isinstance(document.get("summary"), dict):
        raise _no_model(name, "a summary that is none")


def _normalisation(document: Mapping) -> Mixture | None:
    """As saved; PeridotError where it is none that a training can have written."""
    found = document.get("normalisation", _AFFINE)
    return None if found == _AFFINE else Mixture.from_dict(found)


def _tensors(data: bytes, name: str) -> dict[str, torch.Tensor]:
    try:
        return tensors_of(data)
    except Damaged as error:
        raise _no_model(name, str(error)) from error


def _fill(classifier: Classifier, tensors: dict[str, torch.Tensor], name: str) -> None:
    """Load the weights after checking names, shapes, types and values."""
    wanted = classifier.state_dict()
    found, expected = ({key: _kind(value) for key, value in each.items()} for each in (tensors, wanted))
    if found != expected:
        raise ModelError(f"{name} with {_differences(found, expected)}", "the weights of its classifier")
    for key, value in tensors.items():
        if not torch.isfinite(value).all():
            raise ModelError(f"{name} with {key} that is not finite", "finite weights", "train it again")
        if key.endswith("running_var") and (value < 0).any():
            raise ModelError(f"{name} with {key} below 0", "variances", "train it again")
    classifier.load_state_dict(tensors, assign=True)


def _kind(tensor: torch.Tensor) -> str:
    return f"{'x'.join(map(str, tensor.shape)) or 'scalar'} {str(tensor.dtype).removeprefix('torch.')}"


def _differences(found: dict[str, str], expected: dict[str, str]) -> str:
    """The first few differences, in words."""
    words = [f"{key[:60]} missing" for key in expected.keys() - found.keys()]
    words += [f"{key[:60]} unknown" for key in found.keys() - expected.keys()]
    both = expected.keys() & found.keys()
    words += [f"{key} {found[key]} instead of {expected[key]}" for key in both if found[key] != expected[key]]
    return ", ".join(sorted(words)[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _no_model(name: str, found: str) -> ModelError:
    return ModelError(
        f"{name} is no model: {found}", "a .safetensors file that Peridot wrote", "choose another"
    )
