"""Saved views on the screen: kept, opened, changed, and never lost to a broken file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import NOW
from tests.tui.doubles import ViewShelf, app_over, busy_desk
from tests.tui.test_home import SIZE, settled
from textual.pilot import Pilot
from textual.widgets import Input, Static

from leadqueue.cache.own_columns import ColumnChoice
from leadqueue.cache.saved_views import SavedView, Views, ViewsFile
from leadqueue.tui.screens.browse import FILTER_AGAIN
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.screens.help import HelpText
from leadqueue.tui.screens.views import ViewsScreen
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.view_tabs import ViewTabs

HOT = SavedView("Hot", "score>60", sort="score", key="f6")
REVIEW = SavedView("Review", section="review", columns=(ColumnChoice("company"), ColumnChoice("title")))


async def counted(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def tabs(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen_stack[0].query_one(ViewTabs).render())


async def test_brackets_go_through_the_views_and_round_to_the_queue() -> None:
    desk = busy_desk()
    async with app_over(desk, views=ViewShelf(HOT, REVIEW)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("]")
        assert home.queue_view is not None
        assert (home.view_name, home.queue_view.sort) == ("Hot", "score")
        assert home.filter_box.input.value == "score>60"
        await pilot.press("]")
        assert home.queue_view.section == "review"
        assert home.rows.columns == REVIEW.columns
        await pilot.press("]")
        assert home.view_name == ""
        assert home.rows.count == 24
        assert home.rows.columns == ()
        await pilot.press("[")
        assert home.view_name == "Review"


async def test_the_tabs_count_what_each_view_holds() -> None:
    desk = busy_desk()
    async with app_over(desk, views=ViewShelf(HOT, REVIEW)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await counted(pilot)
        hot = sum((row.score or 0) > 60 for row in desk.rows())
        assert f"Hot {hot} " in tabs(pilot)
        await pilot.press("f6")
        assert home.rows.count == hot
        await pilot.press("S")
        assert "Hot*" in tabs(pilot)


async def test_what_is_shown_is_kept_under_a_name() -> None:
    shelf = ViewShelf()
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("1", "slash", *"score>50", "enter", "s", "v")
        assert isinstance(pilot.app.screen, ViewsScreen)
        await pilot.press("s", *"Mine", "enter")
        await pilot.pause()
        assert shelf.views.views == (SavedView("Mine", "score>50", "review", "score"),)
        assert home.view_name == "Mine"
        await pilot.press("escape")
        assert "Mine" in tabs(pilot)


async def test_a_name_that_is_too_long_is_told_and_not_cut() -> None:
    shelf = ViewShelf()
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", "s", *("x" * 41), "enter")
        await pilot.pause()
        said = " ".join(str(each.content) for each in pilot.app.screen.query(Static))
        assert "at most 40 characters, not 41; shorten it" in said
        assert not shelf.views.views
        await pilot.press("backspace", "enter")
        await pilot.pause()
        assert [view.name for view in shelf.views.views] == ["x" * 40]


async def test_views_are_renamed_ordered_keyed_and_deleted() -> None:
    shelf = ViewShelf(HOT, REVIEW)
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", "r")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "Review"
        await pilot.press("enter")
        await pilot.pause()
        assert [view.name for view in shelf.views.views] == ["Hot", "Review"]
        pilot.app.screen.query_one(Input).value = "Warm"
        await pilot.press("enter", "J")
        await pilot.pause()
        assert [view.name for view in shelf.views.views] == ["Review", "Warm"]
        await pilot.press("h", "a")
        await pilot.pause()
        assert shelf.views.views[1].key == "f6"
        await pilot.press("f7")
        await pilot.pause()
        assert shelf.views.views[1].key == "f7"
        await pilot.press("d")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
        assert [view.name for view in shelf.views.views] == ["Review"]


@pytest.mark.parametrize(
    "answer",
    [
        ("r", "ctrl+u", "enter", "escape"),
        ("h", "a", "escape"),
        ("r", *" 2", "enter"),
        ("s", *"Mine", "enter"),
    ],
)
async def test_nothing_of_a_question_stays_once_it_is_answered(answer: tuple[str, ...]) -> None:
    async with app_over(busy_desk(), views=ViewShelf(HOT, REVIEW)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", *answer)
        await pilot.pause()
        dialog = pilot.app.screen
        shown = {each.id for each in dialog.query("#views > *") if each.display}
        assert shown == {"views-title", "views-list", "views-trouble", "views-hint"}
        assert str(dialog.query_one("#views-trouble", Static).content) == ""
        await pilot.press("h")
        assert not dialog.query_one(Input).display, "a key is no name"


async def test_a_new_question_starts_without_what_was_wrong_before() -> None:
    async with app_over(busy_desk(), views=ViewShelf(HOT)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", "s", "enter")
        await pilot.pause()
        trouble = pilot.app.screen.query_one("#views-trouble", Static)
        assert trouble.content == "A view needs a name."
        await pilot.press("escape", "u")
        assert trouble.content == "Hot is what is shown now."
        await pilot.press("r")
        assert trouble.content == ""


async def test_a_broken_file_is_told_and_the_queue_opens(tmp_path: Path) -> None:
    path = tmp_path / "views.toml"
    path.write_text("[[view]\n")
    async with app_over(busy_desk(), views=ViewsFile(path)).run_test(size=(200, 40)) as pilot:
        home = await settled(pilot)
        assert home.rows.count == 24
        assert "views.toml" in home.status.message
        await pilot.press("v")
        await pilot.pause()
        said = str(pilot.app.screen.query_one("#views-trouble", Static).content)
        assert said.startswith("The saved views cannot be read. views.toml: this is not TOML")
        await pilot.press("s", *"Mine", "enter")
        await pilot.pause()
        assert path.read_text() == "[[view]\n"
        assert home.view_name == ""


async def test_the_view_of_the_settings_is_shown_first() -> None:
    app = app_over(busy_desk(), views=ViewShelf(HOT), settings=Settings(start_view="hot"))
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.view_name == "Hot"
        assert all((row.score or 0) > 60 for index in range(home.rows.count) if (row := home.rows.row(index)))


async def test_a_first_view_or_section_that_is_not_there_is_told() -> None:
    app = app_over(busy_desk(), views=ViewShelf(HOT), settings=Settings(start_view="Hott"))
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert "start_view: did you mean 'Hot'? There is no view 'Hott'; saved: Hot" in home.status.message
        assert home.rows.count == 24
    app = app_over(busy_desk(), views=ViewShelf(HOT), settings=Settings(start_section="nope"))
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert "start_section: there is no 'nope'; take one of review, " in home.status.message


async def test_the_first_view_follows_its_view(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\nstart_view = "hot"\n')
    app = app_over(busy_desk(), views=ViewShelf(HOT, REVIEW), settings=Settings(start_view="hot"))
    app.live.path = path
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", "r", "end", *" 2", "enter")
        await pilot.pause()
        assert app.live.now.start_view == "Hot 2"
        assert path.read_text() == '# mine\nstart_view = "Hot 2"\n'
        await pilot.press("end", "d", "y")
        await pilot.pause()
        assert app.live.now.start_view == "Hot 2", "another view is gone"
        await pilot.press("d", "y")
        await pilot.pause()
        assert path.read_text() == '# mine\nstart_view = ""\n'


async def test_a_first_view_that_cannot_be_stored_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[[")
    app = app_over(busy_desk(), views=ViewShelf(HOT), settings=Settings(start_view="Hot"))
    app.live.path = path
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v", "r", "end", *" 2", "enter")
        await pilot.pause()
        told = str(app.screen.query_one("#views-trouble", Static).content)
        assert told.startswith("First view: It holds until you leave. ")
        assert "is not TOML" in told


async def test_a_view_that_the_definitions_no_longer_know_is_told() -> None:
    shelf = ViewShelf(SavedView("Old", "source:gone_for_good"))
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("]")
        assert "Old cannot be read" in home.status.message
        assert home.rows.count == 24


async def test_a_view_of_a_section_that_is_gone_is_told_and_counts_nothing() -> None:
    shelf = ViewShelf(SavedView("Old", section="gone"), HOT)
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await counted(pilot)
        assert " Old  " in tabs(pilot), "no number"
        assert home.status.message == "", "it is told when it is opened"
        await pilot.press("]")
        assert (
            "Old cannot be read: there is no section gone; the sections are review, " in home.status.message
        )
        assert home.view_name == "Hot", "it is no end of the way"
        await pilot.press("[")
        assert home.view_name == ""
        home.open_view("Old")
        assert home.rows.count == 24


async def test_counting_says_nothing_over_what_was_said() -> None:
    shelf = ViewShelf(SavedView("Old", "source:gone_for_good"))
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        home.status.say("Accepted: Ada.")
        home.reload()
        await counted(pilot)
        assert home.status.message == "Accepted: Ada."


async def test_a_tab_counts_what_its_list_shows_also_as_time_passes() -> None:
    desk = busy_desk()
    due = [row.due_at for row in desk.rows() if row.due_at is not None]
    later = max(due) - NOW - timedelta(hours=1)
    hours = int(later.total_seconds() // 3600)
    shelf = ViewShelf(SavedView("Today", f"due<{hours}h"), SavedView("Later", f"due>{hours}h"))
    async with app_over(desk, views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("]")
        await counted(pilot)
        few = home.rows.count
        assert f" Today {few} " in tabs(pilot)
        desk.clock.at += later
        for _ in range(FILTER_AGAIN + 1):
            home.tick()
        await counted(pilot)
        assert home.rows.count > few
        assert f" Today {home.rows.count}  Later 0 " in tabs(pilot)


@pytest.mark.parametrize("key", ["H", "ä"])
async def test_any_key_that_does_nothing_yet_may_open_a_view(tmp_path: Path, key: str) -> None:
    file = ViewsFile(tmp_path / "views.toml")
    file.save(Views((HOT, REVIEW)))
    async with app_over(busy_desk(), views=file).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("v", "h", key, "escape", key)
        await pilot.pause()
        assert home.view_name == "Hot"
    assert [view.key for view in file.load().views] == [key, ""]


CLASH = "view Hot: F6 is the key of Accept and does not open it; v and there h give it another"


@pytest.mark.parametrize(
    ("view", "keys", "pressed", "told"),
    [
        (HOT, {"accept": "f6"}, "f6", CLASH),
        (replace(HOT, key="a"), {}, "a", CLASH.replace("F6", "a")),
        (replace(HOT, key="?"), {"accept": "question_mark", "help": "f1"}, "?", CLASH.replace("F6", "?")),
    ],
)
async def test_a_key_that_an_action_has_is_the_actions_and_that_is_told(
    view: SavedView, keys: dict[str, str], pressed: str, told: str
) -> None:
    async with app_over(busy_desk(), views=ViewShelf(view, REVIEW), keymap=keys).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert told in home.status.message
        await pilot.press("v")
        await pilot.pause()
        assert told in str(pilot.app.screen.query_one("#views-trouble", Static).content)
        await pilot.press("escape", pressed)
        await pilot.pause()
        assert home.view_name == ""
        assert home.form_open


async def test_the_help_tells_the_views_that_there_are() -> None:
    clashing = replace(REVIEW, key="a")
    async with app_over(busy_desk(), views=ViewShelf(HOT, clashing)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        for opened in ("?", "v"):
            await pilot.press(opened, *("?" if opened == "v" else ""))
            await pilot.pause()
            text = str(pilot.app.screen.query_one(HelpText).render())
            rows = [" ".join(row.split()) for row in text.split("\n")]
            assert "F6 Hot score>60 by score" in rows
            assert "a Review Not by this key, which is that of Accept" in rows
            await pilot.press("escape")


async def test_a_sign_in_the_file_is_the_key_of_its_view() -> None:
    async with app_over(busy_desk(), views=ViewShelf(replace(HOT, key="$"))).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.status.message == ""
        await pilot.press("$")
        assert home.view_name == "Hot"


async def test_a_key_that_a_keymap_takes_from_a_view_is_told_once() -> None:
    shelf = ViewShelf(replace(HOT, key="ctrl+n"))
    app = app_over(busy_desk(), views=shelf)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        told = "view Hot: ^n is the key of Next lead and does not open it; v and there h give it another"
        assert home.status.message == ""
        await pilot.press("comma")
        await pilot.pause()
        app.change_setting("keymap", "emacs")
        assert told in home.status.message
        await pilot.press("escape")
        home.status.say("")
        app.change_setting("bell", value=True)
        assert home.status.message == ""
        here = home.rows.cursor
        await pilot.press("ctrl+n")
        assert (home.view_name, home.rows.cursor) == ("", here + 1)
        await pilot.press("comma")
        await pilot.pause()
        assert told in str(app.screen.query_one("#settings-trouble", Static).content)
        app.change_setting("keymap", "default")
        await pilot.press("escape", "ctrl+n")
        assert home.view_name == "Hot"


@pytest.mark.parametrize("opens", ["slash", "apostrophe"])
async def test_where_one_types_a_views_key_opens_nothing(opens: str) -> None:
    async with app_over(busy_desk(), views=ViewShelf(HOT)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(opens, "f6")
        assert home.view_name == ""
        await pilot.press("escape", "f6")
        assert home.view_name == "Hot"


async def test_hostile_names_are_shown_as_text() -> None:
    shelf = ViewShelf(SavedView("[@click=app.quit]x[/]"))
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "[@click=app.quit]x[/]" in tabs(pilot)
        await pilot.press("v")
        await pilot.pause()
        assert pilot.app.is_running


@pytest.mark.parametrize(("shelf", "told"), [((), "save"), ((HOT,), "delete"), ((HOT, REVIEW), "move")])
async def test_the_hint_names_the_keys_that_do_something(shelf: tuple[SavedView, ...], told: str) -> None:
    async with app_over(busy_desk(), views=ViewShelf(*shelf)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v")
        await pilot.pause()
        hint = str(pilot.app.screen.query_one("#views-hint", Static).render())
        words = ("save", "delete", "move")
        assert [word in hint for word in words] == [word in words[: words.index(told) + 1] for word in words]
