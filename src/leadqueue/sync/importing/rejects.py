"""The reject file: rows that could not be taken, with their lines and reasons, for whoever mends them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import TracebackType

from leadqueue.cache.home import private_file
from leadqueue.domain.text import spreadsheet_safe
from leadqueue.sync.importing.reader import BadRow

HEAD = ("line", "reason", "row")
_FIRST_LINE = ",".join(HEAD).encode()


class NotWritable(Exception):
    """The reject file cannot be written there; the message says why."""


class RejectFile:
    """Made with the first row, so that a clean import leaves none; only its owner can read it.

    A file that is not a reject file is never written over, least of all the one that is imported.
    """

    def __init__(self, path: Path, inputs: tuple[Path, ...] = ()) -> None:
        self.path = path
        self.count = 0
        self._file: io.TextIOWrapper | None = None
        if any(path.exists() and each.exists() and path.samefile(each) for each in inputs):
            raise NotWritable(f"{path} is read by this import; the reject file needs a name of its own")
        if path.exists() and not _is_reject_file(path):
            raise NotWritable(f"{path} exists and is no reject file; it is not written over")

    def __enter__(self) -> RejectFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, row: BadRow) -> None:
        """Add a row. Raises `NotWritable`."""
        try:
            if self._file is None:
                self._file = private_file(self.path).open("w", encoding="utf-8", newline="")
                csv.writer(self._file).writerow(HEAD)
            raw = spreadsheet_safe(row.raw.rstrip("\r\n"))
            csv.writer(self._file).writerow([row.line, spreadsheet_safe(row.reason), raw])
        except OSError as error:
            raise NotWritable(f"{self.path} cannot be written: {error.strerror}") from error
        self.count += 1


def _is_reject_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(len(_FIRST_LINE))
    except OSError as error:
        raise NotWritable(f"{path} cannot be written: {error.strerror}") from error
    return start in (b"", _FIRST_LINE)
