"""The escalations of a team: what was breached or overridden, whose lead it is, and who takes care of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from leadqueue.cache.breaches import Breach
from leadqueue.domain.countdown import brief
from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.widgets.item_list import ItemList, Part
from leadqueue.tui.widgets.queue_row import fit


class BreachList(ItemList[Breach]):
    """Those that nobody has acknowledged come first, the oldest on top."""

    selectable: ClassVar[bool] = True

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(glyphs, id=id)
        self._now: datetime | None = None

    def show(self, breaches: Sequence[Breach], now: datetime) -> None:
        self._now = now
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
        owner, seen = (18, 24) if rest >= 90 else (14, 14) if rest >= 60 else (12, 0)
        names = rest - owner - seen
        person, company = names // 2, names - names // 2
        new, tone = (self.glyphs.returned, "soon") if item.told else (self.glyphs.breached, "breached")
        sign, style = (self.glyphs.good, "good") if item.seen else (new, tone)
        plain, dim = ("dim", "dim") if item.seen else ("row", "dim")
        ago = f"{brief(self._now - item.breached_at)} ago"
        yield sign + fit(ago, 9, cut, right=True), style
        yield f"  {fit(one_line(item.clock, 40), 14, cut)} ", dim
        yield fit(one_line(item.person, 60), person - 1, cut) + " ", plain
        if item.told:
            free = 0 if item.seen else seen
            yield fit(one_line(item.told, 300), company + owner + free - 1, cut) + " ", dim
            seen -= free
        else:
            yield fit(one_line(item.company, 60), company - 1, cut) + " ", plain
            yield fit(one_line(item.owner, 60), owner - 1, cut) + " ", dim
        if seen:
            yield fit(one_line(item.seen, 60), seen, cut), "good" if item.seen else "dim"
