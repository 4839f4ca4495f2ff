"""Finding and choosing leads among those shown: jump by typing, select like this one, select by a filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from leadqueue.domain.shown import plural
from leadqueue.domain.text import folded
from leadqueue.tui.screens.browse import BrowseScreen
from leadqueue.tui.widgets.jump_box import JumpBox, JumpInput
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueRow
    from leadqueue.domain.filters.filter import Filter
    from leadqueue.domain.filters.terms import Term
    from leadqueue.tui.actions import Situation


class PickingScreen(BrowseScreen):
    """The home screen with its ways to a lead, and to a selection."""

    _told_selected = (0, "")

    # Jump by typing

    @property
    def jump_box(self) -> JumpBox:
        return self.query_one(JumpBox)

    def situation(self) -> Situation:
        return replace(super().situation(), jumping=isinstance(self.focused, JumpInput))

    def action_jump(self) -> None:
        self.jump_box.begin(self.rows.cursor_id)
        self.refresh_footer()

    @on(JumpBox.Wanted)
    def _jump(self, event: JumpBox.Wanted) -> None:
        """To the first lead from `start` on that begins so, round from the end to the beginning."""
        from leadqueue.domain.filters.filter import Filter
        from leadqueue.domain.filters.terms import Begins, Either, Lead

        event.stop()
        start, wanted = event.start, folded(event.text)
        if self.queue_view is None or start is None:
            return
        if not wanted:
            self.rows.go_to(start)
            return
        begins: tuple[Term, ...] = (Begins("name", wanted), Begins("company", wanted))
        view = self.queue_view
        asked = replace(view, filter=view.filter.also(Either((*begins, Lead(start)))))
        then = partial(self._jump_among, start, event.beyond, Filter(terms=(Either(begins),)))
        self.ask_ids(asked, then)

    def _jump_among(self, start: str, beyond: bool, begins: Filter, ids: list[str]) -> None:
        """`ids` are the leads that begin so, and `start` among them where it stands."""
        if self.queue_view is None or not self.jump_box.has_class("-open") or start not in ids:
            return
        here = ids.index(start)
        first = self._passes(start, begins)
        if first and not beyond:
            target: str | None = start
        else:
            following = [*ids[here + 1 :], *ids[:here]]
            target = following[0] if following else (start if first else None)
        if target is None:
            self.jump_box.tell("no word of a name or company begins so")
            return
        found = len(ids) if first else len(ids) - 1
        self.jump_box.tell(f"{found:,} of them" if found > 1 else "the only one")
        self.rows.go_to(target)
        self.jump_box.stands_on(target)

    def _passes(self, lead_id: str, begins: Filter) -> bool:
        from leadqueue.domain.filters.meaning import matches

        row = self.desk.queue.row(lead_id) if self.desk else None
        return row is not None and matches(begins, row, "", self.now())

    @on(JumpBox.Left)
    def _jumped(self, event: JumpBox.Left) -> None:
        event.stop()
        if event.back is not None:
            self.rows.go_to(event.back)
        self.rows.focus()
        self.refresh_footer()

    # Selecting

    def action_select_all(self) -> None:
        """Select every lead that is shown."""
        if self.queue_view is not None:
            self.ask_ids(self.queue_view, self._selected_all)

    def _selected_all(self, ids: list[str]) -> None:
        self.rows.select(ids)
        self._tell_selected(f"{plural(len(ids), 'lead')} selected")

    def select_more(self, terms: tuple[Term, ...], what: str, none: str) -> None:
        """Select the leads shown that pass these terms too, beside those selected before. `what` follows how
        many were, `none` is what is said where there is none."""
        view = self.queue_view
        if view is not None:
            then: Callable[[list[str]], None] = partial(self._add, what, none)
            self.ask_ids(replace(view, filter=view.filter.also(*terms)), then)

    def _add(self, what: str, none: str, ids: list[str]) -> None:
        before = len(self.rows.selected)
        self.rows.select([*dict.fromkeys([*self.rows.selected, *ids])])
        more = len(self.rows.selected) - before
        told = f"{plural(more, 'lead')} selected {what}"
        if before:
            told += f", {len(self.rows.selected):,} together"
        if ids:
            self._tell_selected(told)
        else:
            self.status.say(none, Level.WARNING)

    def _tell_selected(self, what: str) -> None:
        self._told_selected = len(self.rows.selected), what
        self.status.say(what)

    @on(QueueList.SelectionChanged)
    def _told_no_more(self) -> None:
        """What was told of a selection holds for as long as it is that one."""
        count, what = self._told_selected
        if len(self.rows.selected) != count:
            self.status.unsay(what)

    def action_select_like(self) -> None:
        """Offer what this lead has in common with others, and select those."""
        from leadqueue.tui.screens.chooser import Choice, ChooserScreen

        row = self.rows.current
        if row is None or self.desk is None:
            return
        alike = self._alike(row)
        choices = [Choice(str(number), label, shown) for number, (label, shown, _) in enumerate(alike, 1)]

        def chosen(index: int | None) -> None:
            if index is not None:
                label, shown, term = alike[index]
                what = f"of the {label.lower()} {shown}"
                self.select_more((term,), what, f"No lead here is {what} any more.")

        title = "Select every lead shown that has the same …"
        self.app.push_screen(ChooserScreen(title, choices, "Number or Enter selects, Esc closes"), chosen)

    def _alike(self, row: QueueRow) -> list[tuple[str, str, Term]]:
        """What a lead can be alike in: its name, how it is shown, and the term that finds it."""
        from leadqueue.domain.filters.terms import Holds, Is

        language = self.language
        values = language.values if language else {}
        texts = (("Company", "company", row.company), ("Campaign", "campaign", row.campaign))
        choices = (
            ("Source", "source", row.source),
            ("Section", "section", row.section),
            ("Lane", "lane", row.lane),
            ("Country", "country", row.country),
            ("Reason", "reason", row.reason),
        )
        return [
            *((label, text, Holds(key, folded(text), exactly=True)) for label, key, text in texts if text),
            *(
                (label, values.get(key, {}).get(value, value), Is(key, value))
                for label, key, value in choices
                if value
            ),
        ]

    def action_select_by(self) -> None:
        """Ask for a filter, and select what passes it."""
        from leadqueue.tui.screens.select_by import SelectByScreen

        language = self.language
        if language is None:
            return

        def chosen(wanted: Filter | None) -> None:
            if wanted:
                none = f"No lead here passes the filter “{wanted.text}”."
                self.select_more(wanted.terms, f"by {wanted.text}", none)

        self.app.push_screen(SelectByScreen(language, self.parts.glyphs), chosen)
