"""Text files that a user names or keeps, read in one way and with one wording of what is wrong with them."""

from __future__ import annotations

from pathlib import Path


class UnreadableText(Exception):
    """The file cannot be read as text; the message names it and says why. `missing`: it is not there."""

    def __init__(self, path: Path, error: OSError | UnicodeDecodeError) -> None:
        super().__init__(f"{path} cannot be read: {why_unreadable(error)}")
        self.missing = isinstance(error, FileNotFoundError)


def text_of(path: Path) -> str:
    """The text of a UTF-8 file, without the mark that editors put before it. Raises `UnreadableText`."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableText(path, error) from error


def why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    """In words, without the path."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8; save it with that encoding"
    return error.strerror or type(error).__name__
