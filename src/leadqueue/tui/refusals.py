"""Why a key that is known does nothing where it was pressed, in a few words for the status line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from textual.screen import Screen

from leadqueue.tui.actions import ACTIONS, BY_ID, MOVES, TEAM_TOO, Action, Place, Situation
from leadqueue.tui.ports import Keymap
from leadqueue.tui.settings.keymaps import split
from leadqueue.tui.widgets.status_line import StatusLine

_WHY: Mapping[str, str] = {
    "undo": "Nothing to undo: all is sent",
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
        screen.status.say(words)


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
