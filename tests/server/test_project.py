"""The index of a folder: what is found, what is read again, and which links are followed."""

import os
from pathlib import Path

import pytest

from server import project as module
from server.database import Database
from server.errors import NotFoundError
from server.project import Project
from tests.server.support import Client, write_micrograph
from topazcore.errors import MicrographError


@pytest.fixture
def index(folder, tmp_path):
    database = Database(tmp_path / "peridot.sqlite", tmp_path / "backups")
    yield Project(folder, database)
    database.close()


def names(index: Project) -> list[str]:
    return [each.name for each in index.micrographs()]


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system lets nobody make links without special rights")


def test_the_list_is_in_natural_order_and_ids_stay(index, folder):
    index.scan()
    before = {each.name: each.id for each in index.micrographs()}
    write_micrograph(folder / "m10.mrc")
    write_micrograph(folder / "m9.mrc")
    index.scan()
    assert names(index) == ["m1", "m9", "m10", "m2"]
    assert {each.name: each.id for each in index.micrographs() if each.name in before} == before


def test_only_new_and_changed_files_are_opened(index, folder, monkeypatch):
    opened = []

    def read(path):
        opened.append(path.name)
        return read_header(path)

    read_header = module.read_header
    monkeypatch.setattr(module, "read_header", read)
    index.scan()
    assert sorted(opened) == ["m1.mrc", "m2.mrc"]
    opened.clear()
    index.scan()
    assert opened == []
    write_micrograph(folder / "m1.mrc", 41)
    write_micrograph(folder / "m3.mrc")
    index.scan()
    assert sorted(opened) == ["m1.mrc", "m3.mrc"]


def test_a_file_that_vanishes_is_marked_and_comes_back_as_the_same(index, folder):
    index.scan()
    micrograph = index.micrographs()[0]
    (folder / "m1.mrc").rename(folder / "m1.away")
    index.scan()
    assert (names(index), index.micrograph(micrograph.id).missing) == (["m2", "m1"], True)
    (folder / "m1.away").rename(folder / "m1.mrc")
    index.scan()
    assert index.micrograph(micrograph.id) == micrograph


def test_two_files_of_one_name_are_told_apart_by_their_folders(index, folder):
    write_micrograph(folder / "sub" / "m1.mrc")
    index.scan()
    assert names(index) == ["m1", "sub/m1", "m2"] or sorted(names(index)) == ["m1", "m2", "sub/m1"]


def test_what_cannot_be_opened_is_listed_with_its_reason_and_the_rest_is_there(index, folder):
    (folder / "torn.mrc").write_bytes((folder / "m1.mrc").read_bytes()[:-1])
    (folder / "folder.mrc").mkdir()
    index.scan()
    assert sorted(each.path for each in index.refused) == ["folder.mrc", "torn.mrc"]
    assert all(each.error.found and "/" not in each.error.found for each in index.refused)
    assert names(index) == ["m1", "m2"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_named_pipe_does_not_hang_the_listing(index, folder):
    os.mkfifo(folder / "pipe.mrc")
    index.scan()
    assert [each.path for each in index.refused] == ["pipe.mrc"]


def test_the_state_folder_is_not_a_place_for_micrographs(index, folder):
    write_micrograph(folder / ".peridot" / "hidden.mrc")
    index.scan()
    assert names(index) == ["m1", "m2"]


def test_the_pixel_size_is_what_most_headers_say(index, folder):
    write_micrograph(folder / "m3.mrc", pixel_size=1.5)
    index.scan()
    assert index.pixel_size_angstrom() == pytest.approx(2.0)


def test_a_link_out_of_the_project_is_resolved_once_and_its_target_is_read(index, folder, tmp_path):
    target = write_micrograph(tmp_path / "elsewhere" / "raw.mrc", 20, 30)
    link(folder / "linked.mrc", target)
    index.scan()
    linked = next(each for each in index.micrographs() if each.name == "linked")
    assert (linked.path, linked.target) == ("linked.mrc", target.resolve())
    linked.check()


def test_a_link_that_changes_later_is_not_followed(index, folder, tmp_path):
    first = write_micrograph(tmp_path / "first.mrc", 20, 30)
    secret = write_micrograph(tmp_path / "secret.mrc", 20, 30, seed=9)
    link(folder / "linked.mrc", first)
    index.scan()
    linked = next(each for each in index.micrographs() if each.name == "linked")
    (folder / "linked.mrc").unlink()
    link(folder / "linked.mrc", secret)
    assert linked.target == first.resolve()
    linked.check()
    first.unlink()
    link(first, secret)
    with pytest.raises(MicrographError, match="replaced by a link"):
        linked.check()


def test_a_folder_above_that_becomes_a_link_is_not_followed(index, folder, tmp_path):
    index.scan()
    inner = next(each for each in index.micrographs() if each.name == "m2")
    (folder / "sub").rename(tmp_path / "moved")
    link(folder / "sub", tmp_path / "moved")
    with pytest.raises(MicrographError, match="replaced by a link"):
        inner.check()


def test_a_circle_of_links_does_not_hang_the_listing(index, folder):
    link(folder / "sub" / "circle", folder)
    index.scan()
    assert sorted({each.name for each in index.micrographs()}) == ["m1", "m2"]


def test_an_unknown_id_is_not_found(index):
    with pytest.raises(NotFoundError, match="no micrograph 7"):
        index.micrograph(7)


def test_labels_outlive_the_vanishing_of_their_file(client, folder):
    from tests.server.support import operation

    client.label(operation())
    (folder / "m1.mrc").unlink()
    client.post("/api/project/scan")
    assert len(client.get("/api/micrographs/1/labels")["labels"]) == 1


def test_nothing_outside_the_state_folder_is_written(make_app, folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    client = Client(make_app())
    client.call("GET", "/api/micrographs/1/thumbnail")
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if ".peridot" not in path.parts}
    assert after == before
