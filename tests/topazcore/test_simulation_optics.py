"""The contrast transfer function against values worked out by hand."""

import numpy as np
import pytest

from topazcore.simulation.optics import Defocus, contrast_transfer, count_electrons, image_contrast


def test_it_begins_dark_at_the_amplitude_contrast():
    transfer = contrast_transfer((64, 64), 2.0, Defocus(20_000))
    assert transfer.shape == (64, 33)
    assert transfer[0, 0] == pytest.approx(-0.1)
    assert transfer[0, 1] < -0.1


@pytest.mark.parametrize("defocus", [10_000, 20_000, 30_000])
def test_the_first_zero_is_where_the_phase_is_half_a_turn(defocus):
    transfer = contrast_transfer((2048, 2048), 1.0, Defocus(defocus))[0]
    zero = np.flatnonzero(transfer >= 0)[0] / 2048
    # pi * 0.019687 * defocus * k^2 + 0.1 = pi, spherical aberration being negligible so low
    assert zero == pytest.approx(np.sqrt((np.pi - 0.1) / (np.pi * 0.019687 * defocus)), rel=0.02)


def test_astigmatism_has_most_defocus_along_its_angle():
    wave = contrast_transfer((512, 512), 2.0, Defocus(20_000, 2_000, 0.0))
    along_x, along_y = np.flatnonzero(wave[0] >= 0)[0], np.flatnonzero(wave[:256, 0] >= 0)[0]
    assert along_x < along_y


def test_a_dense_dot_is_dark_in_its_middle_and_bright_around():
    rows, columns = np.mgrid[:128, :128] - 64
    dot = np.exp(-(rows**2 + columns**2) / (2 * 5.0**2)).astype(np.float32)
    contrast = image_contrast(dot.copy(), contrast_transfer(dot.shape, 3.0, Defocus(20_000)))
    assert contrast[64, 64] == contrast.min() < 0 < contrast.max()


def test_counts_have_the_expected_mean_and_variance():
    expected = np.full((400, 400), 100, np.float32)
    counts = count_electrons(expected, np.random.default_rng(0))
    assert counts.dtype == np.float32
    assert counts.mean() == pytest.approx(100, abs=0.2)
    assert counts.var() == pytest.approx(100, rel=0.02)
