"""Python's garbage collector, kept from making a key wait.

Its full round looks at all that lives, for some 15 ms, and comes in the midst of whatever is done. Here it
comes while nobody presses a key. A Python that collects in small steps makes none, and none are made here.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from textual._styles_cache import StylesCache

REST_S = 0.3
"""Seconds without a key that count as a rest."""
_DUE = 10
"""Rounds over what is younger after which a full one is due, as Python itself has it."""
_AT_THE_LATEST = 1000
"""The same where nobody rests."""


class RestCollector:
    """Makes the full rounds at rest. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pressed_at = monotonic()

    def take_over(self) -> None:
        """Collect from now on. What is there already stays, and is passed over."""
        young, middle, _ = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(young, middle, _AT_THE_LATEST)
        gc.enable()

    def pressed(self) -> None:
        """Somebody is at the keys."""
        self._pressed_at = self._monotonic()

    def resting(self, seconds: float) -> bool:
        """Whether nobody has been at the keys for so long."""
        return self._monotonic() - self._pressed_at >= seconds

    def look(self) -> None:
        """Make a full round if one is due and nobody is at the keys."""
        if self.resting(REST_S) and gc.get_count()[2] >= _DUE:
            # It keeps the drawn lines of the last thousand widgets, whether they are still there or not.
            StylesCache.get_inner_outer.cache_clear()
            gc.collect()
