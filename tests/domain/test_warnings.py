"""Who is told that a breach is near: once for each lead and clock, in time, and never of what is over."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from leadqueue.domain.warnings import Told, Upcoming, to_tell

TEN = timedelta(minutes=10)


def due(minutes: float, lead: str = "a", clock: str = "review", *, is_target: bool = False) -> Upcoming:
    return Upcoming(lead, clock, NOW + timedelta(minutes=minutes), is_target=is_target)


def test_a_lead_is_told_of_once_in_its_last_minutes() -> None:
    far, near = due(11), due(10)
    assert to_tell([far], frozenset(), NOW, TEN) == ((), frozenset())
    fresh, told = to_tell([near], frozenset(), NOW, TEN)
    assert fresh == (near,)
    assert to_tell([near], told, NOW + timedelta(minutes=5), TEN) == ((), told)


def test_what_is_breached_is_not_told_any_more() -> None:
    assert to_tell([due(-0.1)], frozenset(), NOW, TEN)[0] == ()
    assert to_tell([due(0)], frozenset(), NOW, TEN)[0] == (due(0),)


def test_a_limit_that_moves_nearer_is_no_second_warning() -> None:
    _, told = to_tell([due(9)], frozenset(), NOW, TEN)
    assert to_tell([due(2)], told, NOW, TEN)[0] == ()


def test_a_clock_that_starts_anew_is_another_warning() -> None:
    _, told = to_tell([due(5)], frozenset(), NOW, TEN)
    _, told = to_tell([due(60)], told, NOW, TEN)
    assert to_tell([due(60)], told, NOW + timedelta(minutes=55), TEN)[0] == (due(60),)


def test_two_clocks_of_a_lead_are_two_warnings_and_the_nearest_comes_first() -> None:
    fresh, _ = to_tell([due(8), due(3, clock="status"), due(5, "b")], frozenset(), NOW, TEN)
    assert [(each.lead_id, each.clock) for each in fresh] == [
        ("a", "status"), ("b", "review"), ("a", "review"),
    ]  # fmt: skip


def test_a_target_is_told_first_and_the_limit_once_the_target_is_over() -> None:
    target, limit = due(5, is_target=True), due(60)
    fresh, told = to_tell([limit, target], frozenset(), NOW, timedelta(hours=2))
    assert fresh == (target,)
    fresh, told = to_tell([limit, target], told, NOW + timedelta(minutes=6), timedelta(hours=2))
    assert fresh == (limit,)
    assert to_tell([limit, target], told, NOW + timedelta(minutes=55), timedelta(hours=2))[0] == ()


LEADS = st.lists(
    st.builds(
        due,
        st.integers(-30, 120),
        st.sampled_from("abc"),
        st.sampled_from(["review", "touch"]),
        is_target=st.booleans(),
    ),
    max_size=8,
)


@given(LEADS, st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_while_nothing_moves_nobody_is_told_twice(leads: list[Upcoming], seconds: list[int]) -> None:
    told: Told = frozenset()
    heard: list[Upcoming] = []
    now = NOW
    unique = list({each.key: each for each in leads}.values())
    for step in seconds:
        now += timedelta(seconds=step)
        fresh, told = to_tell(unique, told, now, TEN)
        heard += fresh
        assert all(now <= each.due_at <= now + TEN for each in fresh)
    assert len(heard) == len({each.key for each in heard})
