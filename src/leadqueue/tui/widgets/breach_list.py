"""The escalations of a team: what was breached or overridden, whose lead it is, and who takes care of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len

from leadqueue.cache.breaches import Breach
from leadqueue.domain.countdown import brief
from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.widgets.item_list import ItemList, Part
from leadqueue.tui.widgets.queue_row import fit

_LEAST_OWNER, _WIDEST_OWNER = 8, 18
_WIDEST_NAME = 40
"""Cells of a person's or a company's name beyond which the eye does not follow to what is beside it."""


class BreachList(ItemList[Breach]):
    """Those that nobody has acknowledged come first, the oldest on top."""

    selectable: ClassVar[bool] = True

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(glyphs, id=id)
        self._now: datetime | None = None
        self._owner = _LEAST_OWNER

    def show(self, breaches: Sequence[Breach], now: datetime) -> None:
        self._now = now
        names = (cell_len(one_line(each.owner, 60)) for each in breaches)
        self._owner = max(_LEAST_OWNER, min(max(names, default=0) + 1, _WIDEST_OWNER))
        self.put(breaches)

    def tick(self, now: datetime) -> None:
        self._now = now
        self.redraw()

    def key_of(self, item: Breach) -> str:
        return item.id

    def can_select(self, item: Breach) -> bool:
        return not item.seen

    def parts(self, item: Breach, width: int) -> Iterable[Part]:
        if self._now is None:
            return
        cut = self.glyphs.cut
        fixed = 10 + 16 + 1
        rest = max(width - fixed, 20)
        owner, seen = self._owner, 24 if rest >= 90 else 14 if rest >= 60 else 0
        names = min(rest - owner - seen, 2 * _WIDEST_NAME)
        person, company = names // 2, names - names // 2
        new, tone = (self.glyphs.returned, "soon") if item.told else (self.glyphs.breached, "breached")
        sign, style = (self.glyphs.good, "good") if item.seen else (new, tone)
        plain, dim = ("dim", "dim") if item.seen else ("row", "dim")
        ago = f"{brief(self._now - item.breached_at)} ago"
        yield sign + fit(ago, 9, cut, right=True), style
        yield f"  {fit(one_line(item.clock, 40), 14, cut)} ", dim
        yield fit(one_line(item.person, 60), person - 1, cut) + " ", plain
        if item.told:
            seen = seen if item.seen else 0
            yield fit(one_line(item.told, 300), rest - person - seen - 1, cut) + " ", dim
        else:
            yield fit(one_line(item.company, 60), company - 1, cut) + " ", plain
            yield fit(one_line(item.owner, 60), owner - 1, cut) + " ", dim
        if seen:
            yield fit(one_line(item.seen, 60), seen, cut), "good" if item.seen else "dim"
