"""One registry for keys, footer, palette and help: nothing is missing, nothing collides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from rich.cells import cell_len
from tests.builders import DEFINITIONS
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import settled
from textual.binding import Binding
from textual.geometry import Region

from leadqueue.definitions.model import DecisionKind
from leadqueue.tui.actions import ACTIONS, BY_ID, Group, Place, Situation, bindings, by_call, key_name, usable
from leadqueue.tui.screens.help import HelpScreen, HelpText, ViewHelp
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.key_footer import KeyFooter

EVERYTHING = Situation(
    opened=True,
    rows=True,
    kinds=frozenset(DecisionKind),
    selected=2,
    searching=True,
    unsent=3,
    attention=1,
    sections=len(DEFINITIONS.sections),
    can_sync=True,
    demo=True,
)


def test_every_kind_of_decision_has_one_key() -> None:
    for kind in DecisionKind:
        assert BY_ID[kind].keys


def test_no_key_runs_two_actions() -> None:
    """On one screen. A form and the team screen have keys of their own."""
    apart = set(Place) - {Place.SCREEN, Place.LIST, Place.APP}
    keys = Counter(
        (action.place if action.place in apart else None, key)
        for action in ACTIONS
        for key in action.keys.split(",")
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_binding_carries_the_id_that_a_keymap_names() -> None:
    bound = {binding.id for place in Place for binding in bindings(place)}
    assert bound == set(BY_ID)


def test_what_the_registry_says_of_a_form_is_what_the_form_binds() -> None:
    told = {(key, action.action) for action in ACTIONS if action.place is Place.FORM for key in [action.keys]}
    bound = {(each.key, each.action) for each in DecisionForm.BINDINGS if isinstance(each, Binding)}
    assert told <= bound


def test_an_action_is_found_by_its_call() -> None:
    assert by_call("decide", ("accept",)) is BY_ID["accept"]
    assert by_call("section", (3,)) is BY_ID["section_3"]
    assert by_call("cursor_move", (-1,)) is BY_ID["up"]
    assert by_call("someone_elses", ()) is None


def test_nothing_can_be_done_before_the_queue_is_open_but_help_and_leaving() -> None:
    assert {action.id for action in usable(Situation())} == {"help", "quit", "quit_anywhere", "palette"}


def test_a_form_keeps_the_queue_s_keys_out() -> None:
    busy = {action.id for action in usable(Situation(opened=True, rows=True, form_open=True, unsent=1))}
    assert not busy & {kind.value for kind in DecisionKind}
    forms = {action.id for action in ACTIONS if action.place is Place.FORM}
    assert busy == forms | {"help", "palette", "letters", "quit_anywhere"}
    assert not busy & {"undo", "quit", "down", "search", "clear", "select"}


def test_the_footer_fits_and_the_first_things_come_first() -> None:
    footer = KeyFooter({"accept": "ctrl+a"})
    footer.show(EVERYTHING)
    for width in (60, 80, 120, 200):
        fitting = footer.fitting(width)
        assert sum(cell_len(key + label) for _, key, label in fitting) <= width
        shown = [action.id for action, _, _ in fitting]
        assert shown[0] == "accept"
        assert shown[-2:] == ["help", "quit"]
        assert fitting[0][1] == " ^a "


def test_the_footer_tells_no_letter_while_one_is_typing() -> None:
    footer = KeyFooter({"sort": "f4,s"})
    footer.show(EVERYTHING)
    assert {"accept", "help"} <= told(footer).keys()
    footer.show(replace(EVERYTHING, typing=True))
    assert told(footer)["help"] == "F1"
    assert told(footer)["clear"] == "Esc"
    assert told(footer)["sort"] == "F4"
    assert not any(len(key) == 1 or key == "Space" for key in told(footer).values())


def test_the_footer_tells_the_keys_of_a_list_only_where_it_has_the_focus() -> None:
    footer = KeyFooter({})
    footer.show(replace(EVERYTHING, in_list=True))
    assert (told(footer)["open"], told(footer)["select"]) == ("Enter", "Space")
    footer.show(replace(EVERYTHING, in_context=True))
    assert not {"open", "select"} & told(footer).keys()
    assert told(footer)["context.full"] == "Enter"


def test_the_same_situation_costs_the_footer_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    footer = KeyFooter({})
    footer.show(EVERYTHING)
    monkeypatch.setattr("leadqueue.tui.widgets.key_footer.offered", None)
    footer.show(replace(EVERYTHING))


def told(footer: KeyFooter) -> dict[str, str]:
    """The keys of a footer by their actions."""
    return {action.id: key.strip() for action, key, _ in footer.fitting(1000)}


def test_help_shows_the_keys_that_really_work_and_can_be_searched() -> None:
    screen = HelpScreen({"accept": "f5"}, EVERYTHING)
    text = str(screen.text(""))
    for action in ACTIONS:
        if not action.id.startswith("section_") or int(action.id[8:]) <= len(DEFINITIONS.sections):
            assert action.help in text
    assert "F5" in text
    found = str(screen.text("nurture"))
    assert "Recycle" in found
    assert "Quit" not in found
    assert all(line.isprintable() for line in text.split("\n"))
    wide = {line.index(action.help) for action in ACTIONS for line in text.split("\n") if action.help in line}
    assert len(wide) <= 2, "only a label that is too long moves what it does"
    assert "No key does that" in str(screen.text("zzzz"))


VIEWS = (
    ViewHelp("Hot [bold]webinars[/]", "F6", "score>60  by score", opens=True),
    ViewHelp("東京" * 20, "", "every lead", opens=False),
)


def test_help_lists_the_saved_views_with_their_keys() -> None:
    screen = HelpScreen({}, EVERYTHING, views=VIEWS)
    rows = [row.split() for row in str(screen.text("")).split("\n")]
    start = rows.index(["Saved", "views"])
    assert rows[start + 1] == ["F6", "Hot", "[bold]webinars[/]", "score>60", "by", "score"]
    assert rows[start + 2] == ["東京" * 20, "every", "lead"]
    for sought in ("f6", "WEBINARS hot", "score>60"):
        assert str(screen.text(sought)).split("\n")[0] == "Saved views"
    assert "Saved views\n" not in str(HelpScreen({}, EVERYTHING).text(""))


@pytest.mark.parametrize("width", [48, 56, 72, 80])
def test_the_help_of_a_view_with_a_long_name_fits(width: int) -> None:
    text = HelpScreen({}, EVERYTHING, views=VIEWS).text("every lead", width)
    assert all(cell_len(row) <= width for row in str(text).split("\n"))


@pytest.mark.parametrize("width", [48, 56, 72, 80])
def test_what_an_action_does_stands_beside_its_keys_in_each_row(width: int) -> None:
    screen = HelpScreen({"accept": "f5", "select_like": "ctrl+left,ctrl+right"}, EVERYTHING)
    groups = {group.value for group in Group}
    rows = str(screen.text("", width)).split("\n")
    assert all(cell_len(row) <= width for row in rows)
    assert max(len(row) for row in str(screen.text("")).split("\n")) > width
    for row in rows:
        assert not row or row in groups or row.startswith("  ")
    wrapped = [row for row in rows if row.startswith(" " * 20)]
    assert wrapped
    assert len({len(row) - len(row.lstrip()) for row in wrapped}) <= 4, "as far in as what goes on there"
    assert " ".join(str(screen.text("", width)).split()) == " ".join(str(screen.text("")).split())


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_no_description_falls_under_the_keys(size: tuple[int, int]) -> None:
    async with app_over(busy_desk()).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        shown = pilot.app.screen.query_one(HelpText)
        width = shown.size.width
        rows = [strip.text for strip in shown.render_lines(Region(0, 0, width, shown.size.height))]
        written = str(shown.render()).split("\n")
        assert [row.rstrip() for row in rows] == [row.rstrip() for row in written]
        await pilot.press(*"nurture")
        await pilot.pause()
        assert "Recycle" in str(shown.render())
        assert shown.size.height <= 6


def test_keys_read_as_they_stand_on_the_keyboard() -> None:
    names = ["ctrl+r", "question_mark", "f9", "slash", "A", "shift+tab", "alt+less_than_sign"]
    assert [key_name(key) for key in names] == ["^r", "?", "F9", "/", "A", "Shift+Tab", "Alt+<"]
    names = [key_name(key) for key in ("right", "shift+left", "delete", "backspace", "ctrl+delete")]
    assert names == ["→", "Shift+←", "Del", "Backspace", "^Del"]
    more = ["tilde", "comma", "ctrl+underscore", "left_square_bracket", "apostrophe", "full_stop", "space"]
    assert [key_name(key) for key in more] == ["~", ",", "^_", "[", "'", ".", "Space"]
