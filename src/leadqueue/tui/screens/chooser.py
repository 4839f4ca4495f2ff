"""A short list to choose from: by its letter, by arrows and Enter, or with the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from leadqueue.domain.text import one_line
from leadqueue.tui.actions import sign_of, writes
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.moved_options import MovedOptions


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. `why_not` says why it cannot be chosen, '' where it can."""

    key: str
    label: str
    shown: str
    why_not: str = ""


class ChooserScreen(ModalScreen[int | None]):
    """Answers the number of the choice, or None. Nothing is chosen by itself."""

    CSS_PATH = sheet("chooser")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
    ]
    AUTO_FOCUS = "#chooser-list"

    def __init__(self, title: str, choices: Sequence[Choice], foot: str, *, at: int = 0) -> None:
        super().__init__()
        self._title = title
        self.choices = tuple(choices)
        self._foot = foot
        self._at = at

    def compose(self) -> ComposeResult:
        wide = max((len(choice.label) for choice in self.choices), default=0)
        wide = min(wide, 24)
        with Vertical(id="chooser"):
            yield Static(Content.styled(one_line(self._title), "bold"), id="chooser-title")
            yield MovedOptions(
                *(Option(_line(choice, wide), disabled=bool(choice.why_not)) for choice in self.choices),
                id="chooser-list",
                markup=False,
                compact=True,
            )
            yield Static(Content.styled(one_line(self._foot), "$text-muted"), id="chooser-foot")

    def on_mount(self) -> None:
        if self._at:
            self.query_one(OptionList).highlighted = self._at

    def on_key(self, event: Key) -> None:
        """A choice's own letter takes it at once."""
        for index, choice in enumerate(self.choices):
            if choice.key == event.character and not choice.why_not:
                event.stop()
                event.prevent_default()
                self.dismiss(index)
                return

    def refusal(self, key: str) -> str:
        """Why a sign chooses nothing; '' for another key."""
        sign = sign_of(key)
        return f"Nothing here has the key {sign}" if sign is not None and writes(key) else ""

    @on(OptionList.OptionSelected, "#chooser-list")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)


def _line(choice: Choice, wide: int) -> Content:
    style = "$text-muted" if choice.why_not else ""
    line = Content.assemble(
        (f"{choice.key or ' '} ", "$text-muted" if choice.why_not else "bold $text-accent"),
        (f"{one_line(choice.label, wide):<{wide}}  ", "$text-muted"),
        (one_line(choice.shown, 400), style),
    )
    return line + Content.styled(f"\n  ✗ {choice.why_not}", "$text-error") if choice.why_not else line
