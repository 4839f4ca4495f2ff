"""Everything that the rep can do, once: keys, footer, palette and help all come from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, key_to_character

from leadqueue.tui.ports import Keymap


class Group(StrEnum):
    """The headings of the help."""

    DECIDE = "Decide"
    MOVE = "Move"
    CONTEXT = "In the context"
    VIEW = "Choose what is shown"
    SAVED = "Saved views"
    SELECT = "Several leads at once"
    FORM = "In a form"
    FILTER = "While you type a filter"
    JUMP = "While you type to jump"
    TEAM = "The team"
    INBOX = "In the inbox"
    TODAY = "In the list of today"
    VIEWS = "In the list of views"
    COLUMNS = "In the list of columns"
    PROGRAM = "Program"


class Place(StrEnum):
    """Where the keys of an action are listened to. Those of the app and of a form are bound there.

    `TEAM` is the manager's team screen, whose keys mean something else on the home screen.
    """

    SCREEN = "screen"
    LIST = "list"
    APP = "app"
    FORM = "form"
    FILTER = "filter"
    JUMP = "jump"
    CONTEXT = "context"
    TEAM = "team"
    INBOX = "inbox"
    TODAY = "today"
    VIEWS = "views"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the availability of an action depends on.

    `kinds` are the decisions that are open for the lead under the cursor, or for the selection. `team` says
    that the team screen is in front, `breaches` how many escalations there wait to be acknowledged; `retried`
    that the server was not reached and the sync waits for its next try. `in_list` and `in_context` say where
    the focus is, `typing` that letters and signs are written there,
    `jumping` that they are for the jump. `set_aside` says that what was shown
    before the rep went to a lead waits to be brought back.
    """

    opened: bool = False
    rows: bool = False
    kinds: frozenset[str] = frozenset()
    selected: int = 0
    searching: bool = False
    set_aside: bool = False
    form_open: bool = False
    unsent: int = 0
    redo: int = 0
    in_focus: bool = False
    attention: int = 0
    sections: int = 0
    views: int = 0
    in_list: bool = False
    in_context: bool = False
    typing: bool = False
    jumping: bool = False
    can_sync: bool = False
    retried: bool = False
    demo: bool = False
    manager: bool = False
    team: bool = False
    breaches: int = 0


def _always(_: Situation) -> bool:
    return True


def _never(_: Situation) -> bool:
    """Of a dialog, which nothing that asks is heard over."""
    return False


def _opened(situation: Situation) -> bool:
    return situation.opened and not situation.form_open


def _has_rows(situation: Situation) -> bool:
    return _opened(situation) and situation.rows


def _can_move(situation: Situation) -> bool:
    return _has_rows(situation) or (situation.team and situation.rows)


def _in_context(situation: Situation) -> bool:
    return _opened(situation) and situation.in_context


def _in_team(situation: Situation) -> bool:
    return situation.team


def _kind(kind: str) -> Callable[[Situation], bool]:
    return lambda situation: _has_rows(situation) and kind in situation.kinds


def _section(number: int) -> Callable[[Situation], bool]:
    return lambda situation: _opened(situation) and number <= situation.sections


def _has_views(situation: Situation) -> bool:
    return _opened(situation) and situation.views > 0


