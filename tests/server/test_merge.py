"""Several pages, one store, lines that lose answers, a server that is started anew: a machine that tries all of it.

The model is a dictionary for each micrograph, changed by each operation at its first arrival. Whatever the machine
does, the store holds what the model holds, and its log every operation that has arrived exactly once.
"""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server import timeline
from server.store import Operation, Store
from tests.server.test_store import open_store

PAGES = ("ada", "ben", "cleo")
MICROGRAPHS = (1, 2)
PICKS = ("p", "q", "r", "s")

pages = st.sampled_from(PAGES)
micrographs = st.sampled_from(MICROGRAPHS)
coordinates = st.integers(0, 39).map(float)
triangles = st.lists(st.lists(coordinates, min_size=2, max_size=2), min_size=3, max_size=3)
wishes = st.one_of(
    st.fixed_dictionaries({"kind": st.just("add"), "x": coordinates, "y": coordinates,
                           "label": st.sampled_from(["positive", "negative"]), "source": st.just("click")}),
    st.fixed_dictionaries({"kind": st.just("add"), "outline": triangles}),
    st.fixed_dictionaries({"kind": st.just("move"), "x": coordinates, "y": coordinates}),
    st.fixed_dictionaries({"kind": st.just("remove")}),
)  # fmt: skip


class Together(RuleBasedStateMachine):
    """Each page keeps what it has done until an answer acknowledges it, and sends it again until then."""

    folder_maker: Callable[[], Path]

    @initialize()
    def start(self):
        self.folder = self.folder_maker()
        self.store: Store = open_store(self.folder)
        self.waiting = {page: [] for page in PAGES}
        self.arrived: Counter[str] = Counter()
        self.made: list[str] = []
        self.model = {micrograph: {} for micrograph in MICROGRAPHS}
        self.revisions = dict.fromkeys(MICROGRAPHS, 0)

    @rule(page=pages, micrograph=micrographs, pick_id=st.sampled_from(PICKS), wish=wishes)
    def work(self, page, micrograph, pick_id, wish):
        """A page does something, and shows it at once."""
        op_id = f"o{len(self.made)}"
        self.made.append(op_id)
        self.waiting[page].append((micrograph, Operation(op_id, pick_id=pick_id, **wish)))

    @rule(page=pages, most=st.integers(1, 4), answered=st.booleans())
    def send(self, page, most, answered):
        """What waits for one micrograph goes out together; an answer that is lost lets all of it wait."""
        batch = self.batch(page, most)
        if not batch:
            return
        micrograph = batch[0][0]
        before = Counter(self.arrived)
        result = self.store.apply(micrograph, [operation for _, operation in batch], page)
        names = [operation.op_id for _, operation in batch]
        fresh = [operation for _, operation in batch if not before[operation.op_id]]
        assert result.applied == names and not result.refused
        assert result.changes == fresh
        assert result.repeated == [name for name in names if before[name]]
        self.take(micrograph, fresh)
        assert result.revision == self.revisions[micrograph]
        if answered:
            self.acknowledge(page, names)

    @rule(answered=st.booleans())
    def send_all_at_once(self, answered):
        """In threads, as requests come: the log says who came first, and no batch is torn apart."""
        batches = {page: batch for page in PAGES if (batch := self.batch(page, 4))}
        threads = [
            threading.Thread(
                target=self.store.apply, args=(batch[0][0], [operation for _, operation in batch], page)
            )
            for page, batch in batches.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fresh = {
            page: [one for one in batch if not self.arrived[one[1].op_id]] for page, batch in batches.items()
        }
        order = [name for name in self.log() if not self.arrived[name]]
        for page in sorted(
            (page for page in fresh if fresh[page]), key=lambda page: order.index(fresh[page][0][1].op_id)
        ):
            operations = [operation for _, operation in fresh[page]]
            first = order.index(operations[0].op_id)
            assert order[first : first + len(operations)] == [each.op_id for each in operations]
            self.take(fresh[page][0][0], operations)
        if answered:
            for page, batch in batches.items():
                self.acknowledge(page, [operation.op_id for _, operation in batch])

    @rule()
    def start_anew(self):
        """The server ends and starts again: what was acknowledged is there."""
        self.store.database.close()
        self.store = open_store(self.folder)

    @invariant()
    def the_store_holds_what_the_model_holds(self):
        for micrograph in MICROGRAPHS:
            revision, found = self.store.annotations(micrograph)
            present = {each["id"]: (each["x"], each["y"], each["label"]) for each in found["labels"]}
            present |= {each["id"]: each["outline"] for each in found["exclusions"]}
            assert present == self.model[micrograph]
            assert revision == self.revisions[micrograph]

    @invariant()
    def the_log_holds_what_arrived_once(self):
        assert Counter(self.log()) == self.arrived

    def teardown(self):
        """At last every line is good: nothing that a page did is lost, and the ways to read it agree."""
        if not hasattr(self, "store"):
            return
        try:
            for page in PAGES:
                while self.waiting[page]:
                    self.send(page, 4, answered=True)
            assert Counter(self.log()) == Counter(self.made)
            self.the_store_holds_what_the_model_holds()
            for micrograph in MICROGRAPHS:
                positives = [one for one in self.model[micrograph].values() if one[2:] == ("positive",)]
                assert self.store.counts().get(micrograph, {}).get("positive", 0) == len(positives)
                last = timeline.steps(self.store.database, micrograph)[:1]
                assert sum(step["labels"] + step["exclusions"] for step in last) == len(
                    self.model[micrograph]
                )
        finally:
            self.store.database.close()

    def batch(self, page: str, most: int) -> list[tuple[int, Operation]]:
        """What a page sends next: the oldest operations of the micrograph that waits longest."""
        waiting = self.waiting[page]
        return [one for one in waiting if one[0] == waiting[0][0]][:most]

    def acknowledge(self, page: str, names: list[str]) -> None:
        self.waiting[page] = [one for one in self.waiting[page] if one[1].op_id not in names]

    def take(self, micrograph: int, operations: list[Operation]) -> None:
        """Change the model as the documentation of the API says."""
        present = self.model[micrograph]
        self.revisions[micrograph] += bool(operations)
        for each in operations:
            self.arrived[each.op_id] += 1
            if each.kind == "remove":
                present.pop(each.pick_id, None)
            elif each.kind == "add":
                present[each.pick_id] = each.outline or (each.x, each.y, each.label)
            elif isinstance(present.get(each.pick_id), tuple):
                present[each.pick_id] = (each.x, each.y, present[each.pick_id][2])

    def log(self) -> list[str]:
        """The ids of all operations, in the order in which they were applied."""
        with self.store.database.reading() as connection:
            return [name for (name,) in connection.execute("SELECT op_id FROM operation ORDER BY seq")]


def test_pages_and_store_agree_whatever_happens(tmp_path_factory):
    class InFolder(Together):
        def folder_maker(self):
            return tmp_path_factory.mktemp("together")

    run_state_machine_as_test(
        InFolder, settings=settings(max_examples=30, stateful_step_count=40, deadline=None)
    )
