"""How much one may ask of the server: the pace of a token, the size of a body, the memory of all bodies."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import Message, Receive

from leadqueue.server.problems import ApiError
from leadqueue.wire.problem import ProblemType

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request's body, after it is unpacked."""

MAX_DEPTH = 32
"""Levels of arrays and objects in a request's body."""

_GZIP = 16 + zlib.MAX_WBITS
_CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Limits:
    """`reads` and `decisions` are calls a minute of one token, 0 for no limit; the latter counts all that
    writes. Each process of the server counts for itself."""

    reads: int = 0
    decisions: int = 0
    body_seconds: float = 30.0
    bodies_at_once: int = 256 * 1024 * 1024


class Traffic(StrEnum):
    READS = "reads"
    DECISIONS = "decisions"


class Pace:
    """Counts the calls of each line of tokens over the last minute, reads and decisions apart."""

    def __init__(self, limits: Limits) -> None:
        allowed = {Traffic.READS: limits.reads, Traffic.DECISIONS: limits.decisions}
        self._items = {
            traffic: RateLimitItemPerMinute(calls, namespace=traffic)
            for traffic, calls in allowed.items()
            if calls
        }
        self._window = MovingWindowRateLimiter(MemoryStorage()) if self._items else None

    def count(self, line_id: str, traffic: Traffic) -> None:
        """Count one call. Raises `ApiError` 429 with the pause after which the next is taken."""
        item = self._items.get(traffic)
        if item is None or self._window is None or self._window.hit(item, line_id):
            return
        pause = self._window.get_window_stats(item, line_id).reset_time - time.time()
        raise ApiError(
            429,
            ProblemType.THROTTLED,
            f"This token may make {item.amount} calls a minute of the kind '{traffic.value}'.",
            headers={"Retry-After": str(max(math.ceil(pause), 1))},
        )


class Bodies:
    """Reads the bodies of requests, within bounds for each and for all that are held at the same time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = 0

    @asynccontextmanager
    async def read(self, receive: Receive, *, packed: bool) -> AsyncIterator[bytes]:
        """The whole body, unpacked, whose memory counts until the context is left. Raises `ApiError`."""
        taken = 0
        incoming = _Incoming(receive)

        def take(size: int) -> None:
            nonlocal taken
            taken += size
            self.held += size
            if taken > MAX_BODY:
                raise _too_large()
            if self.held > self._limits.bodies_at_once:
                raise _no_memory()

        try:
            try:
                async with asyncio.timeout(self._limits.body_seconds):
                    parts = [part async for part in _parts(incoming, packed=packed, counted=take)]
            except TimeoutError:
                raise _too_slow(self._limits.body_seconds) from None
            except ApiError:
                if not incoming.ended:  # beyond its end, a body is waited for in vain
                    await self.discard(incoming)
                raise
            body = b"".join(parts)
            parts.clear()
            check_depth(body)
            yield body
        finally:
            self.held -= taken

    async def discard(self, receive: Receive) -> None:
        """Take what is left of a body off the line, so that its sender reads the answer."""
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.body_seconds):
                while size <= MAX_BODY:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return


class _Incoming:
    """The channel of a body, which knows whether the body has come to its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self.ended = not message.get("more_body", False)
        return message


async def _parts(receive: Receive, *, packed: bool, counted: Callable[[int], None]) -> AsyncIterator[bytes]:
    """The body's parts, unpacked, each counted before the next is asked for."""
    unpacker = zlib.decompressobj(_GZIP) if packed else None
    empty = True
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _unreadable()
        more = bool(message.get("more_body", False))
        part: bytes = message.get("body", b"")
        empty = empty and not part
        if unpacker is not None and part:
            try:
                part = unpacker.decompress(part, MAX_BODY + 1)
            except zlib.error as error:
                raise _unreadable() from error
            if unpacker.unconsumed_tail:
                raise _too_large()
        counted(len(part))
        yield part
    if unpacker is not None and not empty and not unpacker.eof:
        raise _unreadable()


def _too_large() -> ApiError:
    detail = f"A request's body may have {MAX_BODY} bytes, unpacked."
    return ApiError(413, ProblemType.TOO_LARGE, detail, headers=_CLOSE)


def _unreadable() -> ApiError:
    return ApiError(400, ProblemType.INVALID, "The body cannot be unpacked: it is not whole gzip.")


def _too_slow(seconds: float) -> ApiError:
    detail = f"The body did not arrive within {seconds:g} seconds."
    return ApiError(408, ProblemType.TOO_SLOW, detail, headers=_CLOSE)


def _no_memory() -> ApiError:
    detail = "The server holds as many bodies as it can; send this one again."
    return ApiError(503, ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "1", **_CLOSE})


_BETWEEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^\[\]{}"]+', re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def check_depth(body: bytes) -> None:
    """Refuse JSON that is nested deeper than any request of ours, before it is parsed. Raises `ApiError`."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _BETWEEN.sub(b"", body)
    if max(itertools.accumulate(_STEP.get(byte, 0) for byte in brackets), default=0) > MAX_DEPTH:
        detail = f"The body is nested too deeply; {MAX_DEPTH} levels are the most."
        raise ApiError(400, ProblemType.INVALID, detail)
