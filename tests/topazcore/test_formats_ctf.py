"""The CTF of micrographs out of STAR files, old and new."""

import pytest

from topazcore.errors import CoordinateError
from topazcore.formats.ctf import Ctf, parse_ctf

NEW = """
# version 30001

data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnVoltage #3
opticsGroup1 1 300

data_micrographs

loop_
_rlnMicrographName #1
_rlnOpticsGroup #2
_rlnCtfImage #3
_rlnDefocusU #4
_rlnDefocusV #5
_rlnCtfAstigmatism #6
_rlnDefocusAngle #7
_rlnCtfFigureOfMerit #8
_rlnCtfMaxResolution #9
MotionCorr/job002/m/0001.mrc 1 a.ctf:mrc 15000.5 14000.5 1000 33.5 0.12 4.25
MotionCorr/job002/m/0002.mrc 1 b.ctf:mrc 22000 21000 1000 -10 nan inf
MotionCorr/job002/m/0003.mrc 1 c.ctf:mrc nan nan 0 0 0 0
"""
OLD = """
data_

loop_
_rlnMicrographName
_rlnVoltage
_rlnDefocusU
m/0001.mrc 300 9000
"""


def test_a_file_with_optics_groups():
    found = parse_ctf("micrographs_ctf.star", NEW.encode())
    assert list(found.path) == ["MotionCorr/job002/m/0001.mrc", "MotionCorr/job002/m/0002.mrc"]
    assert list(found.ctf) == [Ctf(15000.5, 14000.5, 33.5, 4.25, 0.12), Ctf(22000, 21000, -10, None, None)]
    assert found.ctf[0].defocus_angstrom == 14500.5
    assert found.failed == 1


def test_an_old_file_of_one_block_with_one_defocus():
    assert list(parse_ctf("all_micrographs_ctf.star", OLD.encode()).ctf) == [Ctf(9000, 9000)]


def test_rows_of_one_micrograph_are_their_mean():
    (found,) = parse_ctf("particles.star", f"{OLD}m/0001.mrc 300 10000\n".encode()).ctf
    assert found.defocus_angstrom == 9500


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"image_name\tx\ty\n", "holds other text"),
        (b"", "holds an empty file"),
        (b"data_\nloop_\n_rlnCoordinateX\n1\n", "no CTF of micrographs; its columns are _rlnCoordinateX"),
        (OLD.replace("9000", "deep").encode(), "line 8: _rlnDefocusU is deep"),
        (OLD.replace("9000", "1e9").encode(), "_rlnDefocusU is 1e9"),
        (OLD.replace("300 9000", "300").encode(), "2 values"),
    ],
    ids=["text", "empty", "columns", "word", "huge", "short"],
)
def test_what_cannot_be_read_is_named(data, reason):
    with pytest.raises(CoordinateError) as error:
        parse_ctf("x.star", data)
    assert reason in error.value.found
