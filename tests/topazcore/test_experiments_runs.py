"""How a model is evaluated: sites in the margin, and what an experiment refuses to lose."""

import numpy as np
import pytest

from topazcore.coordinates import Coordinates
from topazcore.errors import TrainingError
from topazcore.experiments import measures, runs
from topazcore.experiments.measures import _ice_of, _ice_values
from topazcore.experiments.sets import DataSet, standard_set
from topazcore.picking import Prepared
from topazcore.preprocess import Downsampling


def prepared(height: int, width: int, factor: int = 2) -> Prepared:
    frame = Downsampling(height, width, factor)
    return Prepared(np.zeros((frame.height_ds, frame.width_ds), np.float32), frame)


def test_sites_in_the_margin_do_not_count():
    # Sites at 0, 8, ..., 32 of 40 full-size rows and 0, ..., 56 of 64 columns; 8 to 31 and 8 to 55 are 8 px inside.
    counted = runs._within(prepared(40, 64), (5, 8), 4, margin_px=8.0)
    assert counted.shape == (5, 8)
    assert np.argwhere(counted).min(axis=0).tolist() == [1, 1]
    assert np.argwhere(counted).max(axis=0).tolist() == [3, 6]
    assert runs._within(prepared(40, 64), (5, 8), 4, margin_px=0.0).all()


def test_a_micrograph_that_is_left_out_ends_the_experiment():
    error = {"found": "0001.mrc of 0 bytes", "expected": "an image"}
    with pytest.raises(TrainingError, match=r"left out: 0001\.mrc of 0 bytes"):
        runs._refuse_losses("skipped", micrograph=1, error=error)
    runs._refuse_losses("step", step=1)


def test_ice_is_what_carbon_and_particles_leave(monkeypatch):
    free = np.ones((64, 64), bool)
    free[:, :32] = False
    monkeypatch.setattr(measures, "free_ice", lambda settings, index: free if index == 1 else ~free | free)
    truth = Coordinates(["0001", "0002"], [40.0, 200.0], [40.0, 200.0])
    data = DataSet({}, {}, truth, 4.0, 144.0)
    # The particle is 36 px wide: 18 px around (40, 40) are none of the ice.
    ice, has_carbon = _ice_of(standard_set("globule", quick=True), data, "0001", prepared(64, 64))
    assert not has_carbon and ice.shape == (32, 32) and ice[0, 0]
    assert not ice[20, 20] and not ice[20, 12] and ice[20, 10]
    ice, has_carbon = _ice_of(standard_set("globule", quick=True), data, "0002", prepared(64, 64))
    assert has_carbon and not ice[:, :16].any() and ice[:, 16:].all()


def test_ice_values_are_means_over_micrographs_of_each_kind():
    moments = {False: [(0.0, 1.0), (0.2, 1.2)], True: [(0.5, 0.5)]}
    assert _ice_values("ice", moments) == pytest.approx(
        {"ice_mean": 0.1, "ice_spread": 1.1, "ice_mean_beside_carbon": 0.5, "ice_spread_beside_carbon": 0.5}
    )
