"""Style sheets are parsed once for each theme, not anew by every app that a test starts."""

from __future__ import annotations

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_PARSE = Stylesheet._parse_rules
_PARSED: dict[tuple[object, ...], list[RuleSet]] = {}


def parse_rules(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """As `Stylesheet._parse_rules`, which remembers the same for one style sheet and its variables."""
    key = (tuple(self._variables.items()), css, read_from, is_default_rules, tie_breaker, scope)
    if key not in _PARSED:
        _PARSED[key] = _PARSE(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _PARSED[key]
