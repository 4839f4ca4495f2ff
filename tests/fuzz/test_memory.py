"""What comes from elsewhere cannot fill the memory: each input is read by a process that may hold little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ALLOWANCE = 220 * 1024 * 1024
"""Bytes of address space beyond what the imported program takes itself."""

_PROLOGUE = f"""
import resource, sys
from pathlib import Path
{{imports}}
def bound():
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + {ALLOWANCE}, taken + {ALLOWANCE}))
"""

_READ_FILE = """
bound()
path = Path(sys.argv[1])
print(sum(isinstance(row, BadRow) for row in rows(path, look(path))))
"""

_READ_ANSWER = """
class Endless(httpx.AsyncByteStream):
    async def __aiter__(self):
        yield first
        while True:
            yield part

def answer(request):
    return httpx.Response(200, headers=headers, stream=Endless())

async def ask():
    transport = httpx.MockTransport(answer)
    gateway = NativeGateway("http://crm.example", "t", system_now, transport=transport)
    try:
        await gateway.session()
    except NotTheApi:
        print("refused")

headers = {"Content-Type": "application/json"}
part = b"[" * 65536
first = part
if sys.argv[1] != "plain":
    headers["Content-Encoding"] = "gzip"
if sys.argv[1] == "bomb":
    packer = zlib.compressobj(9, wbits=31)
    first = packer.compress(b"[" * 20_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(b"[" * 20_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
bound()
asyncio.run(ask())
"""
_READER = "from leadqueue.sync.importing.reader import BadRow, look, rows"
_GATEWAY = """
import asyncio, httpx, zlib
from leadqueue.crm.gateway import NotTheApi
from leadqueue.crm.native import NativeGateway
from leadqueue.domain.moments import system_now
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bound is told from /proc")


def run(imports: str, code: str, argument: str) -> str:
    program = _PROLOGUE.format(imports=imports) + code
    done = subprocess.run(
        [sys.executable, "-c", program, argument], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_a_file_that_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "one-line.csv"
    with path.open("wb") as file:
        file.write(b"Id,Email\n")
        file.truncate(400_000_000)  # a hole: it takes no space on the disk
    assert run(_READER, _READ_FILE, str(path)) == "1"


@pytest.mark.parametrize("kind", ["plain", "bomb"])
def test_an_answer_without_an_end(kind: str) -> None:
    assert run(_GATEWAY, _READ_ANSWER, kind) == "refused"