def _clearable(situation: Situation) -> bool:
    something = (
        situation.selected > 0
        or situation.searching
        or situation.set_aside
        or situation.in_context
        or situation.in_focus
    )
    return _opened(situation) and something and not situation.jumping


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `action` is what Textual runs; `footer` its rank there, 0 for not at all; `retrying`
    its rank while the sync waits for its next try, 0 for the usual one.

    `keys` are Textual's names, the first one is shown. `told` is how the key reads where its name does not.
    """

    id: str
    keys: str
    label: str
    help: str
    group: Group
    action: str
    available: Callable[[Situation], bool] = field(default=_opened, compare=False)
    footer: int = 0
    place: Place = Place.SCREEN
    told: str = ""
    palette: bool = True
    retrying: int = 0

    def rank(self, situation: Situation) -> int:
        """Its place in the footer as things stand, 0 for none."""
        return (self.retrying if situation.retried else 0) or self.footer

    def named(self, situation: Situation) -> str:
        """Its name in the footer as things stand: from the context, from one lead alone and from a lead gone
        to Esc goes back."""
        from_lead = situation.set_aside and not situation.selected
        back = self.id == "clear" and (situation.in_context or situation.in_focus or from_lead)
        return "Back" if back else self.label

    def shown_keys(self, keymap: Keymap) -> str:
        """The keys that run the action, as the rep reads them."""
        if self.told and self.id not in keymap:
            return self.told
        return " ".join(key_name(key.strip()) for key in keymap.get(self.id, self.keys).split(","))

    def first_key(self, keymap: Keymap, *, typing: bool = False) -> str:
        """The key to tell; while one is typing the first that writes nothing, '' where there is none."""
        keys = [key.strip() for key in keymap.get(self.id, self.keys).split(",")]
        return next((key_name(key) for key in keys if not (typing and writes(key))), "")


_KEY_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "delete": "Del",
    "backspace": "Backspace",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


def key_name(key: str) -> str:
    """A Textual key name as it stands on the keyboard: `ctrl+r` is `^r`, `question_mark` is `?`."""
    for start, shown in (("ctrl+", "^"), ("shift+", "Shift+"), ("alt+", "Alt+")):
        if key.startswith(start):
            return f"{shown}{key_name(key.removeprefix(start))}"
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if len(key) == 1 or key in _KEY_NAMES:
        return _KEY_NAMES.get(key, key)
    sign = sign_of(key)
    return sign if sign is not None and sign.isprintable() else key


def sign_of(key: str) -> str | None:
    """The character that a key, by Textual's name, stands for; None for none."""
    return key_to_character(REPLACED_KEYS.get(key, key))


def writes(key: str) -> bool:
    """Whether a key, by Textual's name, is a letter or sign where one types."""
    sign = sign_of(key)
    return sign is not None and sign.isprintable()


def _decision(kind: str, key: str, label: str, help_text: str, footer: int = 0) -> Action:
    return Action(kind, key, label, help_text, Group.DECIDE, f"decide('{kind}')", _kind(kind), footer)


def _move(id_: str, keys: str, label: str, help_text: str, action: str) -> Action:
    return Action(id_, keys, label, help_text, Group.MOVE, action, _can_move, place=Place.LIST, palette=False)


def _jump(id_: str, keys: str, label: str, help_text: str, action: str, footer: int) -> Action:
    return Action(id_, keys, label, help_text, Group.JUMP, action, lambda now: now.jumping, footer,
                  Place.JUMP, palette=False)  # fmt: skip


def _dialog(id_: str, keys: str, label: str, help_text: str, action: str) -> Action:
    """An action of the dialog whose place is the first part of its id."""
    place = Place.INBOX if id_.startswith("attention.") else Place(id_.partition(".")[0])
    return Action(id_, keys, label, help_text, Group[place.name], action, _never, place=place, palette=False)


