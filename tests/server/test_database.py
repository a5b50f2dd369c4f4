"""The SQLite file: damage, backups, migrations, journals."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server import migrations
from server.database import Database, backups, file_system, is_sound, journal_mode
from server.errors import StartError

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
scratch /mnt/big\\040disk lustre rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/x", "ext4"),
        ("/home/anna/x", "nfs4"),
        ("/home/local/x", "xfs"),
        ("/homely/x", "ext4"),
        ("/mnt/big disk/x", "lustre"),
    ],
)
def test_the_file_system_is_the_one_of_the_longest_mount(path, kind):
    assert file_system(Path(path), MOUNTS) == kind


NEWEST = len(migrations.STEPS)


def open_database(folder: Path) -> Database:
    return Database(folder / "peridot.sqlite", folder / "backups")


def put(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '')", (name,))


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM meta ORDER BY name")]


def test_what_is_committed_is_forced_to_the_disk(tmp_path):
    database = open_database(tmp_path)
    assert database.writer.execute("PRAGMA synchronous").fetchone()[0] == 2
    wanted = journal_mode(tmp_path).lower()
    assert database.writer.execute("PRAGMA journal_mode").fetchone()[0] == wanted
    database.close()


def test_a_network_file_system_gets_no_write_ahead_log(tmp_path, monkeypatch):
    monkeypatch.setattr("server.database.file_system", lambda path, table: "lustre")
    database = open_database(tmp_path)
    assert database.writer.execute("PRAGMA journal_mode").fetchone()[0] == "truncate"
    database.close()


def test_a_failing_transaction_leaves_nothing(tmp_path):
    database = open_database(tmp_path)
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('half', '')")
        raise ZeroDivisionError
    assert names(database) == []
    database.close()


def test_a_reader_sees_one_moment_and_cannot_write(tmp_path):
    database = open_database(tmp_path)
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
        put(database, "later")
        assert connection.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM meta")
    assert names(database) == ["later"]
    database.close()


def test_every_start_keeps_a_backup_and_only_the_newest_three(tmp_path):
    for number in range(5):
        database = open_database(tmp_path)
        put(database, str(number))
        database.close()
    kept = backups(tmp_path / "backups")
    assert len(kept) == 3
    with closing(sqlite3.connect(kept[0])) as newest:
        assert newest.execute("SELECT max(name) FROM meta").fetchone()[0] == "3"


def damage(path: Path) -> bytes:
    """Spoil the pages in the middle of a database; returns what it holds now."""
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    path.write_bytes(content)
    return bytes(content)


def test_a_damaged_database_is_replaced_by_the_backup_and_kept_aside(tmp_path):
    database = open_database(tmp_path)
    put(database, "good")
    database.back_up()
    database.close()
    spoiled = damage(tmp_path / "peridot.sqlite")
    again = open_database(tmp_path)
    assert names(again) == ["good"]
    [aside] = tmp_path.glob("*.damaged-*")
    assert aside.read_bytes() == spoiled
    again.close()


def test_a_damaged_backup_is_passed_over_for_an_older_good_one(tmp_path):
    database = open_database(tmp_path)
    put(database, "old")
    database.back_up()
    put(database, "new")
    database.back_up()
    database.close()
    damage(tmp_path / "peridot.sqlite")
    damage(backups(tmp_path / "backups")[0])
    again = open_database(tmp_path)
    assert names(again) == ["old"]
    again.close()


def test_without_a_good_backup_the_start_is_refused_and_nothing_is_written_over(tmp_path):
    database = open_database(tmp_path)
    put(database, "x")
    database.close()
    content = damage(tmp_path / "peridot.sqlite")
    with pytest.raises(StartError, match="damaged, and there is no good backup"):
        open_database(tmp_path)
    assert (tmp_path / "peridot.sqlite").read_bytes() == content


def test_a_file_that_is_no_database_is_not_written_over(tmp_path):
    (tmp_path / "peridot.sqlite").write_bytes(b"junk" * 5000)
    with pytest.raises(StartError, match="damaged"):
        open_database(tmp_path)
    assert (tmp_path / "peridot.sqlite").read_bytes() == b"junk" * 5000


def test_a_file_that_was_emptied_is_restored_and_not_taken_for_a_new_project(tmp_path):
    database = open_database(tmp_path)
    put(database, "good")
    database.back_up()
    database.close()
    (tmp_path / "peridot.sqlite").write_bytes(b"")
    again = open_database(tmp_path)
    assert names(again) == ["good"]
    again.close()


def test_a_first_start_that_was_killed_before_it_wrote_anything_is_a_new_project(tmp_path):
    (tmp_path / "peridot.sqlite").touch()
    database = open_database(tmp_path)
    put(database, "x")
    assert names(database) == ["x"]
    database.close()


def test_a_project_of_a_newer_peridot_is_refused(tmp_path):
    database = open_database(tmp_path)
    database.writer.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StartError, match="a newer Peridot"):
        open_database(tmp_path)


def test_a_project_of_the_first_release_keeps_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:1])
    database = open_database(tmp_path)
    put(database, "kept")
    with database.writing() as connection:
        connection.execute(
            "INSERT INTO micrograph (path, name, target, size, modified_ns, height, width, mode, warnings)"
            " VALUES ('a.mrc', 'a', '/a.mrc', 1, 1, 4, 4, 'float32', '[]')"
        )
    database.close()
    monkeypatch.undo()
    again = open_database(tmp_path)
    assert (migrations.version(again.writer), names(again)) == (NEWEST, ["kept"])
    assert again.writer.execute("SELECT name, complete, empty FROM micrograph").fetchall()[0][:] == (
        "a",
        0,
        0,
    )
    again.close()


def test_missing_steps_are_taken_after_a_backup(tmp_path, monkeypatch):
    database = open_database(tmp_path)
    put(database, "kept")
    database.close()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, "CREATE TABLE more (a TEXT) STRICT;"))
    again = open_database(tmp_path)
    assert migrations.version(again.writer) == NEWEST + 1
    assert names(again) == ["kept"]
    with closing(sqlite3.connect(backups(tmp_path / "backups")[0])) as before:
        assert migrations.version(before) == NEWEST
    again.close()


def test_a_step_that_fails_is_not_taken_by_half(tmp_path, monkeypatch):
    open_database(tmp_path).close()
    monkeypatch.setattr(
        migrations, "STEPS", (*migrations.STEPS, "CREATE TABLE more (a TEXT) STRICT; SELECT nothing;")
    )
    with pytest.raises(sqlite3.OperationalError):
        open_database(tmp_path)
    monkeypatch.undo()
    again = open_database(tmp_path)
    assert migrations.version(again.writer) == NEWEST
    assert again.writer.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0
    again.close()


def test_a_backup_that_cannot_be_made_stops_nothing(tmp_path, monkeypatch, caplog):
    database = open_database(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.database.copy_to", full)
    database.back_up()
    assert "no backup was made" in caplog.text
    put(database, "still works")
    database.close()


def test_soundness_is_told_for_any_file(tmp_path):
    open_database(tmp_path).close()
    (tmp_path / "junk").write_bytes(b"\0\1\2" * 3000)
    assert (is_sound(tmp_path / "peridot.sqlite"), is_sound(tmp_path / "junk")) == (True, False)
