"""A server of ready-made answers: the files of a folder, by their number, with nothing worked out."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Canned:
    """The files in memory; any path that is none of them is answered with nothing."""

    def __init__(self, folder: Path) -> None:
        self._bodies = {f"/{file.name}": file.read_bytes() for file in folder.iterdir()}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = self._bodies.get(scope["path"], b"")
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    config = uvicorn.Config(Canned(given.folder), port=given.port, log_level="error", lifespan="off")
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
