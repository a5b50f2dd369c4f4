"""Which files are micrographs, in which order, under which names."""

import sys
from pathlib import Path

import pytest

from topazcore.errors import MicrographError
from topazcore.micrograph import find_micrographs, micrograph_names


@pytest.fixture
def folder(tmp_path):
    for name in (
        "m10.mrc",
        "m2.mrc",
        "sub/m1.TIF",
        "sub/deep/a.png",
        "notes.txt",
        ".hidden.mrc",
        ".peridot/t.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def below(folder: Path, paths: list[Path]) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_a_folder_is_searched_through_in_natural_order_without_what_is_hidden(folder):
    found, refused = find_micrographs(folder)
    assert below(folder, found) == ["m2.mrc", "m10.mrc", "sub/deep/a.png", "sub/m1.TIF"]
    assert refused == []


def test_a_pattern_takes_images_only(folder):
    assert below(folder, find_micrographs(str(folder / "*"))[0]) == ["m2.mrc", "m10.mrc"]
    assert below(folder, find_micrographs(str(folder / "**" / "*.png"))[0]) == ["sub/deep/a.png"]


def test_one_file_is_taken_whatever_its_extension(folder):
    assert find_micrographs(folder / "notes.txt")[0] == [folder / "notes.txt"]


def test_an_empty_folder_has_no_micrographs(tmp_path):
    assert find_micrographs(tmp_path) == ([], [])


@pytest.mark.parametrize("where", ["none", "*.mrc", "none/*.mrc"])
def test_what_is_not_there_is_said(tmp_path, where):
    with pytest.raises(MicrographError, match="nothing matches"):
        find_micrographs(tmp_path / where)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_linked_folders_are_followed_once_and_loops_end(folder):
    (folder / "linked").symlink_to(folder / "sub", target_is_directory=True)
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    names = below(folder, find_micrographs(folder)[0])
    assert len(names) == 4 and sum(name.endswith("m1.TIF") for name in names) == 1


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_is_found(folder, monkeypatch):
    listed = Path.iterdir

    def iterdir(path):
        if path.name == "deep":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    found, refused = find_micrographs(folder)
    assert below(folder, found) == ["m2.mrc", "m10.mrc", "sub/m1.TIF"]
    assert "deep cannot be read: Permission denied" in str(refused[0].error)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["0066.mrc", "a.b.mrc"], ["0066", "a.b"]),
        (["a/m.mrc", "b/m.mrc", "c.mrc"], ["a/m", "b/m", "c"]),
        (["m.mrc", "m.png"], ["m.mrc", "m.png"]),
        (["a/m.mrc", "a/m.png", "b/m.mrc"], ["a/m.mrc", "a/m.png", "b/m"]),
        (["x.mrc", "x.png", "x.mrc.tif"], ["x.mrc", "x.png", "x.mrc.tif"]),
        (["grid_1.2/0001", "Großes Ü.tif"], ["0001", "Großes Ü"]),
    ],
)
def test_names_are_as_short_as_they_can_be_and_unique(paths, names):
    root = Path("data")
    given = [root / path for path in paths]
    assert micrograph_names(given, root) == dict(zip(given, names, strict=True))
