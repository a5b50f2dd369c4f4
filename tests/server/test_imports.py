"""What an import would do: every row counted once, nothing guessed, all or nothing."""

import io
import zipfile

import numpy as np
import pytest

from server import imports
from server.exports import export_file
from server.imports import Frame, is_duplicate, plan_import, unpacked
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import format_coordinates, relion_files

FRAMES = [
    Frame("0001", "Micrographs/0001.mrc", 100, 80),
    Frame("a.b", "Micrographs/x/a.b.mrc", 100, 80),
    Frame("y/0002", "y/0002.mrc", 100, 80),
    Frame("z/0002", "z/0002.mrc", 100, 80),
]
NONE = Coordinates.empty()


def rows(*found) -> Coordinates:
    """Rows of name, x, y and maybe score."""
    return Coordinates(*zip(*found, strict=True))


def listed(coordinates: Coordinates) -> list[tuple]:
    return list(zip(coordinates.micrograph, coordinates.x.tolist(), coordinates.y.tolist(), strict=True))


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("file_format", ["relion", "star", "topaz"])
def test_what_is_exported_is_imported_again_as_the_same_set(file_format):
    labels = rows(("0001", 10.25, 1 / 3), ("a.b", 5, 6), ("y/0002", 7, 8), ("z/0002", 9, 10))
    made = export_file(file_format, "labels", labels, FRAMES)
    plan = plan_import([(made.name, made.data)], FRAMES, NONE)
    assert listed(plan.labels) == listed(labels)
    again = plan_import([(made.name, made.data)], FRAMES, labels)
    assert (len(again.labels), again.duplicates) == (0, len(labels))


def table(*found) -> list[tuple[str, bytes]]:
    return [("picks.txt", format_coordinates("picks.txt", rows(*found)))]


def test_the_report_counts_every_row_once():
    files = table(
        ("0001", 1, 2),
        ("0001", 1.3, 2),
        ("0001", 3, 4),
        ("0001", 100, 2),
        ("0007", 1, 2),
        ("0002", 1, 2),
        ("a.b", 3, 4),
    )
    plan = plan_import(files, FRAMES, existing=rows(("0001", 3, 4.5)))
    assert plan.report(applied=False) == {
        "total": 7,
        "matched": {"0001": 4, "a.b": 1},
        "unmatched": {"0007": 1},
        "ambiguous": {"0002": 1},
        "outside": 1,
        "duplicates": 2,
        "imported": 2,
        "applied": False,
        "rows": "particles",
        "hint": None,
    }
    assert listed(plan.labels) == [("0001", 1, 2), ("a.b", 3, 4)]


@pytest.mark.parametrize(
    ("x", "y", "outside"),
    [
        (-0.5, -0.5, 0),
        (-0.51, 0, 1),
        (99.49, 79.49, 0),
        (99.5, 0, 1),
        (0, 79.5, 1),
        (-30, 5, 1),
        (1000, 800, 1),
    ],
)
def test_coordinates_outside_by_whatever_little_are_counted_and_left_out(x, y, outside):
    plan = plan_import(table(("0001", x, y)), FRAMES, NONE)
    assert (plan.outside, len(plan.labels)) == (outside, 1 - outside)


def test_coordinates_of_another_scale_are_said_to_look_so():
    large = plan_import(table(("0001", 500, 400), ("0001", 700, 500), ("0001", 9, 9)), FRAMES, NONE)
    assert "scale below 1" in large.hint
    small = plan_import(table(*(("0001", 2 * step, step) for step in range(12))), FRAMES, NONE)
    assert "binning" in small.hint


def test_the_scale_is_applied_before_anything_is_judged():
    plan = plan_import(table(("0001", 500, 400)), FRAMES, NONE, scale=0.1)
    assert listed(plan.labels) == [("0001", 50, 40)]


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_scale_that_makes_no_sense_is_refused(scale):
    with pytest.raises(SettingsError, match="scale"):
        plan_import(table(("0001", 1, 1)), FRAMES, NONE, scale=scale)


