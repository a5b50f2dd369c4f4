"""Filaments in STAR files: RELION's pairs and segments, written, and read back the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topazcore.errors import CoordinateError
from topazcore.filaments import Filaments, filaments_of, points_along
from topazcore.formats import helix, parse_coordinates

pixels = st.floats(-1e5, 1e5)
places = st.tuples(pixels, pixels)
lines = st.lists(st.tuples(st.sampled_from(["0001", "a.b", "é"]), places, places), max_size=12)

PAIRS = """
data_

loop_
_rlnCoordinateX #1
_rlnCoordinateY #2
_rlnParticleSelectionType #3
10 20 2
110 20 2
30 40 2
30 90 2
"""


def made(rows: list) -> Filaments:
    names = np.empty(len(rows), dtype=object)
    names[:] = [name for name, _, _ in rows]
    return Filaments(names, np.array([row[1:] for row in rows], float).reshape(-1, 2, 2))


def table(data: bytes) -> dict[str, list[str]]:
    """The columns of the last loop."""
    body = data.decode().rpartition("loop_\n")[2].splitlines()
    tags = [line.split()[0] for line in body if line.startswith("_")]
    rows = [line.split() for line in body if line and not line.startswith("_")]
    return dict(zip(tags, zip(*rows, strict=True), strict=True))


def test_the_manual_pickers_rows_are_starts_and_ends():
    found = filaments_of(parse_coordinates("m1_manualpick.star", PAIRS.encode()))
    assert list(found.micrograph) == ["m1", "m1"]
    assert found.ends.tolist() == [[[10, 20], [110, 20]], [[30, 40], [30, 90]]]


def test_an_odd_number_of_rows_is_an_error_that_says_what_to_do():
    with pytest.raises(CoordinateError) as error:
        filaments_of(parse_coordinates("m1_manualpick.star", PAIRS.encode() + b"1 1 2\n"))
    assert "5 rows on m1" in error.value.found and "as particles" in error.value.action


@pytest.mark.parametrize("tube", ["one", "1.5", "-1"])
def test_a_tube_that_is_no_number_is_refused_with_its_line(tube):
    text = f"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnHelicalTubeID\n1 2 {tube}\n"
    with pytest.raises(CoordinateError, match="line 6: tube"):
        parse_coordinates("m1.star", text.encode())


@given(rows=lines, pixel_size=st.sampled_from([None, 1.35]))
@settings(max_examples=80, deadline=None)
def test_pairs_read_back_the_same(rows, pixel_size):
    filaments = made(rows)
    back = filaments_of(parse_coordinates("x.star", helix.pairs_star(filaments, {}, pixel_size)))
    assert list(back.micrograph) == list(filaments.micrograph)
    assert back.ends.tolist() == filaments.ends.tolist()


@given(rows=lines)
@settings(max_examples=40, deadline=None)
def test_the_manual_pickers_files_read_back_the_same(rows):
    filaments = made(rows)
    files = helix.pairs_files(filaments, {name: f"m/{name}.mrc" for name in ("0001", "a.b", "é")})
    back = filaments_of(parse_coordinates("manualpick.star", files["manualpick.star"], files.__getitem__))
    for name, numbers in filaments.rows_by_micrograph().items():
        assert back.ends[back.micrograph == name].tolist() == filaments.ends[numbers].tolist()


ends_far_apart = st.lists(places, min_size=2, max_size=2).filter(lambda ends: np.ptp(ends, axis=0).max() > 50)


@given(ends=ends_far_apart, spacing=st.floats(5, 40))
@settings(max_examples=60, deadline=None)
def test_segments_read_back_as_the_filament_up_to_its_last_segment(ends, spacing):
    ends = [[x / 100, y / 100] for x, y in ends]
    if np.hypot(*np.subtract(*ends)) < spacing:
        return
    data = helix.segments_star(made([("a", *ends)]), {}, spacing, 2.0)
    (back,) = filaments_of(parse_coordinates("x.star", data)).ends
    assert back[0].tolist() == ends[0]
    assert back[1] == pytest.approx(points_along(np.array(ends), spacing)[-1])


def test_segments_say_tube_track_length_and_priors():
    """Along +x the prior is 0; down the rows it is -90, as RELION turns."""
    lines = made([("a", (10, 20), (50, 20)), ("a", (30, 40), (30, 90)), ("a", (9, 9), (0, 0))])
    found = table(helix.segments_star(lines, {"a": "m/a.mrc"}, 20.0, 1.5))
    assert found["_rlnMicrographName"] == ("m/a.mrc",) * 7
    assert found["_rlnHelicalTubeID"] == ("1", "1", "1", "2", "2", "2", "3")
    assert found["_rlnCoordinateX"] == ("10.0", "30.0", "50.0", "30.0", "30.0", "30.0", "9.0")
    assert found["_rlnHelicalTrackLengthAngst"] == ("0.0", "30.0", "60.0", "0.0", "30.0", "60.0", "0.0")
    assert found["_rlnAnglePsiPrior"] == ("0.0",) * 3 + ("-90.0",) * 3 + ("135.0",)
    assert set(found["_rlnAngleTiltPrior"]) == {"90.0"} and set(found["_rlnAnglePsiFlipRatio"]) == {"0.5"}


def test_the_files_of_segments_have_the_columns_of_their_own_rows():
    lines = made([("a", (0, 0), (40, 0)), ("b", (0, 0), (0, 20)), ("a", (0, 5), (0, 25))])
    files = helix.segments_files(lines, {"a": "a.mrc", "b": "b.mrc"}, 20.0, 1.0)
    assert table(files["a_manualpick.star"])["_rlnAnglePsiPrior"] == ("0.0",) * 3 + ("-90.0",) * 2
    assert table(files["b_manualpick.star"])["_rlnHelicalTrackLengthAngst"] == ("0.0", "20.0")
