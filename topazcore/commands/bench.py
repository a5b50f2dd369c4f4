"""`run.py bench`: the experiments of docs/experiments.md, the speed of docs/performance.md, and these pages themselves.

An experiment leaves its result, tables and picture in a folder of its own; `bench report` puts those of full runs
onto the page. So a quick run never changes what is documented.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from topazcore.errors import PeridotError, SettingsError
from topazcore.experiments import EXPERIMENTS, load_experiment
from topazcore.experiments.experiment import Form, GivenSet
from topazcore.experiments.peer import install as install_peer
from topazcore.files import replace_file
from topazcore.processor import available_cores, let_idle_threads_sleep

HELP = "repeat the paper's experiments, and write docs/experiments.md from them"

_ROOT = Path(__file__).resolve().parents[2]
_OUT = ".experiments"
_REPORT, _SPEED, _MEMORY = "report", "speed", "memory"
_NAMES = (*EXPERIMENTS, _SPEED, _MEMORY, _REPORT)
_TAKES_GIVEN = ("classifiers", "few", "reference", _SPEED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_NAMES)}; none lists them")
    parser.add_argument(
        "--quick", action="store_true", help="a few steps on tiny micrographs: shows that it runs, no more"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(_OUT),
        metavar="FOLDER",
        help="gets results, simulated micrographs and finished trials (default %(default)s)",
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="repeats (default 5)")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="trials at a time (default: as many as there are cores)"
    )
    parser.add_argument(
        "--peer", action="store_true", help="install the reference program beside, in .venv-peer, first"
    )
    parser.add_argument("--data", metavar="FOLDER", help=f"real micrographs, for {', '.join(_TAKES_GIVEN)}")
    parser.add_argument("--coordinates", metavar="FILE", help="their particles, all of them")
    parser.add_argument("--diameter-angstrom", type=float, metavar="D", help="of those particles")


def run(args: argparse.Namespace) -> int:
    """Run what is named, in its order; without a name, list what there is."""
    if args.peer:
        install_peer()
    if not args.names:
        print("\n".join(f"  {name:<14} {text}" for name, text in EXPERIMENTS.items()))
        print(f"  {_SPEED:<14} time and memory of the hot paths, beside the reference program (--peer)")
        print(f"  {_MEMORY:<14} peak memory of a training on 20 and on 200 micrographs (Linux)")
        print(
            f"  {_REPORT:<14} writes docs/experiments.md and docs/performance.md from the results of full runs"
        )
        return 0
    form = _form(args)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for name in args.names:
            if name == _REPORT:
                _report(args.out, _ROOT / "docs")
            elif name == _SPEED:
                _speed(form, args.out)
            elif name == _MEMORY:
                _memory(form, args.out)
            else:
                _run(name, form, args)
    except OSError as error:
        raise PeridotError(
            f"a file cannot be written: {error.strerror or type(error).__name__}",
            "a writable disk with space",
        ) from error
    return 0


def _form(args: argparse.Namespace) -> Form:
    unknown = [name for name in args.names if name not in _NAMES]
    if unknown:
        raise SettingsError(f"experiment {unknown[0]!r}", f"one of {', '.join(_NAMES)}")
    for option in ("seeds", "workers"):
        value = getattr(args, option)
        if value is not None and not 1 <= value <= 1000:
            raise SettingsError(f"--{option} {value}", "1 to 1000")
    return Form(args.quick, args.seeds, _given(args))


def _given(args: argparse.Namespace) -> GivenSet | None:
    parts = (args.data, args.coordinates, args.diameter_angstrom)
    if not any(parts):
        return None
    if not all(parts):
        raise SettingsError(
            "real micrographs in part", "--data, --coordinates and --diameter-angstrom together"
        )
    if any(name not in _TAKES_GIVEN for name in args.names):
        raise SettingsError(f"--data for {args.names[0]}", f"it only for {', '.join(_TAKES_GIVEN)}")
    return GivenSet(*(str(Path(part).absolute()) for part in parts[:2]), parts[2])


def _run(name: str, form: Form, args: argparse.Namespace) -> None:
    """Run one experiment; its tables go to standard output, too."""
    let_idle_threads_sleep()
    from topazcore.experiments.execution import run_trials
    from topazcore.experiments.plots import draw_picture
    from topazcore.experiments.progress import Progress
    from topazcore.experiments.report import markdown, result_of, write_result

    experiment = load_experiment(name)
    trials, began = experiment.plan(form), time.monotonic()
    workers = args.workers or (1 if form.quick else available_cores())
    rows = run_trials(trials, experiment.measure, args.out, workers, Progress(name))
    result = result_of(name, form, trials, rows, time.monotonic() - began)
    stem = args.out / (f"{name}-quick" if form.quick else name)
    write_result(result, stem.with_suffix(".json"))
    draw_picture(experiment, rows, stem.with_suffix(".png"))
    page = markdown(experiment, result, stem.with_suffix(".png").name)
    replace_file(stem.with_suffix(".md"), f"{page}\n".encode())
    print(page)


def _speed(form: Form, out: Path) -> None:
    """Measure the hot paths, whatever was measured before; the table goes to standard output, too.

    How threads wait is left to each program: an environment of ours would reach the reference, too.
    """
    from topazcore.speed.run import measure
    from topazcore.speed.table import markdown

    cache = out / "micrographs"
    result = measure(
        form.quick, form.given, form.seeds, cache, lambda path: print(f"speed: {path}", file=sys.stderr)
    )
    stem = out / (f"{_SPEED}-quick" if form.quick else _SPEED)
    replace_file(stem.with_suffix(".json"), (json.dumps(result, indent=1) + "\n").encode())
    print(markdown(result["rows"]))


def _memory(form: Form, out: Path) -> None:
    from topazcore.speed.memory import as_json, measure_memory, show

    let_idle_threads_sleep()
    peaks = measure_memory(out, form.quick)
    stem = out / (f"{_MEMORY}-quick" if form.quick else _MEMORY)
    replace_file(stem.with_suffix(".json"), f"{as_json(peaks)}\n".encode())
    print(show(peaks))


def _report(out: Path, docs: Path) -> None:
    from topazcore.experiments.report import publish
    from topazcore.speed.page import publish as publish_speed

    for name in EXPERIMENTS:
        done = publish(name, load_experiment(name), out, docs)
        print(f"{name}: {done}", file=sys.stderr)
    print(f"{_SPEED}: {publish_speed(out / f'{_SPEED}.json', docs)}", file=sys.stderr)
