"""What the trials of each experiment are judged by: functions of (trial, data) to a flat row of values.

They are here and not in the experiments' own modules because outcomes that are kept on disk depend on them, while
tables and plots may change at any time. How a model is evaluated is in `runs`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from topazcore.dataset import make_plan
from topazcore.errors import SettingsError
from topazcore.experiments.experiment import SimulatedSet, Trial
from topazcore.experiments.peer import PeerTraining, train_and_score
from topazcore.experiments.reference import OURS
from topazcore.experiments.runs import (
    SITE_SPACING_DS,
    Trained,
    job_of,
    pick_curve,
    precision_of_sites,
    prepared_test,
    site_average_precision,
    train,
)
from topazcore.experiments.sets import DataSet
from topazcore.micrograph import finite, read_header, read_micrograph
from topazcore.model import Classifier, count_parameters
from topazcore.picking import Prepared
from topazcore.preprocess import Downsampling, downsample, prepare, tame_outliers
from topazcore.scoring import ScoreMap
from topazcore.simulate import free_ice

_POINTS_OF_A_CURVE = 60


def site_level(trial: Trial, data: DataSet) -> dict[str, float]:
    """Average precision of sites, and what the training cost."""
    trained = train(trial, data)
    return {"site_average_precision": site_average_precision(trained.model, data), **_cost(trained)}


def site_and_pick_level(trial: Trial, data: DataSet) -> dict[str, float]:
    """The site level, and the pick level: average precision, best F1, precision and recall at threshold 0."""
    return _site_and_pick_level(train(trial, data), data)


def _site_and_pick_level(trained: Trained, data: DataSet) -> dict[str, float]:
    curve = pick_curve(trained.model, data)
    kept, true = curve.at(0.0)
    return {
        "site_average_precision": site_average_precision(trained.model, data),
        "pick_average_precision": curve.average_precision,
        "best_f1": float(curve.f1.max()),
        "picks_at_0": kept,
        "precision_at_0": true / kept if kept else 0.0,
        "recall_at_0": true / curve.truth,
        **_cost(trained),
    }


def size_and_accuracy(trial: Trial, data: DataSet) -> dict[str, float]:
    """`site_and_pick_level`, and the classifier's parameters, receptive field and stride."""
    trained = train(trial, data)
    return _site_and_pick_level(trained, data) | _size(trained.model.classifier)


def curve_of_picks(trial: Trial, data: DataSet) -> dict[str, object]:
    """Picks and true ones as the threshold falls, thinned to 60 points, and what happens at threshold 0."""
    trained = train(trial, data)
    curve = pick_curve(trained.model, data)
    chosen = np.unique(np.linspace(0, len(curve.picks) - 1, _POINTS_OF_A_CURVE).round().astype(int))
    kept, true = curve.at(0.0)
    return {
        "truth": curve.truth,
        "threshold": [round(float(value), 4) for value in curve.threshold[chosen]],
        "picks": curve.picks[chosen].tolist(),
        "true": curve.true[chosen].tolist(),
        "picks_at_0": kept,
        "true_at_0": true,
        "pick_average_precision": curve.average_precision,
        **_cost(trained),
    }


def ice_and_accuracy(trial: Trial, data: DataSet) -> dict[str, float]:
    """The site level, and grey values of free ice as the model sees it, with carbon beside it and without.

    `plain_...` is the same ice under the plain mean and standard deviation of each micrograph.
    """
    trained = train(trial, data)
    model = trained.model
    values = {"site_average_precision": site_average_precision(model, data), **_cost(trained)}
    seen, plain = {True: [], False: []}, {True: [], False: []}
    for name, prepared in prepared_test(model, data):
        ice, has_carbon = _ice_of(trial.data, data, name, prepared)
        seen[has_carbon].append(_moments(prepared.image[ice]))
        plain[has_carbon].append(_moments(_plainly_normalised(data.test[name], prepared)[ice]))
    return values | _ice_values("ice", seen) | _ice_values("plain", plain)


def beside_the_reference(trial: Trial, data: DataSet) -> dict[str, float]:
    """The site level of ours, or of the reference program on the same images, labels and class prior."""
    return site_level(trial, data) if trial.facts["program"] == OURS else _site_level_of_the_peer(trial, data)


def _site_level_of_the_peer(trial: Trial, data: DataSet) -> dict[str, float]:
    plan = make_plan(job_of(trial, data), lambda micrograph, error: None)
    training = PeerTraining(
        images={
            source.micrograph.name: prepare(source.micrograph.path, source.frame.factor)
            for source in plan.sources
        },
        labels={source.micrograph.name: source.positives for source in plan.sources},
        pi=plan.pi,
        settings=trial.settings,
        steps=trial.settings["max_steps"],
    )
    test = {name: _prepared_for_the_peer(path, plan.scales.downsample) for name, path in data.test.items()}
    images = {name: prepared.image for name, prepared in test.items()}
    with TemporaryDirectory() as folder:
        scores, seconds = train_and_score(training, images, Path(folder))
    maps = (
        (name, test[name], ScoreMap(found[::SITE_SPACING_DS, ::SITE_SPACING_DS], SITE_SPACING_DS))
        for name, found in scores.items()
    )
    return {
        "site_average_precision": precision_of_sites(maps, plan.scales.positive_radius_ds, data),
        "steps": training.steps,
        "cpu_seconds": round(seconds, 3),
    }


def _prepared_for_the_peer(path: Path, factor: float) -> Prepared:
    header = read_header(path)
    return Prepared(prepare(path, factor), Downsampling(header.height, header.width, factor))


def _cost(trained: Trained) -> dict[str, float]:
    return {"steps": trained.model.summary["steps"], "cpu_seconds": round(trained.cpu_seconds, 3)}


def _size(classifier: Classifier) -> dict[str, int]:
    return {
        "parameters": count_parameters(classifier),
        "receptive_field_ds": classifier.receptive_field,
        "stride_ds": classifier.stride,
    }


def _ice_of(spec: SimulatedSet, data: DataSet, name: str, prepared: Prepared) -> tuple[np.ndarray, bool]:
    """bool (height_ds, width_ds), free ice without particles; and whether there is carbon beside it."""
    free = free_ice(spec.simulation, int(name) - 1)
    frame = prepared.frame
    rows = np.arange(frame.height_ds) * frame.scale_y
    columns = np.arange(frame.width_ds) * frame.scale_x
    ice = free[np.ix_(rows.astype(int), columns.astype(int))]
    for x, y in data.truth.of(name).xy:
        ice &= np.hypot(columns - x, rows[:, None] - y) > spec.simulation.diameter_px / 2
    return ice, not free.all()


def _plainly_normalised(path: Path, prepared: Prepared) -> np.ndarray:
    """(image - mean) / standard deviation, both of the whole micrograph."""
    image, _ = finite(read_micrograph(path))
    small = downsample(tame_outliers(image), prepared.frame.factor)
    return (small - small.mean()) / small.std()


def _moments(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std())


def _ice_values(name: str, moments: dict[bool, list[tuple[float, float]]]) -> dict[str, float]:
    """Mean and spread of the ice, over micrographs without carbon and over those with it."""
    if not (moments[True] and moments[False]):
        raise SettingsError("test micrographs of one kind", "some with carbon and some without")
    clean, beside = (np.mean(moments[has_carbon], axis=0) for has_carbon in (False, True))
    return {
        f"{name}_mean": float(clean[0]),
        f"{name}_mean_beside_carbon": float(beside[0]),
        f"{name}_spread": float(clean[1]),
        f"{name}_spread_beside_carbon": float(beside[1]),
    }
