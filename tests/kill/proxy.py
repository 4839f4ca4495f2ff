"""The way between one client and the server: it sees each request, and can be told of every step of it."""

from __future__ import annotations

import contextlib
import gzip
import json
import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader

CHUNK = 65536
END = b"\r\n"


class Step(StrEnum):
    """How far a call has come, in this order."""

    ASKED = "asked"  # the request is here whole; the server has nothing of it
    HALF_ASKED = "half asked"  # the server has half of the request
    SENT = "sent"  # the server has the whole request
    ANSWERED = "answered"  # the server's answer is here whole; the client has nothing of it
    HALF_ANSWERED = "half answered"  # the client has half of the answer
    DELIVERED = "delivered"  # the client has been given all of it


@dataclass
class Call:
    """A request on its way, `ids` those of the decisions that it carries."""

    path: str
    method: str
    ids: tuple[str, ...]
    step: Step = Step.ASKED

    @property
    def decides(self) -> bool:
        return self.method == "POST" and self.path == "/v1/decisions"

    @property
    def reads(self) -> bool:
        return self.method == "GET" and self.path == "/v1/changes"


class Lost(Exception):
    """Nobody carries this call any further."""


class Proxy:
    """Listens on a port of its own and carries each call to `target_port`.

    `on_step` hears of each step, in the thread that carries the call: the call stands still meanwhile. Where
    it answers true the call is carried no further.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.on_step: Callable[[Call], bool] = lambda _call: False
        self.answered: set[str] = set()
        self._calls: dict[int, Call] = {}
        self._guard = threading.Lock()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def under_way(self) -> list[tuple[Call, Step]]:
        """The calls that are neither delivered nor lost, as far as they have come now."""
        with self._guard:
            return [(call, call.step) for call in self._calls.values()]

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        upstream: socket.socket | None = None
        with contextlib.suppress(OSError, Lost, ValueError), client, client.makefile("rb") as asked:
            try:
                while head := _head(asked):
                    body = asked.read(_length(head))
                    call = _call(head, body)
                    try:
                        with self._guard:
                            self._calls[id(call)] = call
                        self._reach(call, Step.ASKED)
                        if upstream is None:
                            upstream = socket.create_connection(self._target)
                            answers = upstream.makefile("rb")
                        self._ask(call, upstream, head + body)
                        if call.path == "/v1/events":
                            _relay(client, upstream, answers)
                            return
                        self._answer(call, client, answers)
                    finally:
                        with self._guard:
                            del self._calls[id(call)]
            finally:
                if upstream is not None:
                    answers.close()
                    upstream.close()

    def _reach(self, call: Call, step: Step) -> None:
        with self._guard:
            call.step = step
        if self.on_step(call):
            raise Lost

    def _ask(self, call: Call, upstream: socket.socket, request: bytes) -> None:
        middle = len(request) // 2
        upstream.sendall(request[:middle])
        self._reach(call, Step.HALF_ASKED)
        upstream.sendall(request[middle:])
        self._reach(call, Step.SENT)

    def _answer(self, call: Call, client: socket.socket, answers: BufferedReader) -> None:
        head = _head(answers)
        if not head:
            raise Lost
        answer = head + _body(head, answers)
        self._reach(call, Step.ANSWERED)
        middle = len(answer) // 2
        client.sendall(answer[:middle])
        self._reach(call, Step.HALF_ANSWERED)
        client.sendall(answer[middle:])
        if call.decides and head.split(b" ", 2)[1] == b"200":
            with self._guard:
                self.answered.update(call.ids)
        self._reach(call, Step.DELIVERED)


def _head(stream: BufferedReader) -> bytes:
    """All up to the blank line; empty where the other side has ended."""
    lines: list[bytes] = []
    while line := stream.readline(CHUNK):
        lines.append(line)
        if line == END:
            return b"".join(lines)
    return b""


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(END)[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().lower()
    return b""


def _length(head: bytes) -> int:
    return int(_header(head, b"content-length") or 0)


def _whole(stream: BufferedReader, count: int) -> bytes:
    part = stream.read(count)
    if len(part) < count:
        raise Lost
    return part


def _body(head: bytes, stream: BufferedReader) -> bytes:
    """The answer's body as it travels, whole. Raises `Lost` where the server ended before that."""
    if _header(head, b"transfer-encoding") != b"chunked":
        return _whole(stream, _length(head))
    parts: list[bytes] = []
    while True:
        size = stream.readline(CHUNK)
        if not size.endswith(END):
            raise Lost
        count = int(size.split(b";")[0], 16)
        parts += (size, _whole(stream, count + len(END)))
        if count == 0:
            return b"".join(parts)


def _relay(client: socket.socket, upstream: socket.socket, answers: BufferedReader) -> None:
    """Carry a stream of events until one of both ends."""
    while True:
        ready, _, _ = select.select([client, upstream], [], [])
        if client in ready:  # it never says more in this connection: it has gone
            return
        part = answers.read1(CHUNK)
        if not part:
            return
        client.sendall(part)


def _call(head: bytes, body: bytes) -> Call:
    method, target, _ = head.split(b" ", 2)
    ids: tuple[str, ...] = ()
    path = target.decode().partition("?")[0]
    if method == b"POST" and path == "/v1/decisions":
        text = gzip.decompress(body) if _header(head, b"content-encoding") == b"gzip" else body
        ids = tuple(each["id"] for each in json.loads(text)["decisions"])
    return Call(path, method.decode(), ids)
