"""The user's settings: checked with errors that name the setting and the fix, written back with care."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from tests.tui.doubles import app_over, busy_desk
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.color import Color
from textual.keys import Keys
from textual.widgets import Input

from leadqueue.tui.actions import ACTIONS, BY_ID
from leadqueue.tui.plain import Still
from leadqueue.tui.settings.keymaps import (
    PRESETS,
    Conflict,
    conflicts,
    is_key,
    is_typed,
    keymap_of,
    sent_as,
    split,
    without_conflicts,
)
from leadqueue.tui.settings.live import LiveSettings, settings_trouble
from leadqueue.tui.settings.model import BY_NAME, SETTINGS, Choice, Number, Switch
from leadqueue.tui.settings.reading import checked, fault, read_settings, unknown_names
from leadqueue.tui.settings.values import DEFAULTS, Settings, Value
from leadqueue.tui.settings.writing import NotWritten, write_setting
from leadqueue.tui.widgets.context_pane import ContextPane


def live(tmp_path: Path, text: str) -> LiveSettings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return LiveSettings.of(path)


# Reading


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    found = LiveSettings.of(tmp_path / "none.toml")
    assert (found.now, found.problems) == (DEFAULTS, ())


def test_what_is_right_holds(tmp_path: Path) -> None:
    found = live(
        tmp_path,
        'theme = "nord"\ndensity = "roomy"\nbell = true\nwarn_minutes = 5\n'
        '[keys]\naccept = "ctrl+a"\nreject = "X, f5"\nform.submit = "f6"\n',
    )
    assert found.problems == ()
    assert (found.now.theme, found.now.density, found.now.bell, found.now.warn_minutes) == (
        "nord", "roomy", True, 5,
    )  # fmt: skip
    assert dict(found.keymap) == {"accept": "ctrl+a", "reject": "X,f5", "form.submit": "f6"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('theem = "nord"', "'theem': did you mean 'theme'? There is no such setting"),
        ('theme = "textual-drak"', "did you mean 'textual-dark'?"),
        ("theme = 3", "theme: there is no 3; take one of "),
        (
            'density = "compcat"',
            "density: did you mean 'compact'? There is no 'compcat'; take one of compact, roomy",
        ),
        ('bell = "yes"', "bell: true or false is wanted, not 'yes'"),
        ("warn_minutes = 0", "warn_minutes: from 1 to 240; a whole number is wanted, not 0"),
        ("warn_minutes = true", "warn_minutes: from 1 to 240; a whole number is wanted, not true"),
        ("start_view = 3", "start_view: a name"),
        ("keys = 3", "a table is wanted"),
        ('[keys]\nacept = "a"', "did you mean 'accept'"),
        ('[keys]\nfilter = "f7"', "keys.filter: did you mean 'search'? There is no such action"),
        ('[keys]\n"other side" = "f7"', "did you mean 'focus'?"),
        ('[keys]\nqqqq = "f7"', "keys.qqqq: there is no such action; leadqueue config keys lists them"),
        ("[keys]\naccept = 3", "a key is wanted"),
        ('[keys]\naccept = "crtl+a"', "there is no key 'crtl+a'"),
        (
            '[keys]\naccept = "ctrl+i"',
            "keys.accept: a terminal cannot tell 'ctrl+i' from Tab; take another key",
        ),
        ('[keys]\naccept = "f5,ctrl+m"', "cannot tell 'ctrl+m' from Enter"),
        ('[keys]\naccept = "ctrl+["', "cannot tell 'ctrl+[' from Esc"),
        ('[keys]\naccept = "ctrl+left_square_bracket"', "cannot tell 'ctrl+left_square_bracket' from Esc"),
        ('[keys]\naccept = "ctrl+H"', "cannot tell 'ctrl+H' from Backspace"),
        (
            '[keys]\nform.submit = "q"',
            "keys.form.submit: 'q' is written as text there; take one with ctrl+ or a function key, like f6",
        ),
        ('[keys]\n"filter.take" = "f7,x"', "keys.filter.take: 'x' is written as text there"),
        ('[keys]\njump.next = "?"', "keys.jump.next: '?' is written as text there"),
        ('[keys]\nform.last = "space"', "keys.form.last: 'space' is written as text there"),
        ('[keys]\naccept = "x"', "'x' would stand for accept and reject"),
        ("theme = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_and_its_default_holds(tmp_path: Path, text: str, message: str) -> None:
    found = live(tmp_path, f"{text}\n")
    assert message in "\n".join(found.problems)
    assert found.now.having("theme", DEFAULTS.theme).theme == DEFAULTS.theme
    assert found.keymap.get("accept", "a") == "a"
    assert message in settings_trouble(found)


def test_of_several_mistakes_a_narrow_screen_shows_the_first_one_s_fix_and_how_many_more(
    tmp_path: Path,
) -> None:
    wrong = ['theme = "nordd"', 'density = "roomyy"', "warn_minutes = 999", '[keys]\nfilter = "f7"']
    for first in range(3):
        told = settings_trouble(live(tmp_path, "\n".join(wrong[first:3] + wrong[:first]) + "\n"))
        assert " (and 2 more: leadqueue config check)" in told[:77], told
    assert told.startswith("Settings: warn_minutes: from 1 to 240 (and 2 more: ")
    told = settings_trouble(live(tmp_path, 'theme = "nordd"\n'))
    assert told.startswith("Settings: theme: did you mean 'nord'? There is no 'nordd'; take one of ")
    told = settings_trouble(live(tmp_path, f'bell = true\n{wrong[3]}\nnote = "f7,ctrl+i"\nacept = "x"\n'))
    assert told.startswith("Settings: keys.filter: did you mean 'search'? (and 2 more: ")


def test_one_mistake_does_not_take_the_rest_away(tmp_path: Path) -> None:
    found = live(tmp_path, 'theme = "mauve"\nbell = true\n')
    assert (found.now.theme, found.now.bell) == (DEFAULTS.theme, True)


def test_a_key_that_a_terminal_sends_as_another_is_none_of_ours_and_never_heard() -> None:
    for preset in PRESETS:
        held = keymap_of(preset, {})
        keys = {key for action in ACTIONS for key in split(held.get(action.id, action.keys))}
        assert {key for key in keys if sent_as(key)} == set()
    for sign, name in (("\t", "ctrl+i"), ("\r", "ctrl+m"), ("\x1b", "ctrl+["), ("\x08", "ctrl+h")):
        assert ANSI_SEQUENCES_KEYS[sign] == (Keys(sent_as(name)),)


def test_where_one_writes_no_letter_or_sign_is_the_key_of_an_action() -> None:
    for preset in PRESETS:
        held = keymap_of(preset, {})
        keys = [(key, action) for action in ACTIONS for key in split(held.get(action.id, action.keys))]
        assert [(key, action.id) for key, action in keys if is_typed(key, action)] == []


def test_keys_that_write_nothing_may_be_had_where_one_writes(tmp_path: Path) -> None:
    own = {
        "form.submit": "f6,ctrl+s",
        "form.last": "alt+l",
        "filter.next": "down,shift+down",
        "views.save": "n",
    }
    lines = "\n".join(f'"{id_}" = "{keys}"' for id_, keys in own.items())
    found = live(tmp_path, f"[keys]\n{lines}\n")
    assert found.problems == ()
    assert dict(found.keymap) == own


def test_a_name_that_nobody_knows_is_told_with_those_there_are() -> None:
    wanted = Settings(start_section="nope", start_view="Hott")
    assert unknown_names(wanted, ["awaiting_review", "touch_due"], ["Hot", "Late"]) == (
        "start_section: there is no 'nope'; take one of awaiting_review, touch_due",
        "start_view: did you mean 'Hot'? There is no view 'Hott'; saved: Hot, Late",
    )
    assert unknown_names(wanted, None, []) == ("start_view: there is no view 'Hott'; none is saved yet",)
    assert unknown_names(wanted, None, None) == ()
    there = Settings(start_section="touch_due", start_view="HOT")
    assert unknown_names(there, ["touch_due"], ["Hot"]) == ()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(), st.lists))
def test_no_value_breaks_the_check(value: object) -> None:
    read = checked({**{setting.name: value for setting in SETTINGS}, "keys": {"accept": value}})
    for setting in SETTINGS:
        told = any(problem.startswith(f"{setting.name}:") for problem in read.problems)
        assert told is bool(fault(setting, value))
        assert not fault(setting, read.settings.value(setting.name))


def test_the_default_of_every_setting_is_allowed() -> None:
    for setting in SETTINGS:
        assert fault(setting, setting.default) == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a" * 2_000_000])
def test_a_file_that_is_no_text_or_endless_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    found = read_settings(path)
    assert found.settings == DEFAULTS
    assert found.problems


# Writing


def _allowed(setting_name: str) -> st.SearchStrategy[Value]:
    kind = BY_NAME[setting_name].kind
    match kind:
        case Choice(allowed):
            return st.sampled_from(allowed())
        case Number(least, most):
            return st.integers(least, most)
        case Switch():
            return st.booleans()
        case _:
            return st.text(st.characters(categories=("L", "N", "P", "S")), max_size=20)


CHANGES = st.sampled_from([setting.name for setting in SETTINGS]).flatmap(
    lambda name: st.tuples(st.just(name), _allowed(name))
)
FILES = st.sampled_from(
    [
        "",
        "# mine\n",
        'theme = "nord"  # at night\n\n# loud\nbell = true\n',
        '[keys]\naccept = "ctrl+a" # as ever\n',
        '# top\nwarn_minutes = 5\n\n[keys] # mine\n"form.submit" = "f6"\n',
    ]
)


@given(text=FILES, changes=st.lists(CHANGES, max_size=4))
def test_what_is_written_is_read_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, text: str, changes: list[tuple[str, Value]]
) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(text)
    before = tomllib.loads(text)
    for name, value in changes:
        write_setting(path, name, value)
    after = path.read_text()
    assert tomllib.loads(after) == {**before, **dict(changes)}
    for comment in [line.partition("#")[2] for line in text.splitlines() if "#" in line]:
        assert comment in after
    changed = {name for name, _ in changes}
    for line in text.splitlines():
        if line and line.split(" =", maxsplit=1)[0] not in changed:
            assert line in after.splitlines()


def test_a_new_file_is_private_and_an_old_one_keeps_its_rights_and_its_link(tmp_path: Path) -> None:
    new = tmp_path / "new" / "config.toml"
    write_setting(new, "bell", True)
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    dotfile = tmp_path / "dotfiles.toml"
    dotfile.write_text("bell = false\n")
    dotfile.chmod(0o644)
    link = tmp_path / "config.toml"
    link.symlink_to(dotfile)
    write_setting(link, "bell", True)
    assert link.is_symlink()
    assert dotfile.read_text() == "bell = true\n"
    assert stat.S_IMODE(dotfile.stat().st_mode) == 0o644


def test_a_broken_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("theme = \n")
    with pytest.raises(NotWritten, match="not TOML"):
        write_setting(path, "bell", True)
    assert path.read_text() == "theme = \n"
    found = LiveSettings.of(path)
    assert "until you leave" in found.change("bell", True)
    assert found.now.bell


# Keys


@pytest.mark.parametrize("preset", PRESETS)
def test_no_shipped_keymap_has_conflicts(preset: str) -> None:
    keymap = keymap_of(preset, {})
    assert conflicts(keymap) == ()
    assert set(keymap) <= set(BY_ID)
    assert all(is_key(key) for keys in keymap.values() for key in split(keys))


def test_a_key_of_two_places_that_are_heard_together_is_a_conflict() -> None:
    assert conflicts({"accept": "j"}) == (Conflict("j", ("accept", "down")),)
    assert conflicts({"form.submit": "a"}) == ()
    assert conflicts({"form.submit": "ctrl+p"}) == (Conflict("ctrl+p", ("form.submit", "palette")),)
    assert conflicts({"accept": "?"}) == (Conflict("question_mark", ("accept", "help")),)


def test_swapped_keys_are_no_conflict() -> None:
    assert conflicts({"accept": "x", "reject": "a"}) == ()
    assert without_conflicts("default", {"accept": "x", "reject": "a"})[1] == ()


@given(
    st.sampled_from(sorted(PRESETS)),
    st.dictionaries(st.sampled_from([action.id for action in ACTIONS]), st.sampled_from("axrtQocneO")),
)
def test_what_is_left_of_the_wishes_never_collides(preset: str, own: dict[str, str]) -> None:
    usable, told = without_conflicts(preset, own)
    assert conflicts(keymap_of(preset, usable)) == ()
    assert usable.items() <= own.items()
    assert (usable == own) is (told == ())


# In force


async def pressed(setup: Callable[[], Settings], *keys: str) -> tuple[int, str | None]:
    desk = busy_desk()
    app = app_over(desk)
    app.live.now = setup()
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        return app.home.rows.cursor, app.home.form.kind.value if app.home.form else None


async def test_a_changed_setting_holds_at_once() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        assert app.change_setting("theme", "colour-blind-dark") == ""
        assert app.change_setting("reduced_motion", True) == ""
        assert app.change_setting("keymap", "emacs") == ""
        await pilot.pause()
        assert app.theme == "colour-blind-dark"
        assert app.animation_level == "none"
        await pilot.press("ctrl+n", "ctrl+n")
        assert app.home.rows.cursor == 2
        await pilot.press("ctrl+p")
        assert app.home.rows.cursor == 1
        assert app.home.parts.keymap["palette"] == "alt+x"
        app.change_setting("keymap", "default")
        await pilot.press("j", "ctrl+n")
        assert app.home.rows.cursor == 2


def test_what_would_blink_stands_still() -> None:
    lines = [Segment("a", Style(blink=True, bold=True)), Segment("b"), Segment("c", Style(bold=True))]
    drawn = Still().apply(lines, Color(0, 0, 0))
    assert [segment.text for segment in drawn] == ["a", "b", "c"]
    assert drawn[0].style == Style(blink=False, bold=True)
    assert drawn[1:] == lines[1:]


@pytest.mark.parametrize("still", [True, False])
async def test_nothing_blinks_where_nothing_shall_move(still: bool) -> None:
    app = app_over(busy_desk())
    app.live.change("reduced_motion", still)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        await pilot.press("slash")
        await pilot.pause()
        focused = app.focused
        assert isinstance(focused, Input)
        assert focused.cursor_blink is not still
        assert any(isinstance(each, Still) for each in app.get_line_filters()) is still


async def test_a_theme_from_the_list_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    app = app_over(busy_desk())
    app.live.path = path
    async with app.run_test() as pilot:
        app.theme = "nord"
        await pilot.pause()
    assert read_settings(path).settings.theme == "nord"
