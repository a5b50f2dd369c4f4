"""JSON in and out at the HTTP edge: bodies are checked before anything else sees them, answers never hold NaN."""

import json
import math
from typing import Any, TypeVar

from flask import request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel, ValidationError

from .errors import BadRequestError, echo

Model = TypeVar("Model", bound=BaseModel)


class FiniteJSON(DefaultJSONProvider):
    """Flask's JSON without NaN and infinity, which browsers refuse to parse: null stands for them."""

    sort_keys = False
    compact = True
    ensure_ascii = False

    def dumps(self, obj: Any, **options: Any) -> str:
        try:
            return super().dumps(obj, allow_nan=False, **options)
        except ValueError:
            return super().dumps(finite(obj), allow_nan=False, **options)


def finite(value: Any) -> Any:
    """The same value with None for every number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value


def body(model: type[Model]) -> Model:
    """The request's JSON body as a checked model.

    Raises:
        BadRequestError: no JSON, or not as the model says; the message names the first wrong field.
    """
    if request.mimetype != "application/json":
        raise BadRequestError(f"a body of type {echo(request.mimetype)}", "application/json")
    try:
        return model.model_validate_json(request.get_data() or b"{}", strict=True)
    except ValidationError as error:
        raise bad_field(error) from error


def bad_field(error: ValidationError) -> BadRequestError:
    """The first complaint of a failed check in our words."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    found = "something else" if first["type"] == "json_invalid" else echo(first.get("input"))
    return BadRequestError(f"{echo(place)} is {found}", first["msg"][:200])


def whole_number(name: str, default: int = 0) -> int:
    """A whole number of at least 0 from the query.

    Raises:
        BadRequestError: it is something else.
    """
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadRequestError(f"{name} is {echo(text)}", "a whole number of at least 0")
    return int(text)


def number(name: str, default: float) -> float:
    """A finite number from the query.

    Raises:
        BadRequestError: it is something else.
    """
    text = request.args.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequestError(f"{name} is {echo(text)}", "a finite number")
    return value


def compact(value: Any) -> str:
    """JSON on one line for files and database columns, without NaN."""
    return json.dumps(finite(value), allow_nan=False, separators=(",", ":"))
