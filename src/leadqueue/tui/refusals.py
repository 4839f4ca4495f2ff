"""Why a key that is known does nothing where it was pressed, in a few words for the status line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Protocol, runtime_checkable

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from leadqueue.tui.actions import ACTIONS, BY_ID, MOVES, TEAM_TOO, Action, Place, Situation, key_name
from leadqueue.tui.ports import Keymap
from leadqueue.tui.settings.keymaps import split
from leadqueue.tui.widgets.status_line import StatusLine

_WHY: Mapping[str, str] = {
    "undo": "Nothing to undo: nothing is unsent",
    "redo": "Nothing to do again: nothing was undone",
    "inbox": "There is nothing in the inbox",
    "view_next": "No view is saved yet",
    "view_previous": "No view is saved yet",
    "team": "The team screen is for managers",
    "sync": "There is no server to ask here",
    "team.acknowledge": "There is no escalation to acknowledge",
    "team.select_all": "There is no escalation to acknowledge",
}
"""What is lacking, by the action's id; the others lack a lead."""

_TOLD_S = 6.0
"""Seconds for which a dialog tells why a key does nothing."""

_MUTE = MOVES | {"clear", "network"}
"""A step where there is nothing to go to, and what is there in the demo alone: nobody asks why."""


@runtime_checkable
class Refusing(Protocol):
    """A screen that says why a key does nothing on it."""

    @property
    def status(self) -> StatusLine: ...

    def refusal(self, key: str) -> str: ...


def tell_refused(screen: Screen[object], key: str) -> None:
    """Say why nothing has heard `key`, where it is that of an action."""
    if isinstance(screen, Refusing) and (words := screen.refusal(key)):
        screen.status.say(words, of_here=True)


@runtime_checkable
class Placed(Protocol):
    """A dialog whose keys are in the registry."""

    place: ClassVar[Place]


@runtime_checkable
class Choosing(Protocol):
    """A dialog in which other signs than the registry's are keys."""

    def refusal(self, key: str) -> str: ...


def place_of(screen: Screen[object]) -> Place | None:
    """Where a dialog's keys are listed; None where it has none of its own."""
    return screen.place if isinstance(screen, Placed) else None


def tell_in_dialog(screen: Screen[object], key: str, keymap: Keymap, situation: Situation) -> bool:
    """Say at the dialog's edge, for a while, why nothing has heard `key`. True where it asks for the help."""
    action = meant(key, keymap, Place.SCREEN)
    if action is not None and action.id == "help":
        return not screen.has_class("-too-small")
    words = screen.refusal(key) if isinstance(screen, Choosing) else ""
    known = action is not None and action.id not in MOVES and action.id != "clear"
    if not words and action is not None and known and (action.id != "network" or situation.demo):
        place = place_of(screen)
        close = f"{'attention' if place is Place.INBOX else place}.close"
        leave = BY_ID[close].first_key(keymap) if place else key_name("escape")
        words = f"{action.label} is for the queue: {leave} goes back to it"
    tell_at_edge(screen, words)
    return False


def tell_at_edge(dialog: Widget, words: str) -> None:
    """Say at a dialog's edge, for a while, why a key does nothing; '' takes back what was said."""
    for box in (each for each in dialog.children if each.styles.border_bottom[0]):
        box.border_subtitle = Content(words)
        if words:
            box.set_timer(_TOLD_S, partial(_take_back, box, words))


def _take_back(box: Widget, words: str) -> None:
    if str(box.border_subtitle) == words:
        box.border_subtitle = ""


def meant(key: str, keymap: Keymap, *places: Place) -> Action | None:
    """The action that `key` stands for, the first of `places` before the others; None for none."""
    return next(
        (
            action
            for place in places
            for action in ACTIONS
            if action.place is place and key in split(keymap.get(action.id, action.keys))
        ),
        None,
    )


def in_queue(action: Action, now: Situation, keymap: Keymap) -> str:
    """Why an action is not possible in a queue, as far as no rule about leads says it; '' for no word."""
    if action.id in _MUTE:
        return ""
    if action.available(now):  # it is the list's, and the focus is elsewhere
        there = BY_ID["focus"].first_key(keymap)
        return f"{action.label} is for the queue: {there} goes there" if action.place is Place.LIST else ""
    if not now.opened:
        return "The queue is not open"
    if now.form_open:
        return f"{action.label}: close the form first"
    if action.id.startswith("section_"):
        return f"There are {now.sections} sections"
    return _WHY.get(action.id, "No lead is shown")


def in_team(action: Action, now: Situation, keymap: Keymap) -> str:
    """Why an action is not possible on the team screen; it may be one of the queue."""
    if action.place is Place.SCREEN and action.id not in TEAM_TOO:
        return f"{action.label} is for the queue: {BY_ID['team.back'].first_key(keymap)} goes back to it"
    if action.available(now) or action.id in _MUTE:
        return ""
    return _WHY.get(action.id, "" if now.rows else "Nobody is shown")
