"""Labels, exclusions and settings in the database: what is acknowledged, what is not, and what the log amounts to."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.database import Database
from server.errors import NotFoundError, StorageError
from server.store import Operation, Store


def open_store(folder: Path) -> Store:
    """A store with micrographs 1 (60 x 40) and 2 (60 x 40)."""
    database = Database(folder / "peridot.sqlite", folder / "backups")
    with database.writing() as connection:
        for name in ("a", "b"):
            connection.execute(
                "INSERT OR IGNORE INTO micrograph (path, name, target, size, modified_ns, height, width, mode,"
                " warnings) VALUES (?, ?, ?, 0, 0, 40, 60, '', '[]')",
                (name, name, name),
            )
    return Store(database)


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.database.close()


def add(op_id: str, pick_id: str = "p", x: float = 1, y: float = 2) -> Operation:
    return Operation(op_id, "add", pick_id, x, y, "positive", "click")


def state_of(store: Store) -> dict:
    """Labels and exclusions as the database has them, in the form of `replay`."""
    state = {}
    for micrograph in (1, 2):
        _, found = store.annotations(micrograph)
        present = {e["id"]: (e["x"], e["y"], e["label"], e["source"]) for e in found["labels"]}
        present |= {each["id"]: (each["ends"], each["source"]) for each in found["filaments"]}
        present |= {each["id"]: (each["outline"],) for each in found["exclusions"]}
        if present:
            state[micrograph] = present
    return state


def without_empty(state: dict) -> dict:
    return {micrograph: labels for micrograph, labels in state.items() if labels}


def test_labels_survive_closing_and_opening(tmp_path):
    store = open_store(tmp_path)
    store.apply(1, [add("o1")])
    store.database.close()
    again = open_store(tmp_path)
    assert state_of(again) == {1: {"p": (1.0, 2.0, "positive", "click")}}
    assert again.instance == store.instance
    again.database.close()


def test_each_micrograph_counts_its_own_revisions(store):
    assert store.apply(1, [add("o1")]).revision == 1
    assert store.apply(1, [add("o2", "q"), add("o3", "r")]).revision == 2
    assert store.apply(2, [add("o4")]).revision == 1
    assert store.apply(1, [add("o1")]).revision == 2


def test_two_labels_of_one_id_on_two_micrographs_are_two(store):
    store.apply(1, [add("o1")])
    store.apply(2, [add("o2", x=5)])
    assert state_of(store)[1]["p"][0], state_of(store)[2]["p"][0] == (1.0, 5.0)


def test_batches_for_several_micrographs_are_all_or_nothing(store):
    with pytest.raises(NotFoundError):
        store.apply_all({1: [add("o1")], 77: [add("o2")]})
    assert state_of(store) == {}


def test_an_unforeseen_failure_leaves_nothing_of_the_batch(store):
    broken = Operation("o2", "add", "q", 1, 2, "perhaps", "click")
    with pytest.raises(sqlite3.IntegrityError):
        store.apply(1, [add("o1"), broken])
    assert state_of(store) == {} and store.labels(1)[0] == 0
    assert store.apply(1, [add("o1")]).applied == ["o1"]


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY])
def test_a_disk_that_fails_is_not_acknowledged(store, monkeypatch, code):
    class FailingWriter:
        """Fails where the disk would: when the transaction is to be committed."""

        def __init__(self, real):
            self.real, self.in_transaction = real, False

        def execute(self, statement, *values):
            if statement == "COMMIT":
                self.real.execute("ROLLBACK")
                error = sqlite3.OperationalError("the disk failed")
                error.sqlite_errorcode = code
                raise error
            return self.real.execute(statement, *values)

    monkeypatch.setattr(store.database, "writer", FailingWriter(store.database.writer))
    with pytest.raises(StorageError) as refused:
        store.apply(1, [add("o1")])
    assert refused.value.status == 507
    monkeypatch.undo()
    assert state_of(store) == {}


def test_settings_are_kept_and_cleared(store):
    assert store.settings() == (0, {"pixel_size_angstrom": None, "diameter_angstrom": None,
                                    "expected_particles": None, "filament_spacing_angstrom": None,
                                    "training": {}, "view": {}})  # fmt: skip
    assert store.change_settings({"diameter_angstrom": 143.0, "view": {"a": 1}}) == 1
    assert store.change_settings({"diameter_angstrom": None}) == 2
    revision, kept = store.settings()
    assert (revision, kept["diameter_angstrom"], kept["view"]) == (2, None, {"a": 1})


positions = st.floats(-0.5, 39, allow_nan=False)
identities = {
    "op_id": st.sampled_from([f"o{number}" for number in range(12)]),
    "pick_id": st.sampled_from("pqr"),
}
of_labels = st.builds(
    Operation,
    **identities,
    kind=st.sampled_from(["add", "move", "remove"]),
    x=positions,
    y=positions,
    label=st.sampled_from(["positive", "negative"]),
    source=st.sampled_from(["click", "pick", "import"]),
)
corners = st.lists(positions, min_size=2, max_size=2)
of_exclusions = st.builds(
    Operation,
    **identities,
    kind=st.just("add"),
    outline=st.lists(corners, min_size=3, max_size=5),
)
of_filaments = st.builds(
    Operation,
    **identities,
    kind=st.sampled_from(["add", "move"]),
    ends=st.lists(corners, min_size=2, max_size=2),
    source=st.sampled_from(["click", "import"]),
)
operations = of_labels | of_exclusions | of_filaments
batches = st.lists(st.tuples(st.sampled_from([1, 2]), st.lists(operations, max_size=5)), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=batches, repeats=st.lists(st.integers(0, 5), max_size=4))
def test_the_tables_are_always_what_the_log_amounts_to_and_retries_change_nothing(
    tmp_path_factory, batches, repeats
):
    store = open_store(tmp_path_factory.mktemp("store"))
    try:
        for micrograph, batch in batches:
            store.apply(micrograph, batch)
        expected, revisions = state_of(store), [store.labels(each)[0] for each in (1, 2)]
        assert without_empty(store.replay()) == expected
        for number in repeats:
            if number < len(batches):
                assert store.apply(*batches[number]).changes == []
        assert state_of(store) == expected
        assert [store.labels(each)[0] for each in (1, 2)] == revisions
    finally:
        store.database.close()
