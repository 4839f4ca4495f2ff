"""The moment as a field of a model."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from leadqueue.domain.moments import in_utc

UtcDatetime = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A moment that is converted to UTC where it enters the program."""
