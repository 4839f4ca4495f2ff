"""Untrusted text made harmless for a screen, a log or an export. Lead data comes from web forms."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
# A cell begins with the text, and behind each sign at which some program splits a row; blanks and quotation
# marks before a formula do not stop it.
_STARTS = "[=+\\-@|%＝＋－＠]"
_FORMULA = re.compile(rf'^(?=[\s"]*{_STARTS})|(?<=[,;|\n])(?=(?:[^\S\n]|")*{_STARTS})')
_MOST_MARKS = 4

PLAIN_SIGNS: dict[str, str] = {
    **dict.fromkeys("▌▏│┃▐█▊▎▕", "|"),
    **dict.fromkeys("─━▔▁▂▃▄▅▆▇▀╸", "-"),
    "║": "#",
    "═": "=",
    "╌": "~",
    "✎": '"',
    **dict.fromkeys("╭╮╰╯┌┐└┘", "+"),
    **dict.fromkeys("✓✔", "+"),
    **dict.fromkeys("✗×", "x"),
    **dict.fromkeys("↑▲", "^"),
    **dict.fromkeys("↓▼▾", "v"),
    **dict.fromkeys("▸→", ">"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("–—", "-"),
    "·": "-",
    "…": "~",
    "≈": "~",
    "≠": "#",
    "◷": "o",
    "◎": "o",
    "○": ".",
    "●": "*",
    "◐": "!",
    "↺": "R",
    "§": "S",
}
"""Our own signs, each with the one of ASCII that stands in for it where an encoding lacks it."""


def harmless(text: str, *, lines: bool = False) -> str:
    """`text` without anything that a terminal obeys.

    Control characters (escape sequences among them), bidirectional overrides, lone surrogates and
    private or unassigned code points become the replacement character; tabs and line ends become
    spaces, or stay line ends where `lines` is true. Joiners stay, since scripts and emoji need them.
    More than four combining marks on one letter are cut, so that a row stays in its row.
    """
    kept: list[str] = []
    marks = 0
    for char in text.replace("\r\n", "\n"):
        category = unicodedata.category(char)
        if category != "Cf":  # a format character between two marks does not start a new letter
            marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            continue
        if char in "\n\r\u2028\u2029":
            kept.append("\n" if lines else " ")
        elif char == "\t":
            kept.append(" ")
        elif category == "Cf" and char not in _JOINERS:
            kept.append("" if char == "\N{SOFT HYPHEN}" else REPLACEMENT)
        elif category in ("Cc", "Cs", "Co", "Cn"):
            kept.append(REPLACEMENT)
        else:
            kept.append(char)
    return "".join(kept)


def one_line(text: str, most: int = 200) -> str:
    """Harmless text on one line, cut to `most` characters with an ellipsis."""
    clean = " ".join(harmless(text[: most * 4]).split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def folded(text: str) -> str:
    """Text as it is searched, sorted and typed ahead: without regard to case, accents and ways of writing.

    `MÜLLER`, `Müller` in either of Unicode's forms and `muller` are one; so are `ß` and `ss`, `İ`, `ı` and
    `i`, a ligature and its letters, full width and narrow. Each sign is folded by itself, so what is part of
    a text is part of the folded text; folding twice changes nothing.
    """
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return plain.casefold().replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")


def caseless(text: str) -> str:
    """Text as addresses are compared: without the blanks around it, and without regard to case and to
    Unicode's two forms; accents count."""
    text = text.strip()
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def spreadsheet_safe(text: str) -> str:
    """Harmless text that no spreadsheet takes for a formula: an apostrophe guards it.

    It stands before the text, and behind each comma, semicolon, bar or line end where a formula would follow:
    a program that splits the row at that sign begins a cell there, whatever quotation marks are around. After
    the OWASP advice on CSV injection.
    """
    return _FORMULA.sub("'", harmless(text, lines=True))
