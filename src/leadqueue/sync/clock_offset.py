"""How far the local clock is from the server's: the sample of least round trip among the last eight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from leadqueue.crm.gateway import ClockSample

KEPT = 8
MOVED_MS = 1000.0
"""A wall clock that gained or lost more than this against the steady one was moved by somebody."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Server time minus local time, and how far off that can be."""

    offset_ms: int
    error_ms: int


class OffsetEstimator:
    """Keeps the last samples. One whose wall clock was moved since says nothing any more and is dropped."""

    def __init__(self) -> None:
        self._samples: deque[ClockSample] = deque(maxlen=KEPT)

    def add(self, samples: Iterable[ClockSample]) -> None:
        for sample in samples:
            if self._samples and _moved(self._samples[-1], sample):
                self._samples.clear()
            self._samples.append(sample)

    def best(self) -> Offset | None:
        """The offset by the quickest sample, the latest one of equals. None before the first."""
        if not self._samples:
            return None
        quickest = min(reversed(self._samples), key=lambda sample: sample.round_trip_ms)
        return Offset(quickest.offset_ms, (quickest.round_trip_ms + 1) // 2)


def _moved(earlier: ClockSample, later: ClockSample) -> bool:
    by_wall = later.local_s - earlier.local_s
    by_steady = later.running_s - earlier.running_s
    return abs(by_wall - by_steady) * 1000 > MOVED_MS
