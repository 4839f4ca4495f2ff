"""Writing one setting back: the rest of the file, its comments and its order stay as the user left them."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from leadqueue.tui.settings.values import Value


class NotWritten(Exception):
    """The file was left as it is; the text says why and what would help."""


def write_setting(path: Path, name: str, value: Value) -> None:
    """Set `name` in the file, made where it is missing, in one step. Raises `NotWritten`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    from leadqueue.definitions.toml_text import read_toml

    target = path.resolve()  # a link into somebody's dotfiles stays a link
    try:
        text = target.read_text("utf-8-sig") if target.exists() else ""
        read_toml(text)
        document = tomlkit.parse(text)
        document[name] = value
        _replace(target, tomlkit.dumps(document))
    except (TOMLKitError, ValueError) as error:
        raise NotWritten(f"{path} is not TOML: mend it first, then change the setting again") from error
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror or error}") from error


def _replace(path: Path, text: str) -> None:
    """A crash leaves the old file or the new one; who may read it does not change."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
