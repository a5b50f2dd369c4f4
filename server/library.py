"""The project's library of models: kept after a training or brought from another project, named, applied again.

A model is two files under an id that is made here: the weights, and a small document with its name. A name is never
a path. It never looks at weights and never changes a model.
"""

import json
import logging
import secrets
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from topazcore.errors import ModelError
from topazcore.files import replace_file, replacing, sweep

from . import names
from .answers import compact
from .errors import ConflictError, NotFoundError, StorageError, echo
from .model_file import ModelFacts, facts_of, read_facts
from .paths import StatePaths, is_own_file

log = logging.getLogger("peridot")

MOST_MODELS = 500


@dataclass(frozen=True)
class KeptModel:
    """One model of the library."""

    id: str
    name: str
    created: float
    facts: ModelFacts

    def as_dict(self) -> dict:
        """As docs/api.md has it."""
        return {"id": self.id, "name": self.name, "created": self.created, **asdict(self.facts)}


class Library:
    """The models under `STATE/models`."""

    def __init__(self, state: StatePaths):
        self.state = state
        self.lock = threading.Lock()
        sweep(state.models)

    def models(self) -> list[KeptModel]:
        """All that are sound, newest first."""
        found = [self.look_at(path.stem) for path in self.state.models.glob("*.safetensors")]
        return sorted((each for each in found if each), key=lambda each: (-each.created, each.id))

    def look_at(self, model_id: str) -> KeptModel | None:
        """A model as its two files tell of it; None for what is none."""
        try:
            path = self.path(model_id)
            about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            return KeptModel(model_id, checked_name(about["name"]), float(about["created"]), read_facts(path))
        except (NotFoundError, ModelError, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("model %s is left out: %s", echo(model_id), error)
            return None

    def model(self, model_id: str) -> KeptModel:
        """One model.

        Raises:
            NotFoundError: no such model, or it is damaged.
        """
        self.path(model_id)
        found = self.look_at(model_id)
        if found is None:
            raise no_such_model()
        return found

    def path(self, model_id: str) -> Path:
        """Where the weights are: a regular file, never a link.

        Raises:
            NotFoundError: no such model.
        """
        path = self.state.model(model_id)
        if not is_own_file(path):
            raise no_such_model()
        return path

    def keep(self, source: Path, name: str) -> KeptModel:
        """Copy the model of a job.

        Raises:
            NotFoundError: the job left no model.
            ModelError, ConflictError, StorageError: it cannot be kept under this name.
        """
        if not source.exists():
            raise NotFoundError("a job without a model", "a training that has learned something",
                                "train to the end, or press Good enough")  # fmt: skip
        facts = read_facts(source)

        def copy(target) -> None:
            with source.open("rb") as stream:
                shutil.copyfileobj(stream, target)

        return self.add(name, facts, copy)

    def bring(self, data: bytes, name: str) -> KeptModel:
        """Take in an uploaded model.

        Raises:
            ModelError, ConflictError, StorageError: it is no model, or cannot be kept under this name.
        """
        return self.add(name, facts_of(data, len(data)), lambda target: target.write(data))

    def add(self, name: str, facts: ModelFacts, write) -> KeptModel:
        """Write a new model; the weights come last, so that half a model is none."""
        with self.lock:
            self.check_free(checked_name(name), None)
            made = KeptModel(secrets.token_hex(8), checked_name(name), time.time(), facts)
            path = self.state.model(made.id)
            try:
                self.write_about(made)
                with replacing(path) as stream:
                    write(stream)
            except OSError as error:
                path.with_suffix(".json").unlink(missing_ok=True)
                raise not_kept() from error
            return made

    def write_about(self, model: KeptModel) -> None:
        """The small document beside the weights."""
        about = compact({"name": model.name, "created": model.created})
        replace_file(self.state.model(model.id).with_suffix(".json"), about.encode())

    def rename(self, model_id: str, name: str) -> KeptModel:
        """Another name for a model.

        Raises:
            NotFoundError, ModelError, ConflictError, StorageError: there is none, or the name cannot be had.
        """
        with self.lock:
            before = self.model(model_id)
            self.check_free(checked_name(name), model_id)
            after = KeptModel(model_id, checked_name(name), before.created, before.facts)
            try:
                self.write_about(after)
            except OSError as error:
                raise not_kept() from error
            return after

    def delete(self, model_id: str) -> None:
        """Remove a model for good.

        Raises:
            NotFoundError: there is none.
        """
        with self.lock:
            path = self.path(model_id)
            path.unlink()
            path.with_suffix(".json").unlink(missing_ok=True)

    def check_free(self, name: str, but: str | None) -> None:
        """Refuse a name that another model has, and more models than anyone can look through."""
        others = [each for each in self.models() if each.id != but]
        if any(each.name.casefold() == name.casefold() for each in others):
            raise ConflictError(f"a model named {echo(name)} already", "a name of its own",
                                "choose another name, or delete that model")  # fmt: skip
        if len(others) >= MOST_MODELS:
            raise ConflictError(f"{MOST_MODELS} models already", "fewer", "delete some")


def checked_name(name: object) -> str:
    """A name as it is kept.

    Raises:
        ModelError: it is empty, too long, or not printable.
    """
    return names.checked(name, "model", ModelError)


def file_name(name: str) -> str:
    """The name of a download: what no file system minds."""
    kept = "".join(each if each.isalnum() or each in " -_" else "_" for each in name).strip()
    return f"{kept}.safetensors"


def no_such_model() -> NotFoundError:
    return NotFoundError("no such model", "the id of a model of this project's library")


def not_kept() -> StorageError:
    return StorageError(
        "the disk did not take the model", "free space and rights to write", "free some space"
    )