def test_if_no_name_matches_the_import_is_refused_with_both_kinds_of_names():
    with pytest.raises(CoordinateError) as raised:
        plan_import(table(("0007", 1, 1), ("0008", 1, 1)), FRAMES, NONE)
    assert "0007, 0008" in raised.value.found
    assert "0001, a.b" in raised.value.expected


def test_a_file_without_rows_plans_nothing():
    plan = plan_import([("x.txt", b"image_name\tx_coord\ty_coord\n")], FRAMES, NONE)
    assert (plan.total, len(plan.labels), plan.hint) == (0, 0, None)


def test_one_bad_file_spoils_the_whole_import():
    with pytest.raises(CoordinateError, match=r"bad\.txt, line 2"):
        plan_import(
            [*table(("0001", 1, 1)), ("bad.txt", b"image_name\tx_coord\ty_coord\n0001\tx\t1\n")], FRAMES, NONE
        )


def test_per_micrograph_files_without_an_index_are_read_by_their_names():
    star = b"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n1 2\n"
    plan = plan_import([("0001_manualpick.star", star), ("a.b_manualpick.star", star)], FRAMES, NONE)
    assert plan.matched == {"0001": 1, "a.b": 1}


def test_an_index_reads_the_uploads_that_it_names_once():
    files = relion_files(rows(("0001", 1, 2), ("a.b", 3, 4)), {frame.name: frame.path for frame in FRAMES})
    plan = plan_import([(name.rsplit("/", 1)[-1], data) for name, data in files.items()], FRAMES, NONE)
    assert (plan.total, plan.matched) == (2, {"0001": 1, "a.b": 1})


def test_an_index_whose_files_were_not_chosen_too_is_refused():
    files = relion_files(rows(("0001", 1, 2)), {frame.name: frame.path for frame in FRAMES})
    with pytest.raises(CoordinateError, match="of which there are 0 among the files"):
        plan_import([("autopick.star", files["autopick.star"])], FRAMES, NONE)


@pytest.mark.parametrize(
    ("xs", "duplicates"),
    [
        ([0, 0.5], [False, True]),
        ([0, 0.51], [False, False]),
        ([0, 0.4, 0.8], [False, True, False]),
        ([-0.2, 0.2], [False, True]),
        ([5, 5, 5], [False, True, True]),
    ],
)
def test_of_points_within_half_a_pixel_the_first_stays(xs, duplicates):
    assert is_duplicate(rows(*(("a", x, 0) for x in xs)), NONE).tolist() == duplicates


def test_the_same_place_on_two_micrographs_is_no_duplicate():
    assert is_duplicate(rows(("a", 1, 1), ("b", 1, 1)), rows(("c", 1, 1))).tolist() == [False, False]


def test_a_heap_of_points_is_no_trouble():
    random = np.random.default_rng(0)
    heap = Coordinates(["a"] * 20_000, *random.random((2, 20_000)))
    assert 1 <= (~is_duplicate(heap, NONE)).sum() <= 16


def test_archives_and_files_may_be_mixed():
    star = b"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n1 2\n"
    files = [("some.zip", zipped(**{"m/0001_autopick.star": star, "m/._0001_autopick.star": b"junk"}))]
    plan = plan_import([*files, *table(("a.b", 3, 4))], FRAMES, NONE)
    assert plan.matched == {"0001": 1, "a.b": 1}


BROKEN = {"empty": b"", "junk": b"PK\x03\x04junk", "no zip": b"no zip", "cut": zipped(a=b"x" * 5000)[:-30]}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_archive_is_refused(data):
    with pytest.raises(CoordinateError, match=r"picks\.zip cannot be unpacked"):
        unpacked("picks.zip", data)


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(imports, "UNPACKED_BYTES", 1000)
    with pytest.raises(CoordinateError, match="unpacks to 5000 bytes"):
        unpacked("bomb.zip", zipped(a=b"x" * 5000))
