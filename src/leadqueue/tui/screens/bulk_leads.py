"""Every lead of a form over several: which will change, and which cannot and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.form_fields.checking import FormCheck
from leadqueue.tui.widgets.line_list import LineList


class BulkLeadsScreen(ModalScreen[None]):
    """Those that cannot change come first: they are what one looks for."""

    CSS_PATH = sheet("bulk_leads")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,ctrl+t", "dismiss", "Close", show=False)]
    AUTO_FOCUS = "LineList"

    def __init__(self, label: str, leads: Sequence[Lead], verdict: FormCheck) -> None:
        super().__init__()
        self._label = label
        self._cannot = verdict.cannot
        self._leads = sorted(leads, key=lambda lead: lead.id not in verdict.cannot)

    def compose(self) -> ComposeResult:
        able = len(self._leads) - len(self._cannot)
        title = f"{one_line(self._label)}: {able} of {len(self._leads)} leads will change"
        with Vertical(id="bulk-leads"):
            yield Static(Content.styled(title, "bold"), id="bulk-leads-title")
            yield LineList(id="bulk-leads-list")
            yield Static("", id="bulk-leads-detail", markup=False)

    def on_mount(self) -> None:
        self.query_one(LineList).show(len(self._leads), self._line)

    def _why_not(self, lead: Lead) -> str:
        return "; ".join(one_line(error.message, 300) for error in self._cannot.get(lead.id, ()))

    def _line(self, index: int, width: int) -> Content:
        lead = self._leads[index]
        why_not = self._why_not(lead)
        company = f", {lead.company}" if lead.company else ""
        people = min(max((width + 1) // 2, 20), 50)
        whom = Content(one_line(f"{lead.person}{company}", 200)).truncate(people, ellipsis=True, pad=True)
        sign = ("✗ ", "bold $text-error") if why_not else ("✓ ", "bold $text-success")
        return Content.assemble(sign, whom, f" {why_not or 'will change'}")

    @on(LineList.Moved)
    def _tell(self) -> None:
        """A reason that is longer than its line stands in full below."""
        place = self.query_one(LineList).cursor
        why_not = self._why_not(self._leads[place]) if place < len(self._leads) else ""
        foot = Content.styled("Esc goes back to the form", "$text-muted")
        self.query_one("#bulk-leads-detail", Static).update(
            Content(f"{why_not}\n") + foot if why_not else foot
        )