ACTIONS: tuple[Action, ...] = (
    _decision("accept", "a", "Accept", "Take the lead as sales accepted", 1),
    _decision("reject", "x", "Reject", "Give the lead back with a reason", 2),
    _decision("recycle", "r", "Recycle", "Send the lead to nurture with a reason", 3),
    _decision("touch", "t", "Touch", "Log a call, an e-mail or another touch", 4),
    _decision("qualify", "Q", "Qualify", "Record the qualification and move on to SQL", 6),
    _decision("opportunity", "o", "Opportunity", "Open an opportunity with amount and next step", 7),
    _decision("close", "c", "Close", "Close the opportunity as won or lost", 8),
    _decision("note", "n", "Note", "Add a note to the lead", 12),
    _decision("edit", "e", "Edit", "Correct the fields that belong to the rep", 15),
    _decision("reopen", "O", "Reopen", "Move a lead backward, with who and why", 14),
    _decision("reassign", "R", "Reassign", "Give the lead to a colleague", 16),
    Action(
        "undo", "u", "Undo", "Take back the last form not sent yet; again for the one before",
        Group.DECIDE, "undo", lambda now: _opened(now) and now.unsent > 0, 9,
    ),
    Action(
        "redo", "U", "Redo", "Decide anew what was undone last, if it still holds",
        Group.DECIDE, "redo", lambda now: _opened(now) and now.redo > 0, 9,
    ),
    Action(
        "inbox", "i", "Inbox", "Decisions that did not hold and wait for you",
        Group.DECIDE, "inbox", lambda now: _opened(now) and now.attention > 0, 10,
    ),
    Action("today", "l", "Today", "What you decided today, and how far it came", Group.DECIDE, "today",
           footer=28),
    Action("copy", "y", "Copy", "Copy e-mail, phone, domain, id or a summary", Group.DECIDE, "copy",
           _has_rows, footer=26),
    Action("browser", "b", "Browser", "Open a link of the lead in the browser; it is shown first",
           Group.DECIDE, "browser", _has_rows, footer=27),
    _move("down", "j,down", "Next lead", "One lead down", "cursor_move(1)"),
    _move("up", "k,up", "Previous lead", "One lead up", "cursor_move(-1)"),
    _move("page_down", "pagedown,ctrl+f", "Page down", "A page of leads down", "cursor_page(1)"),
    _move("page_up", "pageup,ctrl+b", "Page up", "A page of leads up", "cursor_page(-1)"),
    _move("first", "g,home", "First lead", "To the top of the queue", "cursor_end(-1)"),
    _move("last", "G,end", "Last lead", "To the end of the queue", "cursor_end(1)"),
    Action(
        "open", "enter", "Open", "Into the lead's context; Esc comes back",
        Group.MOVE, "open_context", _can_move, place=Place.LIST, footer=13,
    ),
    Action("context.full", "enter", "In full", "Long texts and lists in full, or cut again", Group.CONTEXT,
           "toggle_full", _in_context, footer=13, place=Place.CONTEXT, palette=False),
    Action("urgent", "full_stop", "Most urgent", "To the most urgent lead not dealt with; again, the next",
           Group.MOVE, "urgent", _has_rows, footer=25),
    Action("focus_mode", "f", "One lead", "One lead at a time, full screen; PgDn reads on",
           Group.MOVE, "focus_mode", _has_rows, footer=16),
    Action("jump", "apostrophe", "Jump", "To the next lead with a name or company in which a word begins so",
           Group.MOVE, "jump", _has_rows),
    Action("focus", "tab", "Other side", "Between the queue and the context", Group.MOVE, "other_side"),
    Action("search", "slash", "Filter", "Filter by words or by score>70 due<2h …", Group.VIEW, "search",
           footer=10),
    Action("sort", "s", "Sort", "Sort by the next column, or click a heading", Group.VIEW, "sort",
           _has_rows, footer=17),
    Action("reverse", "S", "Reverse order", "The same order, the other way round", Group.VIEW, "reverse",
           _has_rows),
    Action("views", "v", "Views", "Saved views: save what is shown, open, rename, order, delete", Group.VIEW,
           "views", footer=28),
    Action("columns", "w", "Columns", "Choose, order and size columns; sort by any", Group.VIEW,
           "columns", _has_rows, footer=29),
    Action("density", "z", "Density", "One line a lead, or two", Group.VIEW, "density"),
    Action("view_next", "right_square_bracket", "Next view", "The next saved view, and round to the queue",
           Group.VIEW, "view_step(1)", _has_views),
    Action("view_previous", "left_square_bracket", "Previous view", "The saved view before", Group.VIEW,
           "view_step(-1)", _has_views),
    Action("section_0", "0", "All sections", "Every section of the queue", Group.VIEW, "section(0)"),
    *(
        Action(
            f"section_{number}", str(number), f"Section {number}", f"Only section {number} of the queue",
            Group.VIEW, f"section({number})", _section(number),
        )
        for number in range(1, 10)
    ),
    Action("select", "space", "Select", "Select the lead, or not, and go on", Group.SELECT, "toggle_select",
           _can_move, place=Place.LIST, footer=18, palette=False),
    Action("select_all", "A", "Select all", "Select every lead that is shown", Group.SELECT, "select_all",
           _has_rows, footer=19),
    Action("select_like", "L", "Select alike", "Every lead shown of the same company, source, reason, …",
           Group.SELECT, "select_like", _has_rows),
    Action("select_by", "asterisk", "Select by filter", "Every lead shown that passes a filter, too",
           Group.SELECT, "select_by", _has_rows),
    Action("clear", "escape", "Clear", "Drop selection, then filter; back from context or lead",
           Group.SELECT, "clear", _clearable, footer=5),
    Action("team", "m", "Team", "Your team: what waits, how the last weeks went, escalations", Group.TEAM,
           "team", lambda now: _opened(now) and now.manager, footer=20),
    Action("team.reassign", "R", "Reassign", "Give the rep's whole queue, or the escalation's lead, away",
           Group.TEAM, "reassign", lambda now: now.team and now.rows, footer=2, place=Place.TEAM),
    Action("team.acknowledge", "a", "Acknowledge", "Say that you take care of the chosen escalations",
           Group.TEAM, "acknowledge", lambda now: now.team and now.breaches > 0, footer=3, place=Place.TEAM),
    Action("team.undo", "u", "Undo", "Take back what you acknowledged last and is not sent yet", Group.TEAM,
           "undo", _in_team, place=Place.TEAM),
    Action("team.select_all", "A", "Select all", "Select every escalation that nobody has acknowledged",
           Group.TEAM, "select_all", lambda now: now.team and now.breaches > 0, footer=7, place=Place.TEAM),
    Action("team.other", "tab", "Other side", "Between the reps and the escalations", Group.TEAM,
           "other_side", _in_team, footer=4, place=Place.TEAM),
    Action("team.sort", "s", "Sort", "Sort the reps by the next column, or click a heading", Group.TEAM,
           "sort", _in_team, footer=5, place=Place.TEAM),
    Action("team.reverse", "S", "Reverse order", "The same order, the other way round", Group.TEAM,
           "reverse", _in_team, footer=6, place=Place.TEAM),
    Action("team.back", "escape,m", "Back", "To the queue", Group.TEAM, "back", _in_team, footer=1,
           place=Place.TEAM),
    Action("form.submit", "ctrl+s", "Send", "Send the form; so does Enter on the last field", Group.FORM,
           "submit", lambda now: now.form_open, footer=1, place=Place.FORM, palette=False),
    Action("form.last", "ctrl+l", "Last reason", "The reason that you took last for this kind of decision",
           Group.FORM, "last_reason", lambda now: now.form_open, place=Place.FORM, palette=False),
    Action("form.who", "ctrl+t", "Who", "With several leads: which change, and which cannot and why",
           Group.FORM, "who", lambda now: now.form_open, place=Place.FORM, palette=False),
    Action("form.next", "tab", "Next field", "The next field; Shift+Tab the one before", Group.FORM,
           "go(1)", lambda now: now.form_open, footer=2, place=Place.FORM, palette=False),
    Action("form.cancel", "escape", "Close", "Close the form; what is filled in is asked about", Group.FORM,
           "cancel", lambda now: now.form_open, footer=3, place=Place.FORM, palette=False),
    _dialog("filter.take", "tab", "Take", "Put what is offered in the place of the word", "complete"),
    _dialog("filter.next", "down", "Next", "The next of what is offered", "choose(1)"),
    _dialog("filter.previous", "up", "Previous", "The one before", "choose(-1)"),
    _dialog("filter.done", "enter", "Done", "Back to the queue; Esc clears the filter", "submit"),
    _jump("jump.next", "down,tab", "Next", "To the next lead that begins so", "again", 1),
    _jump("jump.done", "enter", "Stay", "Stay on the lead, back in the queue", "submit", 2),
    _jump("jump.back", "escape", "Back", "Back to the lead from which you came", "leave", 3),
    _dialog("attention.resend", "r", "Send again", "Decide the same on the lead as it stands now", "resend"),
    _dialog("attention.edit", "e", "Edit", "Open the form with what you had filled in", "edit"),
    _dialog("attention.drop", "d", "Drop", "Give the decision up, after a question", "drop"),
    _dialog("attention.close", "escape,q", "Close", "Back to the queue", "close"),
    _dialog("today.go", "enter", "Go", "To the lead of the decision", "go"),
    _dialog("today.inbox", "i", "Inbox", "On to the decisions that did not hold", "inbox"),
    _dialog("today.close", "escape,q,l", "Close", "Back to the queue", "close"),
    _dialog("views.open", "enter", "Open", "Show the view", "open"),
    _dialog("views.save", "s", "Save", "Keep what is shown now under a new name", "ask('save')"),
    _dialog("views.update", "u", "Update", "Let the view be what is shown now", "update"),
    _dialog("views.rename", "r", "Rename", "Give the view another name", "ask('rename')"),
    _dialog("views.key", "h", "Key", "Give the view a key of its own", "ask('key')"),
    _dialog("views.later", "J,shift+down", "Later", "The view one place down", "move(1)"),
    _dialog("views.earlier", "K,shift+up", "Earlier", "The view one place up", "move(-1)"),
    _dialog("views.delete", "d,delete", "Delete", "Delete the view, after a question", "delete"),
    _dialog("views.close", "escape", "Close", "Back to the queue", "back"),
    _dialog("columns.show", "space", "Show, hide", "Show the column, or hide it", "show_or_hide"),
    _dialog("columns.later", "J,shift+down", "Later", "The column one place on", "move(1)"),
    _dialog("columns.earlier", "K,shift+up", "Earlier", "The column one place back", "move(-1)"),
    _dialog("columns.wider", "plus,equals_sign,right", "Wider", "Give the column more room", "size(1)"),
    _dialog("columns.narrower", "minus,left", "Narrower", "Give the column less room", "size(-1)"),
    _dialog("columns.natural", "0", "Own size", "Give the column its own size back", "natural"),
    _dialog("columns.sort", "s", "Sort", "Sort by the column; again, the other way round", "sort"),
    _dialog("columns.usual", "r", "As usual", "The usual columns", "usual"),
    _dialog("columns.close", "escape,w", "Close", "Back to the queue", "close"),
    Action("sync", "ctrl+r", "Sync now", "Try the server at once", Group.PROGRAM, "sync_now",
           lambda now: now.can_sync, footer=21, retrying=4),
    Action("network", "f9,tilde", "Demo network", "Cut the demo's network, or join it again", Group.PROGRAM,
           "network", lambda now: now.demo, footer=21),
    Action("palette", "ctrl+p", "Commands", "Every command, by its name", Group.PROGRAM,
           "app.command_palette", _always, footer=22, place=Place.APP, palette=False),
    Action("help", "question_mark,f1", "Help", "Every key, searchable", Group.PROGRAM, "help", _always,
           footer=23),
    Action("letters", "ctrl+o", "Letters", "A letter on each part of the screen: one key goes there",
           Group.PROGRAM, "letters", lambda now: now.opened),
    Action("settings", "comma", "Settings", "Every setting, changed at once", Group.PROGRAM, "settings"),
    Action("theme", "f2", "Theme", "Choose the colours", Group.PROGRAM, "theme"),
    Action("quit", "q", "Quit", "Leave; unsent decisions are safe", Group.PROGRAM,
           "leave", lambda now: not now.form_open, footer=24),
    Action("quit_anywhere", "ctrl+q", "Quit anywhere", "Leave from any screen, out of a form too",
           Group.PROGRAM, "app.quit", _always, place=Place.APP, palette=False),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

MOVES = frozenset({"down", "up", "page_down", "page_up", "first", "last"})
"""Actions of a list that move, and nothing else."""

TEAM_TOO = frozenset({"sync", "network", "help", "quit"})
"""Actions of the home screen that go on on the team screen."""


def bindings(place: Place) -> list[Binding]:
    """The bindings of a place. Their ids are what the user's keymap names."""
    return [
        Binding(
            action.keys, action.action, action.label, show=False, id=action.id, priority=place is Place.APP
        )
        for action in ACTIONS
        if action.place is place
    ]


def moves() -> list[Binding]:
    """The bindings of the keys that move: for whatever else can be moved through."""
    return [each for each in bindings(Place.LIST) if each.id in MOVES]


def keys_told(keymap: Keymap, *told: tuple[str, str]) -> str:
    """What some actions do and by which keys, for a hint: pairs of the id of an action, or of several that
    words stand for together, and these words."""
    return "   ".join(
        f"{' '.join(BY_ID[each].first_key(keymap) for each in ids.split())} {words}" for ids, words in told
    )


def usable(situation: Situation) -> Iterator[Action]:
    """The actions that work now, the most important of the footer first."""
    for action in sorted(ACTIONS, key=lambda each: each.rank(situation) or len(ACTIONS)):
        if action.available(situation):
            yield action


def offered(situation: Situation) -> list[Action]:
    """What the footer may tell: what works now and is heard where the focus is."""
    return [
        action
        for action in usable(situation)
        if action.footer and (action.place is not Place.LIST or situation.in_list)
    ]


def by_call(call: str, parameters: tuple[object, ...]) -> Action | None:
    """The action that Textual is about to run as `call(*parameters)`; None for one of another widget."""
    inside = ", ".join(repr(parameter) for parameter in parameters)
    wanted = f"{call}({inside})" if parameters else call
    return _BY_CALL.get(wanted)


_BY_CALL: dict[str, Action] = {
    action.action: action for action in ACTIONS if action.place in (Place.SCREEN, Place.LIST)
}
