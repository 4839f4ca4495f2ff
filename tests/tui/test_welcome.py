"""The first run: demo or connect, with errors in words, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from leadqueue.tui.welcome import Trouble, Way, WelcomeApp

SECRET = "lq_secret"


class Server:
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: Trouble | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, url: str, token: str) -> Trouble | None:
        self.asked.append((url, token))
        return self.answers.pop(0)


async def settled(app: WelcomeApp, pilot: Pilot[None]) -> str:
    await app.workers.wait_for_complete()
    await pilot.pause()
    return str(app.query_one("#welcome-trouble", Static).render())


@pytest.mark.parametrize("keys", [("d",), ("enter",)])
async def test_the_demo_is_one_key_away(keys: tuple[str, ...]) -> None:
    app = WelcomeApp(Server())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
    assert app.way is Way.DEMO


@pytest.mark.parametrize("keys", [("q",), ("escape",), ("down", "down", "enter")])
async def test_leaving_is_leaving(keys: tuple[str, ...]) -> None:
    app = WelcomeApp(Server())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
    assert app.way is Way.NOWHERE


@pytest.mark.parametrize("steps", [("c",), ("c", "tab"), ("c", "tab", "tab"), ("c", "tab", "tab", "tab")])
async def test_letters_beside_the_fields_do_nothing_while_one_connects(steps: tuple[str, ...]) -> None:
    """A token is pasted as keys where the terminal knows no better, and the focus may be on a button."""
    app = WelcomeApp(Server())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*steps)
        there = app.focused
        await pilot.press(*"lq_dqc")
        await pilot.pause()
        assert app.is_running
        assert app.has_class("-connecting")
        assert app.focused is there
        await pilot.press("escape")
        assert not app.has_class("-connecting")
        assert app.is_running
        await pilot.press("q")
    assert app.way is Way.NOWHERE


async def test_what_was_wrong_with_a_field_is_over_once_it_is_changed() -> None:
    server = Server(Trouble("No leadqueue answers there.", "url"), Trouble("Not this token.", "token"))
    app = WelcomeApp(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c", *"crm", "enter", *SECRET, "enter")
        assert await settled(app, pilot) == "No leadqueue answers there."
        await pilot.press("tab", "x")
        assert await settled(app, pilot) == "No leadqueue answers there.", "this was not what is wrong"
        await pilot.press("shift+tab", "x")
        assert await settled(app, pilot) == ""
        await pilot.press("enter", "enter")
        assert await settled(app, pilot) == "Not this token."
        await pilot.press("backspace")
        assert await settled(app, pilot) == ""


async def test_connecting_asks_for_address_and_token() -> None:
    server = Server(None)
    app = WelcomeApp(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c", *"https://crm.example", "enter", *SECRET, "enter")
        await app.workers.wait_for_complete()
    assert app.way is Way.CONNECTED
    assert server.asked == [("https://crm.example", SECRET)]


async def test_what_goes_wrong_is_said_and_what_was_typed_stays() -> None:
    server = Server(
        Trouble("The server does not accept this token.", "token"), Trouble("No route.", "url"), None
    )
    app = WelcomeApp(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c", *"https://crm.example", "enter", *SECRET, "enter")
        assert await settled(app, pilot) == "The server does not accept this token."
        assert app.focused is app.query_one("#token")
        assert app.query_one("#url", Input).value == "https://crm.example"
        await pilot.press("enter")
        assert await settled(app, pilot) == "No route."
        assert app.focused is app.query_one("#url")
        await pilot.press("escape", "c", "enter", "enter")
        await app.workers.wait_for_complete()
    assert app.way is Way.CONNECTED


async def test_the_token_is_never_on_the_screen() -> None:
    app = WelcomeApp(Server())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c", "tab", *SECRET)
        await pilot.pause()
        assert SECRET not in app.export_screenshot()


@pytest.mark.parametrize("keys", [(), ("c",)], ids=["ways", "form"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_first_run_looks_as_agreed(
    snap_compare: Callable[..., bool], size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        pilot.app.screen.set_focus(None)
        await pilot.pause()

    assert snap_compare(WelcomeApp(Server()), terminal_size=size, run_before=ask)
