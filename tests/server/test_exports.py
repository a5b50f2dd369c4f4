"""What leaves as a file: the rows that are chosen, and the bytes."""

import io
import zipfile

import numpy as np
import pytest

from server.exports import Frame, export_file, select_for_export
from topazcore.coordinates import Coordinates
from topazcore.errors import SettingsError
from topazcore.formats import parse_coordinates, read_coordinates

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


PICKS = rows(("0001", 10, 10, 2.0), ("0001", 30, 10, 0.0), ("0001", 50, 10, -0.1), ("a.b", 10, 10, 1.0))


def test_picks_at_or_above_the_threshold_are_exported():
    assert listed(select_for_export(NONE, NONE, PICKS, 0.0, 10)) == [
        ("0001", 10, 10),
        ("0001", 30, 10),
        ("a.b", 10, 10),
    ]
    assert listed(select_for_export(NONE, NONE, PICKS, 1.5, 10)) == [("0001", 10, 10)]


@pytest.mark.parametrize(("y", "kept"), [(14.9, False), (15.0, False), (15.1, True)])
def test_a_pick_within_half_a_diameter_of_a_negative_label_is_not(y, kept):
    found = listed(select_for_export(NONE, rows(("0001", 10, y)), PICKS, 0.0, 10))
    assert (("0001", 10, 10) in found) is kept
    assert ("a.b", 10, 10) in found


def test_both_are_all_labels_and_the_picks_that_are_not_at_one():
    labels = rows(("0001", 12, 10), ("a.b", 70, 70))
    found = select_for_export(labels, NONE, PICKS, 0.0, 10)
    assert listed(found) == [("0001", 12, 10), ("a.b", 70, 70), ("0001", 30, 10), ("a.b", 10, 10)]
    assert np.isnan(found.score).tolist() == [True, True, False, False]


def test_labels_alone_are_exported_whatever_the_threshold():
    labels = rows(("0001", 12, 10))
    assert listed(select_for_export(labels, rows(("0001", 12, 11)), NONE, 99.0, 10)) == [("0001", 12, 10)]


def test_without_a_diameter_only_the_very_place_counts():
    removed = rows(("0001", 10, 10), ("0001", 30, 10.1))
    assert listed(select_for_export(NONE, removed, PICKS, 0.0, None)) == [("0001", 30, 10), ("a.b", 10, 10)]


def test_a_relion_zip_shows_its_picks_where_it_is_unpacked(tmp_path):
    made = export_file("relion", "picks", PICKS, FRAMES)
    assert (made.name, made.media_type) == ("peridot_picks_relion.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.namelist() == [
            "autopick.star",
            "Micrographs/0001_autopick.star",
            "Micrographs/x/a.b_autopick.star",
        ]
        archive.extractall(tmp_path)
    found = read_coordinates(tmp_path / "autopick.star")
    assert listed(found) == listed(PICKS)
    assert found.score.tolist() == PICKS.score.tolist()
    assert set(found.path) == {"Micrographs/0001.mrc", "Micrographs/x/a.b.mrc"}


def test_labels_leave_as_manual_picks():
    made = export_file("relion", "labels", rows(("0001", 1, 2)), FRAMES)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.namelist() == ["manualpick.star", "Micrographs/0001_manualpick.star"]


def test_a_particles_star_holds_paths_and_the_pixel_size():
    made = export_file("star", "picks", PICKS, FRAMES, pixel_size_angstrom=1.35)
    assert made.name == "peridot_picks.star"
    assert b"data_optics" in made.data
    assert set(parse_coordinates(made.name, made.data).path) == {
        "Micrographs/0001.mrc",
        "Micrographs/x/a.b.mrc",
    }


def test_a_topaz_table_holds_names():
    made = export_file("topaz", "both", PICKS, FRAMES)
    assert made.name == "peridot_both.txt"
    assert made.data.startswith(b"image_name\tx_coord\ty_coord\tscore\n0001\t10.0\t10.0\t2.0\n")


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="relion, star, topaz"):
        export_file("box", "picks", PICKS, FRAMES)
