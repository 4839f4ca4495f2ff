"""Money as whole minor units beside an ISO 4217 code."""

from __future__ import annotations

import re

MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Digits after the point where they are not two (ISO 4217, list one)."""

_NUMBER = re.compile(r"[+-]?\d+(?:[.,'\u00a0\u202f ]\d+)*")
_GROUPED = re.compile(r"[+-]?\d+|[+-]?\d{1,3}(?P<mark>[.,'\u00a0\u202f ])(?:\d{2,3}(?P=mark))*\d{3}")
"""Thousands in threes, or in the Indian way: 12,34,567."""
_ODD_GROUPS = re.compile(r"[+-]?0[.,'\u00a0\u202f ]")
"""Nobody groups thousands behind a nought: `0,500` is a fraction or a slip."""

_LONGEST = 40
_GREATEST = 10**18
"""In minor units; beyond it no database's whole number holds the amount."""


class NotAnAmount(ValueError):
    """The text is no amount of the currency; the message says what to write."""


def minor_digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def parse_amount(text: str, currency: str) -> int:
    """`text` in minor units of `currency`: `1,234.50` and `1.234,50` are both 123450 in EUR.

    A single separator before exactly three digits groups thousands when it is a comma, a space or an
    apostrophe; with a point it could mean either, so it is refused. Raises `NotAnAmount`.
    """
    digits = minor_digits(currency)
    clean = text.strip().removesuffix(currency).removeprefix(currency).strip()
    if len(clean) > _LONGEST or not _NUMBER.fullmatch(clean):
        raise NotAnAmount(_no_amount(text))
    points, commas = clean.count("."), clean.count(",")
    whole, fraction = clean, ""
    if points and commas:
        mark = "." if clean.rfind(".") > clean.rfind(",") else ","
        whole, _, fraction = clean.rpartition(mark)
    elif points == 1 or (commas == 1 and len(clean.rpartition(",")[2]) != 3):
        whole, _, fraction = clean.rpartition("." if points else ",")
    if len(fraction) > digits:
        raise NotAnAmount(
            f"'{clean[:40]}' has more than the {digits} decimal digits of {currency or 'the currency'}; "
            "write thousands with a comma or not at all"
        )
    if not _GROUPED.fullmatch(whole) or _ODD_GROUPS.match(whole):
        raise NotAnAmount(_no_amount(text))
    amount = int(re.sub(r"[^\d+-]", "", whole) + fraction.ljust(digits, "0"))
    if abs(amount) >= _GREATEST:
        raise NotAnAmount(f"'{clean[:40]}' is too large for an amount of money")
    return amount


def _no_amount(text: str) -> str:
    return f"'{text.strip()[:40]}' is no amount; write digits such as 12500 or 12,500.00"


def show_amount(minor: int, currency: str) -> str:
    """`1,234.50 EUR`."""
    digits = minor_digits(currency)
    sign, units = ("-" if minor < 0 else ""), abs(minor)
    whole, fraction = divmod(units, 10**digits)
    text = f"{sign}{whole:,}" + (f".{fraction:0{digits}d}" if digits else "")
    return f"{text} {currency}".strip()
