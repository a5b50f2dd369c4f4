"""The checkpoint of a training: everything that its next step depends on, so that a fresh process goes on from it.

On the CPU the resumed training ends at the same bits as one that was never interrupted. The file belongs to the
labels, settings and micrographs of one job and is refused for any other. It is written in one step, so a process
that is killed meanwhile leaves the one before; nothing in it is unpickled, and reading it changes nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch

from topazcore.errors import ModelError
from topazcore.files import replace_file
from topazcore.job import Job
from topazcore.snapshot import Snapshot, named
from topazcore.tensorfile import Damaged, document_of, encode, tensors_of

FORMAT = "training 1"
_LARGEST_FILE = 2**31

Parts = Mapping[str, Snapshot]


def write_checkpoint(path: str | Path, job: Job, parts: Parts) -> None:
    """Write what the parts of a training remember to `path` in one step.

    Raises:
        OSError: it could not be written; an old file of that name is whole.
    """
    tensors = {
        key: tensor for name, part in parts.items() for key, tensor in named(name, part.tensors).items()
    }
    facts = {name: dict(part.facts) for name, part in parts.items()}
    document = {
        "format": FORMAT,
        "job": fingerprint(job),
        "parts": facts,
        "checksum": _checksum(facts, tensors),
    }
    replace_file(path, encode(document, tensors))


def read_checkpoint(path: str | Path, job: Job) -> dict[str, Snapshot]:
    """The parts of an interrupted training of this very job.

    Raises:
        ModelError: the file is none or damaged, or belongs to other labels, settings or micrographs.
    """
    path = Path(path)
    try:
        data = _read(path)
        document = document_of(data)
        if document.get("format") != FORMAT:
            raise Damaged(f"a file of format {str(document.get('format'))[:40]}")
        _check_same(path, document["job"], fingerprint(job))
        whole = Snapshot(document["parts"], tensors_of(data))
        if _checksum(whole.facts, whole.tensors) != document["checksum"]:
            raise Damaged("a content that was changed")
        return {name: Snapshot(facts, whole.group(name)) for name, facts in whole.facts.items()}
    except (Damaged, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, error) from error


def damaged(path: str | Path, error: Exception) -> ModelError:
    """What to say of a checkpoint that cannot be used."""
    found = str(error) if isinstance(error, Damaged) else f"{type(error).__name__} in it"
    return ModelError(
        f"{Path(path).name} is no checkpoint of a training: {found[:200]}",
        "one that Peridot wrote",
        "train afresh: the labels are all there",
    )


def fingerprint(job: Job) -> dict[str, str]:
    """Short digests of what decides the outcome of a training."""
    facts = {
        "labels": [vars(label) for label in job.labels],
        "settings": job.settings.as_dict(),
        "micrographs": [vars(micrograph) for micrograph in job.micrographs],
    }
    return {name: _digest(json.dumps(value, sort_keys=True).encode()) for name, value in facts.items()}


def _check_same(path: Path, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    differing = [name for name in expected if found[name] != expected[name]]
    if differing:
        raise ModelError(
            f"{path.name} was made with other {' and '.join(differing)}",
            "the same labels, settings and micrographs",
            "train afresh, or start warm from a model",
        )


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise Damaged(f"{path.stat().st_size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Damaged(error.strerror or type(error).__name__) from error


def _checksum(facts: Mapping[str, object], tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
