"""RELION's three kinds of coordinate files, told apart by their columns."""

import numpy as np
import pytest
from gemmi import cif

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.formats import parse_coordinates, read_coordinates, relion_files, write_relion
from topazcore.formats.relion import particles_star

COLUMNS = "_rlnCoordinateX #1\n_rlnCoordinateY #2\n"
PICKS = f"data_\n\nloop_\n{COLUMNS}_rlnAutopickFigureOfMerit #3\n"


def read(text: str, name: str = "0066_autopick.star") -> Coordinates:
    return parse_coordinates(name, text.encode())


def example() -> Coordinates:
    return Coordinates(["a.b", "0066", "a.b"], [12.9, 1, 0.125], [3, 4.0625, -0.5], [1.5, np.nan, -2])


PATHS = {"a.b": "Micrographs/a.b.mrc", "0066": "Micrographs/x/0066.tif"}


@pytest.mark.parametrize(
    "name", ["a.b_autopick.star", "a.b_manualpick.star", "a.b.star", "job/Micrographs/a.b_autopick.star"]
)
def test_a_per_micrograph_file_belongs_to_the_micrograph_of_its_name(name):
    assert read(PICKS + "1 2 0.5\n", name).names() == ["a.b"]


def test_columns_may_come_in_any_order_and_others_are_passed_over():
    text = (
        "data_\nloop_\n_rlnCoordinateY\n_rlnAnglePsi\n_rlnAutopickFigureOfMerit\n_rlnCoordinateX\n2 9 0.5 1\n"
    )
    found = read(text)
    assert (found.xy.tolist(), found.score.tolist()) == ([[1, 2]], [0.5])


def test_the_sentinel_is_no_score():
    assert np.isnan(read(PICKS + "1 2 -999\n3 4 -999.000000\n").score).all()


def test_a_fraction_of_a_pixel_stays():
    assert read(PICKS + "12.9 0.01 0\n").xy.tolist() == [[12.9, 0.01]]


SINGLE_BLOCK = """
data_particles

loop_
_rlnMicrographName #1
_rlnCoordinateX #2
_rlnCoordinateY #3
Micrographs/0001.mrc 10.5 20
Micrographs/0002.mrc 30 40
"""
OPTICS_FIRST = """
# version 30001

data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnMicrographPixelSize #3
opticsGroup1 1 2.0


# version 30001

data_particles

loop_
_rlnCoordinateX #1
_rlnCoordinateY #2
_rlnOpticsGroup #3
_rlnMicrographName #4
10.5 20 1 Micrographs/0001.mrc
30 40 1 Micrographs/0002.mrc
"""


@pytest.mark.parametrize("text", [SINGLE_BLOCK, OPTICS_FIRST], ids=["before 3.1", "since 3.1"])
def test_particles_of_every_version_are_read(text):
    found = read(text, "particles.star")
    assert list(found.micrograph) == ["0001", "0002"]
    assert list(found.path) == ["Micrographs/0001.mrc", "Micrographs/0002.mrc"]
    assert found.xy.tolist() == [[10.5, 20], [30, 40]]


@pytest.mark.parametrize("text", [PICKS, PICKS + "\n\n", OPTICS_FIRST.rsplit("10.5", 1)[0]])
def test_no_rows_are_no_coordinates(text):
    assert len(read(text)) == 0


