from dataclasses import replace

import pytest
import torch

from topazcore.config import TrainingSettings
from topazcore.errors import ModelError
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.resume import read_checkpoint, write_checkpoint
from topazcore.snapshot import Snapshot, named

JOB = Job("j", (JobMicrograph(1, "1", "/1.mrc", 2.0),), (JobLabel(1, 3.0, 4.0),), TrainingSettings())
PARTS = {
    "trainer": Snapshot({"step": 3, "sampler": {"state": 2**100}}, named("classifier", {"w": torch.tensor([0.1])})),
    "course": Snapshot({"is_over": False}),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    write_checkpoint(tmp_path / "c.safetensors", JOB, PARTS)
    return tmp_path / "c.safetensors"


def test_the_parts_come_back(path):
    found = read_checkpoint(path, JOB)
    assert {name: part.facts for name, part in found.items()} == {
        name: part.facts for name, part in PARTS.items()
    }
    assert torch.equal(found["trainer"].group("classifier")["w"], torch.tensor([0.1]))


def test_another_name_of_the_job_is_the_same_job(path):
    assert read_checkpoint(path, replace(JOB, job_id="k", focus=1, resume=str(path))).keys() == PARTS.keys()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"labels": (JobLabel(1, 3.0, 4.5),)}, "other labels"),
        ({"labels": (JobLabel(1, 3.0, 4.0, "negative"),)}, "other labels"),
        ({"settings": TrainingSettings(seed=1)}, "other settings"),
        ({"micrographs": (replace(JOB.micrographs[0], complete=True),)}, "other micrographs"),
        ({"labels": (), "settings": TrainingSettings(units=8)}, "other labels and settings"),
    ],
)
def test_that_of_another_job_is_refused(path, change, named):
    with pytest.raises(ModelError, match=named):
        read_checkpoint(path, replace(JOB, **change))


def test_that_which_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelError, match="No such file"):
        read_checkpoint(tmp_path / "none.safetensors", JOB)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"junk" * 100,
        lambda data: data[:-1],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data.replace(b'\\"step\\": 3', b'\\"step\\": 4'),
        lambda data: data.replace(b"training 1", b"training 9"),
    ],
)
def test_a_damaged_one_is_refused(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError) as caught:
        read_checkpoint(path, JOB)
    assert "no checkpoint" in caught.value.found and "train afresh" in caught.value.action
