"""The micrographs of experiments: made once, split in two, labeled at random."""

import numpy as np
import pytest

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.experiments.experiment import GivenSet, SimulatedSet
from topazcore.experiments.sets import draw_labels, open_set, standard_set
from topazcore.formats import write_coordinates
from topazcore.simulate import SimulationSettings

SMALL = SimulatedSet(
    SimulationSettings(micrographs=3, size_px=96, pixel_size_angstrom=8.0, particles_per_micrograph=6.0),
    test=1,
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def small(cache):
    return open_set(SMALL, cache)


def test_the_last_micrographs_are_kept_for_evaluation(small):
    assert (list(small.train), list(small.test)) == (["0001", "0002"], ["0003"])
    assert all(path.exists() for path in (small.train | small.test).values())
    assert len(small.train_truth) + len(small.test_truth) == len(small.truth) > 0
    assert set(small.test_truth.names()) == {"0003"}
    assert small.particles_per_micrograph == len(small.train_truth) / 2


def test_what_is_there_is_not_made_again(small, cache):
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*.mrc")}
    again = open_set(SMALL, cache)
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.mrc")} == before
    np.testing.assert_allclose(again.truth.xy, small.truth.xy, atol=0.01)


def test_a_set_cut_short_is_made_again(cache, tmp_path):
    folder = next(path for path in cache.iterdir() if path.is_dir())
    (tmp_path / folder.name).mkdir()
    (tmp_path / folder.name / "0001.mrc").write_bytes(b"half")
    made = open_set(SMALL, tmp_path)
    assert made.train["0001"].stat().st_size > 1024


def test_other_settings_have_another_folder(small, cache):
    other = SimulatedSet(SimulationSettings(**{**vars(SMALL.simulation), "seed": 5}), test=1)
    assert open_set(other, cache).train["0001"].parent != small.train["0001"].parent


def test_fewer_labels_of_a_seed_are_among_the_more(small):
    few, many = draw_labels(small, 2, seed=3), draw_labels(small, 5, seed=3)
    assert len(few) == 2 and {tuple(xy) for xy in few.xy} < {tuple(xy) for xy in many.xy}
    assert set(many.names()) <= set(small.train)


def test_labels_can_be_asked_for_on_one_micrograph(small):
    drawn = [draw_labels(small, 2, seed, micrographs=1) for seed in range(20)]
    assert all(len(each) == 2 and len(each.names()) == 1 for each in drawn)
    assert {each.names()[0] for each in drawn} == set(small.train)


def test_more_labels_than_particles_are_refused(small):
    with pytest.raises(SettingsError, match="at most"):
        draw_labels(small, 1000, seed=0)


def test_a_given_set_keeps_its_last_half_and_the_margin_that_nobody_labeled(
    blob_folder, blob_truth, tmp_path
):
    table = Coordinates.concat(Coordinates(np.full(len(xy), name), *xy.T) for name, xy in blob_truth.items())
    write_coordinates(tmp_path / "truth.star", table)
    data = open_set(GivenSet(str(blob_folder), str(tmp_path / "truth.star"), 36.0), tmp_path)
    assert (list(data.train), list(data.test)) == (["b1"], ["b2", "b3"])
    nearest = min(min(xy.min(), (199 - xy).min()) for xy in blob_truth.values())
    assert data.margin_px == pytest.approx(nearest, abs=0.01)
    assert (data.pixel_size_angstrom, data.diameter_angstrom) == (2.0, 36.0)


def test_a_given_set_of_one_micrograph_is_refused(blob_folder, blob_truth, tmp_path):
    xy = blob_truth["b1"]
    write_coordinates(tmp_path / "truth.star", Coordinates(np.full(len(xy), "b1"), *xy.T))
    with pytest.raises(CoordinateError, match="particles on 1 of the micrographs"):
        open_set(GivenSet(str(blob_folder), str(tmp_path / "truth.star"), 36.0), tmp_path)


def test_the_standard_stick_has_less_contrast_than_the_globule():
    stick, globule = (standard_set(name, quick=False).simulation for name in ("stick", "globule"))
    assert stick.snr < globule.snr and stick.diameter_angstrom == globule.diameter_angstrom