def test_without_coordinate_columns_those_found_are_listed():
    with pytest.raises(CoordinateError, match="_rlnOpticsGroup, _rlnImageName") as raised:
        read("data_optics\nloop_\n_rlnOpticsGroup\n1\ndata_particles\nloop_\n_rlnImageName\nx\n")
    assert "_rlnCoordinateX" in raised.value.expected


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1 2", "2 values"),
        ("1 2 3 4", "4 values"),
        ("1 x 0", "y is x"),
        ("nan 2 0", "x is nan"),
        ("inf 2 0", "x is inf"),
        ("1 1e308 0", "y is 1e308"),
        ("1_0 2 0", "x is 1_0"),
        ("1 2 nan", "score is nan"),
        ("1 2 1e999", "score is 1e999"),
        ("1 '' 0", "y is missing"),
        ("1 ? 0", "y is ?"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_nothing_is_read(row, found):
    with pytest.raises(CoordinateError, match=r"line 8: ") as raised:
        read(f"{PICKS}1 2 0\n{row}\n3 4 0\n")
    assert found in raised.value.found


@pytest.mark.parametrize("name", [b"\xe9.mrc", b"''", b"' '", b"x/", b"y" * 5000])
def test_a_bad_micrograph_name_is_named_with_its_line(name):
    head = b"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnMicrographName\n"
    with pytest.raises(CoordinateError, match=r"line 6: .*name") as raised:
        parse_coordinates("x.star", head + b"1 2 " + name + b"\n")
    assert len(str(raised.value)) < 300


def test_particles_are_written_with_the_whole_path():
    found = read(particles_star(example(), PATHS).decode(), "x.star")
    assert list(found.path) == ["Micrographs/a.b.mrc", "Micrographs/x/0066.tif", "Micrographs/a.b.mrc"]


def test_with_a_pixel_size_the_optics_group_comes_first():
    document = cif.read_string(particles_star(example(), PATHS, 1.35))
    assert [block.name for block in document] == ["optics", "particles"]
    assert list(document[0].find_values("_rlnMicrographPixelSize")) == ["1.35"]
    assert list(document[0].find_values("_rlnOpticsGroup")) == ["1"]
    assert list(document[1].find_values("_rlnOpticsGroup")) == ["1", "1", "1"]
    assert list(document[1].find_values("_rlnCoordinateX")) == ["12.9", "1.0", "0.125"]
    assert list(document[1].find_values("_rlnAutopickFigureOfMerit")) == ["1.5", "-999.0", "-2.0"]


def test_without_a_pixel_size_there_is_one_block_and_without_scores_no_score_column():
    document = cif.read_string(particles_star(Coordinates(["a"], [1], [2]), {}))
    assert [block.name for block in document] == ["particles"]
    assert document[0][0].loop.tags == ["_rlnMicrographName", "_rlnCoordinateX", "_rlnCoordinateY"]


def test_per_micrograph_files_lie_beside_their_micrographs_with_an_index_on_top():
    files = relion_files(example(), {**PATHS, "empty": "Micrographs/empty.mrc"})
    assert list(files) == [
        "autopick.star",
        "Micrographs/a.b_autopick.star",
        "Micrographs/x/0066_autopick.star",
    ]
    index = cif.read_string(files["autopick.star"]).sole_block()
    assert index.name == "coordinate_files"
    assert list(index.find_values("_rlnMicrographName")) == list(PATHS.values())
    assert list(index.find_values("_rlnMicrographCoordinates")) == list(files)[1:]


def test_per_micrograph_files_have_a_valid_selection_type():
    block = cif.read_string(relion_files(example(), PATHS)["Micrographs/a.b_autopick.star"])[0]
    assert block.name.strip() == ""
    assert list(block.find_values("_rlnCoordinateX")) == ["12.9", "0.125"]
    assert list(block.find_values("_rlnAutopickFigureOfMerit")) == ["1.5", "-2.0"]
    assert {int(value) for value in block.find_values("_rlnParticleSelectionType")} <= set(range(1, 7))


def test_labels_are_written_as_manual_picks():
    assert list(relion_files(Coordinates(["a"], [1], [2]), {"a": "a.mrc"}, "manualpick")) == [
        "manualpick.star",
        "a_manualpick.star",
    ]


def test_micrographs_that_differ_in_the_extension_alone_keep_files_of_their_own():
    both = Coordinates(["a.mrc", "a.tif"], [1, 2], [3, 4])
    files = relion_files(both, {"a.mrc": "a.mrc", "a.tif": "a.tif"})
    assert list(files)[1:] == ["a.mrc_autopick.star", "a.tif_autopick.star"]


@pytest.mark.parametrize("path", ["../a.mrc", "/abs/a.mrc", "x/../../a.mrc", "..\\a.mrc"])
def test_a_path_that_leaves_the_project_is_never_written(path):
    with pytest.raises(CoordinateError, match="micrograph path"):
        relion_files(Coordinates(["a"], [1], [2]), {"a": path})


def test_coordinates_without_a_micrograph_are_refused():
    with pytest.raises(CoordinateError, match=r"no micrograph file for a\.b"):
        relion_files(example(), {"0066": "0066.mrc"})


def test_an_index_reads_the_files_that_it_names(tmp_path):
    write_relion(tmp_path, example(), PATHS)
    found = read_coordinates(tmp_path / "autopick.star")
    assert list(found.path) == ["Micrographs/a.b.mrc", "Micrographs/a.b.mrc", "Micrographs/x/0066.tif"]
    assert found.xy.tolist() == [[12.9, 3], [0.125, -0.5], [1, 4.0625]]


def index(named: str) -> str:
    head = "data_coordinate_files\nloop_\n_rlnMicrographName\n_rlnMicrographCoordinates\n"
    return f"{head}Micrographs/0001.mrc {named}\n"


def test_an_index_inside_a_job_names_files_from_the_project_around_it(tmp_path):
    job = tmp_path / "ManualPick" / "job003"
    (job / "Micrographs").mkdir(parents=True)
    (job / "Micrographs" / "0001_manualpick.star").write_text(PICKS + "1 2 0\n", encoding="utf-8")
    (job / "manualpick.star").write_text(index("ManualPick/job003/Micrographs/0001_manualpick.star"))
    assert list(read_coordinates(job / "manualpick.star").path) == ["Micrographs/0001.mrc"]


@pytest.mark.parametrize(
    "named", ["../secret.star", "/etc/secret.star", "a/../../secret.star", "..\\secret.star"]
)
def test_an_index_cannot_reach_out_of_its_project(tmp_path, named):
    (tmp_path / "secret.star").write_text(PICKS + "1 2 0\n", encoding="utf-8")
    project = tmp_path / "project"
    project.mkdir()
    (project / "index.star").write_text(index(named), encoding="utf-8")
    with pytest.raises(CoordinateError, match="a path inside its project"):
        read_coordinates(project / "index.star")


def test_an_index_does_not_follow_a_link_out_of_its_project(tmp_path):
    outside = tmp_path / "a" / "b" / "c" / "d" / "e" / "f" / "project"
    outside.mkdir(parents=True)
    (tmp_path / "secret.star").write_text(PICKS + "1 2 0\n", encoding="utf-8")
    try:
        (outside / "linked.star").symlink_to(tmp_path / "secret.star")
    except OSError:
        pytest.skip("links need a right that this user of Windows does not have")
    (outside / "index.star").write_text(index("linked.star"), encoding="utf-8")
    with pytest.raises(CoordinateError, match="not there"):
        read_coordinates(outside / "index.star")


def test_an_index_that_names_a_missing_file_or_another_index_is_refused(tmp_path):
    (tmp_path / "index.star").write_text(index("0001_autopick.star"), encoding="utf-8")
    with pytest.raises(CoordinateError, match="not there"):
        read_coordinates(tmp_path / "index.star")
    (tmp_path / "index.star").write_text(index("index.star"), encoding="utf-8")
    with pytest.raises(CoordinateError, match="no coordinates"):
        read_coordinates(tmp_path / "index.star")


def test_real_files_are_read(shared_data):
    particles = read_coordinates(shared_data / "bgal" / "particles.star")
    assert (len(particles), len(particles.names())) == (3807, 6)
    assert particles.xy[0].tolist() == [831.75, 1908.75]
    picks = read_coordinates(shared_data / "contaminated" / "Ucsf_stack_1142_DW_autopick.star")
    assert picks.names() == ["Ucsf_stack_1142_DW"]
    assert picks.score[0] == 0.624705
    manual = shared_data / "bgal" / "other_frames" / "Falcon_2012_06_12-14_57_34_0.relion_manual_picks.star"
    assert np.isnan(read_coordinates(manual).score).all()
