"""The client's log: a file of its owner's own that never grows without end."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from leadqueue.cache.home import Home, private_dir, private_file
from leadqueue.domain.log_lines import as_text, facts_of

MOST_BYTES = 1_000_000
"""Of the log, and of the older one that is kept beside it."""


def note(record: logging.LogRecord) -> Path | None:
    """Write the record as a line into the log; the log's file, None where it could not be written.

    The file is opened for each line: there are few of them, and several processes write here.
    """
    line = as_text(facts_of(record))
    file = Home.locate().log_file
    try:
        private_dir(file.parent)
        with suppress(FileNotFoundError):
            if file.stat().st_size >= MOST_BYTES:
                file.replace(file.with_name(f"{file.name}.1"))
        with private_file(file).open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")
    except OSError:
        return None
    return file
