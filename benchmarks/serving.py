"""Processes beside the one that measures: servers, and clients whose memory is looked at."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import httpx

START_LIMIT_S = 60.0
_LOOK_EVERY_S = 0.05


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    command: Sequence[str], port: int, ready: str = "/readyz", env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Runs a server process until the block ends; answers its address once it takes requests."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})}
    )
    try:
        _await_ready(process, url + ready)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=START_LIMIT_S)


def _await_ready(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_LIMIT_S
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                client.get(url).raise_for_status()
            except httpx.HTTPError:
                time.sleep(_LOOK_EVERY_S)
            else:
                return
    raise RuntimeError("the server did not get ready")


@contextmanager
def leadqueue_served(database: str, *options: str) -> Iterator[str]:
    """The real server over `database`, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "leadqueue.cli.main", "serve", "--database", database]
    command += ["--limit-reads", "0", "--limit-decisions", "0"]
    with served([*command, "--port", str(port), *options], port) as url:
        yield url


def measured(module: str, *words: str) -> dict[str, float]:
    """Runs `python -m benchmarks.MODULE WORDS` in a process of its own; answers the figures it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return cast("dict[str, float]", json.loads(done.stdout))
