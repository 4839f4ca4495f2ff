"""What a form over several leads will do, said in as many lines as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line
from leadqueue.tui.actions import keys_told
from leadqueue.tui.ports import Keymap
from leadqueue.tui.widgets.form_fields.checking import FormCheck

_NAMED = 3
LOW_FORM = 14
"""Rows of a form up to which all of them are needed for its fields."""
LEAST_ROWS = 3
MORE_ROWS = 6
"""Rows that the summary may have in a form that is not low; in a high one, a third of it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many leads will change, and for those that cannot: which, and why.

    `groups` are the leads that cannot, by their reason, the largest first: how many, and what is said of
    them.
    """

    head: Content
    groups: tuple[tuple[int, Content], ...] = ()

    @classmethod
    def of(cls, leads: Sequence[Lead], verdict: FormCheck, keymap: Keymap) -> Summary:
        able = len(leads) - len(verdict.cannot)
        head = (
            f"{able} of {len(leads)} leads will change" if verdict.cannot else f"All {able} leads will change"
        )
        if not able:
            head = f"None of the {len(leads)} leads can change"
        told = Content.assemble(
            (head, "bold"), (f"  {keys_told(keymap, ('form.who', 'lists them'))}", "$text-muted")
        )
        people = {lead.id: one_line(lead.person, 40) for lead in leads}
        will = [people[lead.id] for lead in leads if lead.id not in verdict.cannot]
        if will:
            told = Content("\n").join((told, Content(f"✓ {_named(will)}")))
        by_reason: dict[str, list[str]] = {}
        for lead_id, errors in verdict.cannot.items():
            by_reason.setdefault("; ".join(error.message for error in errors), []).append(people[lead_id])
        groups = sorted(by_reason.items(), key=lambda group: -len(group[1]))
        return cls(
            told,
            tuple(
                (len(names), Content(f"✗ {_named(names)}: {one_line(reason, 300)}"))
                for reason, names in groups
            ),
        )

    def fitted(self, width: int, rows: int) -> Content:
        """The summary in at most `rows` rows of `width` cells. Groups without room are counted in the last
        row, so that all that is said adds up."""
        lines = self.head.wrap(width)[: rows - bool(self.groups)]
        left = len(self.groups)
        for _, told in self.groups:
            written = told.wrap(width)
            room = rows - len(lines) - (left > 1)
            if len(written) > room:
                if left < len(self.groups) or room < 1:
                    break
                last = written[room - 1] + " …"
                written = [*written[: room - 1], last.truncate(width, ellipsis=True)]
            lines += written
            left -= 1
        if left:
            rest = sum(many for many, _ in self.groups[-left:])
            why = "another reason" if left == 1 else "other reasons"
            lines.append(Content(f"  and {rest} more for {why}").truncate(width, ellipsis=True))
        return Content("\n").join(lines)


class SummaryLines(Widget):
    """The summary, laid out for the room that the form has."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._summary = Summary(Content())
        self._rows = LEAST_ROWS

    def show(self, summary: Summary) -> None:
        if summary != self._summary:
            self._summary = summary
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        low = container.height < LOW_FORM
        self._rows = LEAST_ROWS if low else max(MORE_ROWS, container.height // 3)
        return self._summary.fitted(width, self._rows).get_height({}, width)

    def render(self) -> Content:
        return self._summary.fitted(self.size.width, self._rows)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
