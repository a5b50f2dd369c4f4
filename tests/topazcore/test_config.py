import json

import pytest

from topazcore.config import (
    TrainingSettings,
    derive_scales,
    guess_expected_particles,
    matching_downsample,
)
from topazcore.errors import SettingsError


@pytest.mark.parametrize(
    ("diameter", "pixel_size", "downsample", "diameter_ds"),
    [
        (143, 2.0, 4, 17.875),
        (190, 3.54, 3, 17.891),
        (150, 2.0, 4, 18.75),
        (130, 6.32, 1, 20.570),
        (10, 50, 1, 0.2),
    ],
)
def test_the_particle_becomes_about_eighteen_pixels_wide(diameter, pixel_size, downsample, diameter_ds):
    scales = derive_scales(diameter, pixel_size)
    assert scales.downsample == downsample and isinstance(scales.downsample, float)
    assert scales.diameter_ds == pytest.approx(diameter_ds, abs=1e-3)
    assert scales.pixel_size_ds_angstrom == pixel_size * downsample


def test_picks_keep_half_a_diameter_and_positives_a_quarter_of_the_radius_but_three_pixels():
    scales = derive_scales(143, 2.0)
    assert scales.suppression_radius_px == 35.75
    assert scales.positive_radius_ds == 3.0
    assert derive_scales(143, 2.0, downsample=1).positive_radius_ds == pytest.approx(71.5 / 8)


def test_what_is_given_is_not_derived():
    scales = derive_scales(143, 2.0, downsample=2, positive_radius_ds=5)
    assert (scales.downsample, scales.positive_radius_ds, scales.diameter_ds) == (2, 5.0, 35.75)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, 2.0), "diameter 0"),
        ((143, -1.0), "pixel size -1.0"),
        ((143, float("nan")), "pixel size nan"),
        ((float("inf"), 2.0), "diameter inf"),
    ],
)
def test_scales_of_nonsense_are_refused_with_the_value_and_the_range(arguments, said):
    with pytest.raises(SettingsError) as refusal:
        derive_scales(*arguments)
    assert said in refusal.value.found and "from" in refusal.value.expected


@pytest.mark.parametrize("radius", [0, -3, 1e9, float("nan")])
def test_a_positive_radius_of_nonsense_is_refused(radius):
    with pytest.raises(SettingsError, match="positive_radius_ds"):
        derive_scales(143, 2.0, positive_radius_ds=radius)


def test_a_particle_is_guessed_for_every_six_squares_of_its_size():
    assert guess_expected_particles(600, 600, 100) == 6
    assert guess_expected_particles(10, 10, 100) == 1


def test_the_guess_is_never_below_what_was_labeled():
    assert guess_expected_particles(600, 600, 100, labeled=40) == 50


@pytest.mark.parametrize(
    ("pixel_size", "factor"), [(2.0, 4), (1.0, 8), (8.0, 1), (2.5, 3.2), (6.4, 1.25), (8.4, 1), (8.8, 1)]
)
def test_another_pixel_size_gets_the_factor_that_makes_the_particle_as_large(pixel_size, factor):
    assert matching_downsample(pixel_size, 8.0) == pytest.approx(factor, abs=1e-9)


@pytest.mark.parametrize("pixel_size", [3.54, 0.79, 1.06, 6.32])
def test_the_trainings_own_pixel_size_gets_its_whole_factor(pixel_size):
    assert [matching_downsample(pixel_size, factor * pixel_size) for factor in range(1, 20)] == [
        *range(1, 20)
    ]


@pytest.mark.parametrize("pixel_size", [8.81, 10, 100])
def test_a_coarser_micrograph_is_refused_with_both_pixel_sizes(pixel_size):
    with pytest.raises(SettingsError) as refusal:
        matching_downsample(pixel_size, 8.0)
    assert f"{pixel_size:g} Å" in refusal.value.found and "8 Å" in refusal.value.expected


def test_a_given_factor_need_not_be_whole():
    scales = derive_scales(150, 2.0, downsample=3.5)
    assert (scales.downsample, scales.pixel_size_ds_angstrom) == (3.5, 7.0)


def test_settings_survive_json():
    settings = TrainingSettings(diameter_angstrom=143, expected_particles=220, seed=7)
    assert TrainingSettings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings


def test_whole_numbers_from_json_become_the_type_of_the_setting():
    settings = TrainingSettings.from_dict({"diameter_angstrom": 143, "seed": 5.0})
    assert isinstance(settings.diameter_angstrom, float) and isinstance(settings.seed, int)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"diameter": 143}, "'diameter'"),
        ({"diameter_angstrom": "wide"}, "diameter_angstrom 'wide'"),
        ({"diameter_angstrom": True}, "diameter_angstrom"),
        ({"diameter_angstrom": None}, "diameter_angstrom"),
        ({"seed": -1}, "seed -1"),
        ({"seed": 0.5}, "seed 0.5"),
        ({"max_seconds": float("nan")}, "max_seconds nan"),
        ({"learning_rate": 1e9}, "learning_rate 1000000000.0"),
        ({"max_steps": 0}, "max_steps 0"),
        ({"classifier": 3}, "classifier"),
        ({"objective": "elbo"}, "objective"),
        ({"classifier": ""}, "classifier"),
    ],
)
def test_a_bad_setting_is_named_with_its_value(values, said):
    with pytest.raises(SettingsError) as refusal:
        TrainingSettings.from_dict(values)
    assert said in refusal.value.found and refusal.value.expected


def test_the_distance_of_picks_is_half_the_diameter_unless_given():
    assert derive_scales(143, 2.0).suppression_radius_px == pytest.approx(143 / 4)
    given = derive_scales(143, 2.0, min_distance_angstrom=100)
    assert (given.suppression_radius_px, given.diameter_px) == (50, pytest.approx(71.5))
