"""The pictures of README and docs show the program as it is."""

from __future__ import annotations

import html
import re

from tests.pictures import FOLDER, all_taken

_TEXT = re.compile(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


def rows(picture: str) -> list[str]:
    """What is written in each row, without the blanks, which a picture may join or part."""
    written: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(picture):
        signs = "".join(html.unescape(re.sub("<[^>]+>", "", text)).split())
        written.setdefault(float(y), []).append((float(x), signs))
    return ["".join(text for _, text in sorted(parts)) for _, parts in sorted(written.items())]


def test_no_picture_has_aged() -> None:
    there = {file.stem: rows(file.read_text("utf-8")) for file in FOLDER.glob("*.svg")}
    now = {name: rows(picture) for name, picture in all_taken()}
    assert set(there) == set(now)
    aged = [name for name, written in now.items() if there[name] != written]
    assert not aged, "take them anew with `make pictures`, and look at them"
