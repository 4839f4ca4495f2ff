"""What the models of `/v1` are made of: values as JSON may spell them, requests, responses.

Requests refuse unknown keys, answers ignore them, so that an older client reads a newer server's answers.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from leadqueue.domain.lead import FieldValue
from leadqueue.domain.utc_field import UtcDatetime

MOST_NUMBER = 2**53 - 1
"""The largest whole number in a request that is not a lead's: beyond it a JSON reader may round."""

Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]

NO_NUL = r"^[^\x00]*$"
"""JSON can spell NUL, PostgreSQL cannot hold it."""


def _sound(value: FieldValue) -> FieldValue:
    """Refuse half a surrogate pair: JSON can spell it, but no text, file or database can hold it."""
    if isinstance(value, str):
        value.encode()
    return value


SoundValue = Annotated[FieldValue, AfterValidator(_sound)]
FieldName = Annotated[str, StringConstraints(max_length=64)]
SourceId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|z|[+-]\d\d:\d\d)?")


def _written(value: object) -> object:
    """Refuse seconds since 1970, which pydantic would take for a moment."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise ValueError("a moment is text such as 2026-11-23T09:00:00Z")


SentMoment = Annotated[UtcDatetime, BeforeValidator(_written)]
"""A moment in a request: RFC 3339, nothing else."""


def _number(value: object) -> object:
    """Refuse truth and text, which pydantic would take for numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("a whole number is wanted")


WholeNumber = Annotated[int, Field(ge=-MOST_NUMBER, le=MOST_NUMBER), BeforeValidator(_number)]
"""A number in a request that is not a lead's; 1.0 is one, as JSON does not tell it from 1."""

Version = Annotated[int, Field(ge=0, le=MOST_NUMBER), BeforeValidator(_number)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Response(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
