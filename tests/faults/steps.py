"""A coroutine seen from await to await, so that its process can end at each of them."""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator
from typing import TypeVar

Result = TypeVar("Result")


@types.coroutine
def stepped(
    work: Coroutine[object, object, Result], ends_here: Callable[[], BaseException | None]
) -> Generator[object, object, Result]:
    """Run `work`; each time that it goes on after an await, `ends_here` may answer what to throw instead."""
    thrown: BaseException | None = None
    while True:
        try:
            waits_for = work.send(None) if thrown is None else work.throw(thrown)
        except StopIteration as end:
            result: Result = end.value
            return result
        try:
            yield waits_for
        except GeneratorExit:
            work.close()
            raise
        except BaseException as cancelled:  # noqa: BLE001 - the work has to hear of its cancellation
            thrown = cancelled
        else:
            thrown = ends_here()
