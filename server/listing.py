"""The list of micrographs as pages hold it: a row for each, and which rows have changed since a page last asked.

A row is worked out anew for each question and compared with what it was; so nothing that changes a row has to say so,
and nothing can be forgotten. Its text is kept: a list of 20,000 is 5 MB of JSON. A stamp says until when a page knows
the list; it is good for one run of the server, and a page that brings another one gets everything.
"""

import json
import secrets
import threading
from dataclasses import dataclass

from topazcore.formats.ctf import Ctf

from .ctf import CtfStore
from .job_table import PickSet
from .jobs import Jobs
from .label_counts import NONE
from .project import Micrograph, Project
from .store import Store


@dataclass(frozen=True)
class Facts:
    """All that a row depends on."""

    micrograph: Micrograph
    labels: dict[str, int]
    exclusions: int
    picks: PickSet | None
    ctf: Ctf | None = None

    def as_dict(self) -> dict:
        """One row as in docs/api.md."""
        each, picks = self.micrograph, self.picks
        return {
            "id": each.id,
            "name": each.name,
            "path": each.path,
            "width": each.width,
            "height": each.height,
            "pixel_size_angstrom": each.pixel_size_angstrom,
            "revision": each.revision,
            "labels": self.labels["positive"],
            "negatives": self.labels["negative"],
            "filaments": self.labels["filaments"],
            "exclusions": self.exclusions,
            "complete": each.complete,
            "empty": each.empty,
            "looked_at": each.looked_at,
            "picks": picks and describe(picks),
            "ctf": self.ctf and describe_ctf(self.ctf),
            "missing": each.missing,
            "warnings": each.warnings,
        }


@dataclass(frozen=True)
class Row:
    """A row as it was told, and when it became so."""

    facts: Facts
    text: str
    time: int


class Listing:
    """The list of one run of the server. Its time counts the questions that found something changed."""

    def __init__(self, project: Project, store: Store, jobs: Jobs, ctf: CtfStore):
        self.project, self.store, self.jobs, self.ctf = project, store, jobs, ctf
        self.run = secrets.token_hex(4)
        self.lock = threading.Lock()
        self.time = 0
        self.ordered_at = 0
        self.rows: dict[int, Row] = {}

    def answer(self, stamp: str | None = None) -> str:
        """The rows that changed after a stamp as JSON; all of them where that does not say enough.

        New micrographs, and another order, are told with the whole list.
        """
        with self.lock:
            self.look()
            since = self.time_of(stamp)
            is_whole = since is None or since < self.ordered_at
            told = [row.text for row in self.rows.values() if is_whole or row.time > since]
            head = as_json({"stamp": f"{self.run}-{self.time}", "whole": is_whole})
        return f'{head[:-1]},"micrographs":[{",".join(told)}]}}'

    def time_of(self, stamp: str | None) -> int | None:
        """The time that a stamp of this run names."""
        run, _, time = (stamp or "").partition("-")
        return int(time) if run == self.run and time.isascii() and time.isdigit() and len(time) < 16 else None

    def look(self) -> None:
        """Bring the rows up to date."""
        now, rows = self.time + 1, {}
        for facts in self.facts(self.project.micrographs()):
            each = facts.micrograph
            known = self.rows.get(each.id)
            rows[each.id] = (
                known if known and known.facts == facts else Row(facts, as_json(facts.as_dict()), now)
            )
        if list(rows) != list(self.rows):
            self.time = self.ordered_at = now
        elif any(row.time == now for row in rows.values()):
            self.time = now
        self.rows = rows

    def row(self, micrograph: Micrograph) -> dict:
        """One micrograph as in the list."""
        return self.facts([micrograph])[0].as_dict()

    def facts(self, micrographs: list[Micrograph]) -> list[Facts]:
        """What is known of some micrographs now."""
        labels, excluded, picks = self.store.counts(), self.store.exclusion_counts(), self.jobs.pick_sets()
        ctf = self.ctf.all()
        return [
            Facts(
                each,
                labels.get(each.id, NONE),
                excluded.get(each.id, 0),
                picks.get(each.id),
                ctf.get(each.id),
            )
            for each in micrographs
        ]


def as_json(value: dict) -> str:
    """On one line; every number of a row is finite."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)


def describe(picks: PickSet) -> dict:
    """What a row says of picks."""
    named = {"job": picks.job, "kind": picks.kind, "count": picks.count}
    return {**named, "mean_score": picks.mean_score, "final": picks.final}


def describe_ctf(ctf: Ctf) -> dict:
    """What a row says of the CTF; a tenth of an Å is finer than any fit."""
    resolution = ctf.resolution_angstrom
    return {
        "defocus_angstrom": round(ctf.defocus_angstrom, 1),
        "resolution_angstrom": None if resolution is None else round(resolution, 2),
    }
