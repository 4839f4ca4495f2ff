"""Requests at full speed over kept connections, by a client that costs next to nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Loaded:
    """How long it took altogether, and each answer in turn: seconds."""

    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def loaded(url: str, requests: Iterable[bytes], *, connections: int, wanted: bytes) -> Loaded:
    """Send all requests, one by one on each connection. RuntimeError for an answer without `wanted`."""
    return asyncio.run(_loaded(url, requests, connections, wanted))


async def _loaded(url: str, requests: Iterable[bytes], connections: int, wanted: bytes) -> Loaded:
    todo = iter(requests)
    latencies: list[float] = []
    parts = urlsplit(url)

    async def work() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            for each in todo:
                started = time.perf_counter()
                writer.write(each)
                body = await answer(reader)
                latencies.append(time.perf_counter() - started)
                if wanted not in body:
                    raise RuntimeError(f"an answer is not as it should be: {body[:500]!r}")
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return Loaded(time.perf_counter() - started, latencies)


async def answer(reader: asyncio.StreamReader) -> bytes:
    """The body of the next answer. Raises RuntimeError where its status is not 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    start = lowered.index(b"content-length:") + len(b"content-length:")
    length = int(lowered[start : lowered.index(b"\r\n", start)])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{head.splitlines()[0]!r}: {body[:500]!r}")
    return body
