import json

import pytest

from topazcore.config import TrainingSettings
from topazcore.errors import PeridotError
from topazcore.job import Job, JobError, JobLabel, JobMicrograph, read_job, write_job

ONE = JobMicrograph(1, "0001", "/data/0001.mrc", 2.0)
TRIANGLE = ((0.0, 0.0), (9.5, 0.0), (0.0, 9.5))
TWO = JobMicrograph(2, "Ünï<b>", "/data/two.mrc", None, complete=True, exclusions=(TRIANGLE,))


def test_a_job_is_read_as_it_was_written(tmp_path):
    labels = (JobLabel(1, 10.5, 20.0), JobLabel(2, 0.1, 0.2, "negative"))
    job = Job(
        "j1",
        (ONE, TWO),
        labels,
        TrainingSettings(diameter_angstrom=143),
        focus=2,
        warm_start="/m.safetensors",
    )
    write_job(job, tmp_path)
    assert read_job(tmp_path) == job


def test_the_file_is_what_the_architecture_describes(tmp_path):
    write_job(Job("j1", (ONE,), (JobLabel(1, 10.5, 20.0),), focus=1), tmp_path)
    document = json.loads((tmp_path / "job.json").read_text(encoding="utf-8"))
    assert document["kind"] == "train"
    assert document["micrographs"] == [
        {
            "id": 1,
            "name": "0001",
            "path": "/data/0001.mrc",
            "pixel_size_angstrom": 2.0,
            "complete": False,
            "exclusions": [],
        }
    ]
    assert document["labels"] == [{"micrograph": 1, "x": 10.5, "y": 20.0, "label": "positive"}]
    assert document["focus"] == 1 and document["warm_start"] is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: JobLabel(1, float("nan"), 0), "nan"),
        (lambda: JobLabel(1, 0, 0, "maybe"), "maybe"),
        (lambda: Job("j", (ONE, ONE), ()), "one id"),
        (lambda: Job("j", (ONE,), (JobLabel(7, 0, 0),)), "micrograph 7"),
        (lambda: Job("j", (ONE,), (), focus=9), "micrograph 9"),
        (lambda: Job("j", (ONE,), (), kind="bake"), "bake"),
        (lambda: Job("j", (ONE,), (), kind="pick"), "model None"),
        (lambda: Job("j", (ONE,), (), model="/m.safetensors"), "kind train with model"),
        (lambda: JobMicrograph(1, "a", "/a.mrc", 2.0, exclusions=(TRIANGLE[:2],)), "three or more"),
    ],
)
def test_a_job_that_contradicts_itself_is_refused(wrong, said):
    with pytest.raises(JobError, match=said):
        wrong()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'{"job_id": 1, "kind": "train", "micrographs": 5}',
                b'{"job_id": "a", "kind": "train", "micrographs": [], "labels": [], "settings": {"no": 1}}',
                b'{"job_id": "a", "kind": "train", "micrographs": [{"id": 1}], "labels": [], "settings": {}}']
)  # fmt: skip
def test_a_file_that_is_no_job_is_refused(tmp_path, content):
    (tmp_path / "job.json").write_bytes(content)
    with pytest.raises(PeridotError):
        read_job(tmp_path)


def test_a_folder_without_a_job_is_refused(tmp_path):
    with pytest.raises(JobError, match=r"job\.json"):
        read_job(tmp_path)
