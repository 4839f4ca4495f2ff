"""One stage for all the schedules of a test process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.schedule import Stage, scratch


@pytest.fixture(scope="session")
def _stage() -> Iterator[Stage]:
    with scratch() as folder:
        yield Stage(Path(folder))


@pytest.fixture
def stage(_stage: Stage) -> Iterator[Stage]:
    """A stage, and quiet: the program logs every fault that it is made to meet."""
    logging.disable(logging.CRITICAL)
    yield _stage
    logging.disable(logging.NOTSET)
