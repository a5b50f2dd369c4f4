"""The bodies that the HTTP edge takes, as pydantic models: unknown keys and numbers that are not finite are refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from topazcore.config import DIAMETER_RANGE_ANGSTROM, PIXEL_SIZE_RANGE_ANGSTROM
from topazcore.errors import CoordinateError, SettingsError
from topazcore.filaments import SPACING_RANGE_ANGSTROM

from .answers import bad_field, compact
from .operations import Operation
from .training_form import check

MOST_OPERATIONS = 500
VIEW_BYTES = 8192
LONGEST_TEXT = 400
OF_THE_PROJECT = {"diameter_angstrom", "pixel_size_angstrom", "expected_particles"}

Corner = Annotated[list[float], Field(min_length=2, max_length=2)]
Identity = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]


class Body(BaseModel):
    """What all bodies share."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def within(limits: tuple[float, float]) -> Any:
    """A number within limits, or null."""
    return Field(None, ge=limits[0], le=limits[1])


class ProjectChanges(Body):
    """PATCH /api/project; null clears a setting."""

    pixel_size_angstrom: float | None = within(PIXEL_SIZE_RANGE_ANGSTROM)
    diameter_angstrom: float | None = within(DIAMETER_RANGE_ANGSTROM)
    expected_particles: float | None = within((0.01, 1e6))
    filament_spacing_angstrom: float | None = within(SPACING_RANGE_ANGSTROM)
    training: dict[str, Any] | None = None
    view: dict[str, Any] | None = None

    @field_validator("view")
    @classmethod
    def small(cls, view: dict | None) -> dict | None:
        if view is not None and len(compact(view)) > VIEW_BYTES:
            raise ValueError(f"at most {VIEW_BYTES} bytes")
        return view

    @field_validator("training")
    @classmethod
    def known(cls, training: dict | None) -> dict | None:
        if not training:
            return training
        if lengths := OF_THE_PROJECT & training.keys():
            raise ValueError(f"{min(lengths)} is a setting of the project itself")
        try:
            check(training)
        except SettingsError as error:
            raise ValueError(f"{error.found}; expected {error.expected}") from error
        return {name: value for name, value in training.items() if value is not None}


class OneOperation(Body):
    """One change of a label, a filament or an exclusion; positions are checked against the micrograph by the store."""

    op_id: Identity
    kind: Literal["add", "move", "remove"]
    pick_id: Identity
    x: float | None = None
    y: float | None = None
    label: Literal["positive", "negative"] | None = None
    source: Literal["click", "pick", "import"] | None = None
    outline: list[Corner] | None = None
    ends: list[Corner] | None = None


class Named(BaseModel):
    """The least that an operation must have, so that its refusal can be told to the page."""

    model_config = ConfigDict(extra="allow")

    op_id: Identity


class Batch(Body):
    """POST /api/micrographs/<id>/labels."""

    client: str = Field("", max_length=64)
    who: str = Field("", max_length=LONGEST_TEXT)
    operations: list[Named] = Field(max_length=MOST_OPERATIONS)

    def sorted_out(self) -> tuple[list[Operation], list[tuple[str, CoordinateError]]]:
        """The operations that make sense, and those that never will, with the reason."""
        good, refused = [], []
        for named in self.operations:
            try:
                good.append(
                    Operation(**OneOperation.model_validate(named.model_dump(), strict=True).model_dump())
                )
            except ValidationError as error:
                reason = bad_field(error)
                refused.append((named.op_id, CoordinateError(reason.found, reason.expected)))
        return good, refused


class NewJob(Body):
    """POST /api/jobs."""

    kind: Literal["train", "pick", "suggest"] = "train"
    focus: int | None = None
    model: str | None = Field(None, max_length=64)
    settings: dict[str, Any] = Field(default_factory=dict)


class Resumption(Body):
    """POST /api/jobs/<id>/resume."""

    focus: int | None = None


class MicrographChanges(Body):
    """PATCH /api/micrographs/<id>: either every particle is labeled, or there is none."""

    complete: bool | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def one(self) -> "MicrographChanges":
        if len(self.model_fields_set) != 1 or None in (getattr(self, name) for name in self.model_fields_set):
            raise ValueError("either complete or empty, true or false")
        return self


class ModelName(Body):
    """PATCH /api/models/<id>; what a name may be is the library's to say."""

    name: str = Field(max_length=LONGEST_TEXT)


class NewModel(ModelName):
    """POST /api/models."""

    job: str = Field(max_length=64)


class NewSnapshot(Body):
    """POST /api/snapshots; what a name may be is decided where it is kept."""

    name: str = Field(max_length=LONGEST_TEXT)
    who: str = Field("", max_length=LONGEST_TEXT)


class Restoration(Body):
    """POST /api/snapshots/<id>/restore."""

    client: str = Field("", max_length=64)
    who: str = Field("", max_length=LONGEST_TEXT)


class Focus(Body):
    """POST /api/jobs/<id>/focus."""

    micrograph: int
