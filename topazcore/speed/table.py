"""The outcome of `bench speed`: medians, spreads and ratios as a table, and the section of docs/performance.md.

It measures nothing: everything is in the rows, so the table can be written again at any time.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from topazcore.speed.paths import OURS, PICKING, PREPROCESSING, REFERENCE, SUPPRESSION, TRAINING

_COLUMNS = ("path", "program", "wall s", "CPU s", "peak memory", "what came of it", "reference / ours")
_MEGABYTE = 1e6
_UNIT = {PREPROCESSING: "a micrograph", PICKING: "a micrograph", SUPPRESSION: "a map", TRAINING: "a training"}

Rows = Sequence[Mapping]


def markdown(rows: Rows) -> str:
    """A table with a line for each path and program: medians, and the spread of the rounds in brackets."""
    lines = [_COLUMNS, ("---",) * len(_COLUMNS)]
    for path in _UNIT:
        for program in (OURS, REFERENCE):
            if chosen := _of(rows, path, program):
                lines.append(_line(path, program, chosen, rows))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def ratios(rows: Rows) -> dict[str, float]:
    """How many times the reference's costs are ours, by path; of medians, for one micrograph each."""
    found = {}
    for path in _UNIT:
        ours, theirs = _of(rows, path, OURS), _of(rows, path, REFERENCE)
        if not (ours and theirs):
            continue
        if path == TRAINING:
            if seconds := _reached(ours):
                found[f"{path} cpu"] = _each(theirs, "cpu_seconds") / seconds
            continue
        for name in ("wall", "cpu"):
            found[f"{path} {name}"] = _each(theirs, f"{name}_seconds") / _each(ours, f"{name}_seconds")
    return found


def _line(path: str, program: str, chosen: Rows, rows: Rows) -> tuple[str, ...]:
    peak = median(row["peak_bytes"] for row in chosen)
    return (
        f"{path}, {_UNIT[path]}",
        program,
        _spread(chosen, "wall_seconds"),
        _spread(chosen, "cpu_seconds"),
        f"{peak / _MEGABYTE:,.0f} MB" if peak else "",
        _worth(path, program, chosen),
        _against(path, rows) if program == OURS else "",
    )


def _worth(path: str, program: str, chosen: Rows) -> str:
    if path == PICKING:
        return f"best F1 {median(row['best_f1'] for row in chosen):.3f}"
    if path != TRAINING:
        return ""
    precision = median(row["average_precision"] for row in chosen)
    said = f"average precision {precision:.3f} after {chosen[0]['steps']} steps"
    if program == OURS and (seconds := _reached(chosen)):
        step = median(row["reached_at_step"] for row in chosen)
        said += f"; the reference's after {seconds:.1f} CPU s (step {step:.0f})"
    return said


def _against(path: str, rows: Rows) -> str:
    found = ratios(rows)
    named = ((name, found.get(f"{path} {name}")) for name in ("wall", "cpu"))
    return ", ".join(f"{ratio:.1f} times the {name} time" for name, ratio in named if ratio)


def _reached(ours: Rows) -> float | None:
    """CPU seconds to the reference's average precision; None where a round never got there."""
    seconds = [row["reached_cpu_seconds"] for row in ours]
    return median(seconds) if all(seconds) else None


def _of(rows: Rows, path: str, program: str) -> Rows:
    return [row for row in rows if (row["path"], row["program"]) == (path, program)]


def _each(rows: Rows, name: str) -> float:
    return median(row[name] / row["units"] for row in rows)


def _spread(rows: Rows, name: str) -> str:
    values = sorted(row[name] / row["units"] for row in rows)
    middle = f"{median(values):.3g}"
    return middle if len(values) == 1 else f"{middle} ({values[0]:.3g} to {values[-1]:.3g})"
