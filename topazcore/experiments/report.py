"""Outcomes on disk and in docs/experiments.md: result files, tables as Markdown, marked sections.

A result file holds everything that its tables and picture are made of: raw rows, settings, machine, date. So the
page can be written again at any time without a training. Text outside the marks is a person's and is never touched.
"""

import dataclasses
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from topazcore.errors import PeridotError
from topazcore.experiments.experiment import Experiment, Form, Table, Trial
from topazcore.experiments.ledger import code_fingerprint
from topazcore.experiments.plots import draw_picture
from topazcore.experiments.progress import duration
from topazcore.files import replace_file
from topazcore.processor import available_cores

# Lists of a result file that have a line for each entry.
_LONG = ("sets", "trials", "rows")
PAGE, RESULTS_FOLDER, PICTURES_FOLDER = "experiments.md", "experiments", "pictures/experiments"


def result_of(name: str, form: Form, trials: Sequence[Trial], rows: Sequence, seconds: float) -> dict:
    """The content of a result file."""
    from topazcore.experiments.runs import COMMON_SETTINGS

    sets = dict.fromkeys(trial.data for trial in trials)
    return {
        "experiment": name,
        "form": "quick" if form.quick else "full",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "code": code_fingerprint(),
        "seconds": round(seconds, 1),
        "settings": COMMON_SETTINGS,
        "sets": [_described(spec) for spec in sets],
        "trials": [trial.settings | {"expected_times": trial.expected_times} for trial in trials],
        "rows": list(rows),
    }


def machine() -> dict[str, object]:
    """What the outcomes were measured on."""
    return {
        "cores": available_cores(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy", "scipy")},
    }


def write_result(result: Mapping, path: Path) -> None:
    """One JSON file, a row on a line.

    Raises:
        OSError: it could not be written.
    """
    head = {key: value for key, value in result.items() if key not in _LONG}
    parts = [json.dumps(head, indent=1, ensure_ascii=False)[:-2]]
    for key in _LONG:
        lines = ",\n  ".join(json.dumps(_rounded(row), ensure_ascii=False) for row in result[key])
        parts.append(f' "{key}": [\n  {lines}\n ]')
    replace_file(path, (",\n".join(parts) + "\n}\n").encode())


def read_result(path: Path) -> dict:
    """A result file.

    Raises:
        PeridotError: it is none.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        if result["rows"] and result["machine"] and result["form"]:
            return result
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PeridotError(f"{path.name} is no result of an experiment", "one that bench wrote") from error
    raise PeridotError(f"{path.name} without a row", "a result that bench wrote", "run the experiment again")


def markdown(experiment: Experiment, result: Mapping, picture: str | None = None) -> str:
    """Tables and paragraphs of a result, after a line on where it comes from and a picture's path."""
    blocks = [_origin(result)]
    if picture:
        blocks.append(f"![{result['experiment']}]({picture})")
    blocks += [
        _as_markdown(block) if isinstance(block, Table) else block
        for block in experiment.show(result["rows"])
    ]
    return "\n\n".join(blocks)


def publish(name: str, experiment: Experiment, out: Path, docs: Path) -> str:
    """Put an experiment onto the page: its section, its picture, and its result file beside them.

    Args:
        out: where full runs leave results; without one there, the result that is published already is shown anew.
        docs: the folder of the page.

    Returns:
        What was done, in words.

    Raises:
        PeridotError: a damaged result, or a page without the experiment's marks.
        OSError: something could not be written.
    """
    kept = docs / RESULTS_FOLDER / f"{name}.json"
    source = next((path for path in (out / f"{name}.json", kept) if path.exists()), None)
    if source is None:
        return "no full run yet"
    result = read_result(source)
    picture = docs / PICTURES_FOLDER / f"{name}.png"
    for folder in (kept.parent, picture.parent):
        folder.mkdir(parents=True, exist_ok=True)
    draw_picture(experiment, result["rows"], picture)
    if source != kept:
        write_result(result, kept)
    page = docs / PAGE
    section = markdown(experiment, result, picture.relative_to(docs).as_posix())
    text = replace_section(page.read_text(encoding="utf-8"), name, section)
    replace_file(page, text.encode())
    return f"written from {source}"


def replace_section(page: str, name: str, content: str) -> str:
    """`page` with new content between the marks of `name`.

    Raises:
        PeridotError: the marks are not there.
    """
    start, end = f"<!-- bench {name} -->", f"<!-- end of bench {name} -->"
    before, found_start, rest = page.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise PeridotError(f"{PAGE} without the marks of {name}", f"{start} and {end}", "put them in")
    return f"{before}{start}\n\n{content}\n\n{end}{after}"


def _origin(result: Mapping) -> str:
    facts = result["machine"]
    cpu = sum(row.get("cpu_seconds", 0) for row in result["rows"])
    return (
        f"*{len(result['rows'])} trainings, {duration(cpu)} of CPU time, on {result['date']}: {facts['cores']} "
        f"cores ({facts['processor']}), Python {facts['python']}, torch {facts['torch']}; code `{result['code']}`.*"
    )


def _as_markdown(table: Table) -> str:
    lines: Iterable[Sequence[str]] = [table.columns, ["---"] * len(table.columns), *table.rows]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table.title}\n\n{body}"


def _described(spec) -> dict:
    """A set without this machine's paths."""
    facts = dataclasses.asdict(spec)
    for name in ("folder", "coordinates"):
        if name in facts:
            facts[name] = os.path.basename(os.path.normpath(facts[name]))  # noqa: PTH119
    return facts


def _rounded(value):
    """Floats to six digits: more say nothing and make the file twice as long."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value
