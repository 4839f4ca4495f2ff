"""Bell and notification: off by default, at most once, harmless whatever a lead is called."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW, mql, signal
from tests.tui.doubles import Clock, MemoryDesk, app_over

from leadqueue.domain.warnings import Upcoming
from leadqueue.tui import herald
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.herald import MOST, desktop_command, terminal_notice, words
from leadqueue.tui.widgets.context_pane import ContextPane

Heard = list[str]


def desk_with(*names: str) -> MemoryDesk:
    """Leads whose review is due in half an hour at most."""
    return MemoryDesk(
        [
            mql(
                now=NOW,
                signals=(signal("demo_request", NOW),),
                first_name=name,
                last_name="",
                email=f"lead{number}@example.com",
            )
            for number, name in enumerate(names)
        ],
        Clock(),
    )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """What reaches the user's ears and desktop."""
    found: Heard = []
    monkeypatch.setattr(LeadQueueApp, "bell", lambda _: found.append("bell"))

    def desktop(text: str) -> str:
        found.append(text)
        return ""

    monkeypatch.setattr(herald, "tell_desktop", desktop)
    return found


def due_of(desk: MemoryDesk) -> timedelta:
    row = desk.rows()[0]
    assert row.due_at is not None
    return row.due_at - NOW


async def watched(desk: MemoryDesk, **settings: str | bool | int) -> str:
    """Two looks in the last minutes; what the status line says then."""
    app = app_over(desk)
    for name, value in settings.items():
        app.live.change(name, value)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        desk.clock.at = NOW + timedelta(minutes=6)  # the target is over
        app.home.warn()
        desk.clock.at = NOW + due_of(desk) - timedelta(minutes=4, seconds=30)
        app.home.warn()
        app.home.warn()
        await app.workers.wait_for_complete()
        await pilot.pause()
        return app.home.status.message


async def test_both_are_off_by_default(heard: Heard) -> None:
    await watched(desk_with("Ada"))
    assert heard == []


async def test_the_bell_rings_once_for_all_that_are_near(heard: Heard) -> None:
    said = await watched(desk_with("Ada", "Grace"), bell=True, warn_minutes=5)
    assert heard == ["bell"]
    assert "due in 4 minutes, and 1 lead more" in said


async def test_the_desktop_is_told_with_the_name(heard: Heard) -> None:
    await watched(desk_with("Ada"), notifications="desktop", warn_minutes=5)
    assert heard == ["Ada is due in 4 minutes"]


def test_words_are_few_whatever_the_name() -> None:
    one = Upcoming("a", "review", NOW + timedelta(seconds=30), "x" * 500)
    assert words([one], NOW).endswith("is due in less than a minute")
    assert len(words([one] * 3, NOW)) <= MOST
    assert words([Upcoming("a", "review", NOW + timedelta(minutes=1))], NOW) == "A lead is due in 1 minute"


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(59, "in 59 minutes"), (60, "in 1h 00m"), (239, "in 3h 59m"), (240, "in 4h 00m")],
)
def test_from_an_hour_on_it_is_told_in_hours_as_everywhere(minutes: int, told: str) -> None:
    near = Upcoming("a", "review", NOW + timedelta(minutes=minutes, seconds=30))
    assert words([near], NOW) == f"A lead is due {told}"


async def test_a_lead_of_the_fast_lane_is_told_as_soon_as_it_is_here(heard: Heard) -> None:
    app = app_over(desk_with("Ada"))
    app.live.change("notifications", "desktop")
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        app.home.warn()
        await app.workers.wait_for_complete()
    assert heard == ["Ada is to be answered in 5 minutes"]


def as_notify_send_reads(body: str) -> str:
    """What C's escapes leave of it, after g_strcompress(3) of GLib."""
    names = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    return re.sub(
        r"\\([0-7]{1,3}|[^0-7])",
        lambda found: chr(int(found[1], 8) % 256) if found[1].isdigit() else names.get(found[1], found[1]),
        body,
    )


@given(st.text(st.sampled_from("<>&\\0476bx \"/'"), max_size=60) | st.text(max_size=60))
def test_what_the_desktop_is_told_is_the_text_and_no_markup(name: str) -> None:
    text = words([Upcoming("a", "review", NOW + timedelta(minutes=3), name)], NOW)
    read = as_notify_send_reads(desktop_command(text)[-1])
    assert not set("<>") & set(read)
    assert unescape(read) == text


@given(st.text(max_size=300))
def test_no_name_leaves_its_sequence_or_becomes_markup_or_an_option(name: str) -> None:
    text = words([Upcoming("a", "review", NOW + timedelta(minutes=3), name)], NOW)
    for env, start in (
        ({}, "\x1b]9;leadqueue: "),
        ({"VTE_VERSION": "7600"}, "\x1b]777;notify;leadqueue;"),
        ({"TERM": "foot"}, "\x1b]777;notify;leadqueue;"),
    ):
        sequence = terminal_notice(text, env)
        assert sequence.startswith(start)
        inside = sequence.removeprefix(start).removesuffix("\x1b\\")
        assert inside.isprintable()
        assert ";" not in inside
        assert len(inside) <= MOST
    wrapped = terminal_notice(text, {"TMUX": "/tmp/x"})  # noqa: S108 - only its being there counts
    assert wrapped.startswith("\x1bPtmux;\x1b\x1b]9;")
    command = desktop_command(text)
    assert command[:3] == ["notify-send", "--app-name=leadqueue", "--"]
    assert not set("<>") & set(command[4])
    assert command[4].isprintable()


def test_a_desktop_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", nothing)
    assert "not installed" in herald.tell_desktop("Ada is due")
