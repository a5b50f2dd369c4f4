"""`run.py describe`: what a network is made of, and what is in a model file. It changes no file."""

import argparse
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from topazcore.config import CLASSIFIERS, TrainingSettings
from topazcore.errors import SettingsError

HELP = "show a network's layers and receptive field, or what is in a model file"

_KINDS = {
    "Conv2d": "convolution",
    "BatchNorm2d": "batch normalisation",
    "PReLU": "parametric rectifier",
    "Dropout": "dropout",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        metavar="NAME | MODEL",
        help=f"{', '.join(CLASSIFIERS)}, or a .safetensors file (default: a line for each network)",
    )
    units = TrainingSettings().units
    parser.add_argument(
        "--units", type=int, metavar="U", help=f"channels of a network's first layer (default {units})"
    )


def run(args: argparse.Namespace) -> int:
    """Print the description; 0."""
    if args.what is None or args.what in CLASSIFIERS:
        settings = TrainingSettings(units=TrainingSettings().units if args.units is None else args.units)
        _networks(CLASSIFIERS, settings.units) if args.what is None else _network(args.what, settings.units)
        return 0
    if args.units is not None:
        raise SettingsError(f"--units {args.units} with {args.what}", "the name of a network, or no --units")
    if not Path(args.what).exists():
        expected = f"a model file, or one of {', '.join(CLASSIFIERS)}"
        raise SettingsError(f"no network or file {args.what}", expected)
    _model(Path(args.what))
    return 0


def _networks(names: Sequence[str], units: int) -> None:
    """One line for each."""
    heads = ("network", "layers", "parameters", "receptive field", "stride")
    _print_table([heads, *(_sizes(name, units) for name in names)])


def _sizes(name: str, units: int) -> tuple[str, ...]:
    from topazcore.model import count_parameters

    try:
        classifier = _without_weights(name, units)
    except SettingsError:
        return name, "", "too many", "", ""
    numbers = f"{len(classifier.convolutions) + 1}", f"{count_parameters(classifier):,}"
    return name, *numbers, f"{classifier.receptive_field} px", f"{classifier.stride} px"


def _network(name: str, units: int) -> None:
    print(f"{name} of {units} units\n")
    _print_layers(_without_weights(name, units))


def _without_weights(name: str, units: int):
    """The network; its numbers are counted, not made."""
    import torch

    from topazcore.model import make_classifier

    with torch.device("meta"):
        return make_classifier(name, units)


def _model(path: Path) -> None:
    from topazcore.checkpoint import load_model

    model = load_model(path)
    print(f"{path.name}: {model.settings.classifier} of {model.settings.units} units\n")
    _print_layers(model.classifier)
    fields = {each.name: getattr(model, each.name) for each in dataclasses.fields(model)}
    del fields["classifier"]
    plain = {name: value for name, value in fields.items() if not _is_group(value)}
    for title, values in [("model", plain), *((name, fields[name]) for name in fields if name not in plain)]:
        print(f"\n{title}")
        _print_table([(f"  {name}", _shown(value)) for name, value in _items(values)])


def _print_layers(classifier) -> None:
    """The layers in their order, then what they come to."""
    from topazcore.model import count_parameters

    heads = ("layer", "kind", "channels", "kernel", "stride", "dilation", "parameters")
    _print_table([heads, *_layer_rows(classifier)])
    print(f"\nparameters       {count_parameters(classifier):,}")
    print(f"receptive field  {classifier.receptive_field} px")
    print(f"stride           {classifier.stride} px")


def _layer_rows(classifier) -> Iterator[tuple[str, ...]]:
    """A row for each part that computes something; a rectifier's and a normalisation's channels are its input's."""
    from topazcore.model import count_parameters

    for name, part in classifier.named_modules():
        kind = _KINDS.get(type(part).__name__)
        if kind is None or getattr(part, "p", None) == 0:
            continue
        sizes = ("", "", "", "")
        if kind == "convolution":
            kind = "linear window" if name == "linear" else kind
            width, height = part.kernel_size
            sizes = (
                f"{part.out_channels}",
                f"{width} x {height}",
                f"{part.stride[0]}",
                f"{part.dilation[0]}",
            )
        yield name, kind, *sizes, f"{count_parameters(part):,}"


def _is_group(value: object) -> bool:
    return isinstance(value, Mapping) or dataclasses.is_dataclass(value)


def _items(values: object) -> list[tuple[str, object]]:
    return list(values.items() if isinstance(values, Mapping) else vars(values).items())


def _shown(value: object) -> str:
    if value is None:
        return "not given"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, without spaces at the ends of lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
