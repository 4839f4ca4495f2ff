"""Linux tells what happens to a folder's files, while it happens."""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading
from collections.abc import Callable
from pathlib import Path

_MODIFY, _CREATE, _DELETE = 0x2, 0x100, 0x200
_EVENT = struct.Struct("iIII")


class FolderWatch:
    """Calls `heard` with the name of each file of the folder that is made, written or deleted."""

    def __init__(self, folder: Path, heard: Callable[[str], object]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_CLOEXEC)
        if (
            self._handle < 0
            or libc.inotify_add_watch(self._handle, os.fsencode(folder), _MODIFY | _CREATE | _DELETE) < 0
        ):
            raise OSError(ctypes.get_errno(), "the folder cannot be watched", str(folder))
        self._heard = heard
        self._stop, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._handle, self._stop], [], [])
            if self._stop in ready:
                return
            events = os.read(self._handle, 65536)
            at = 0
            while at < len(events):
                _, _, _, length = _EVENT.unpack_from(events, at)
                at += _EVENT.size
                name = events[at : at + length].rstrip(b"\0")
                at += length
                self._heard(os.fsdecode(name))

    def close(self) -> None:
        os.close(self._end)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        for each in (self._stop, self._handle):
            os.close(each)
