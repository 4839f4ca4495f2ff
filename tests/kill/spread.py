"""What the killed processes were doing, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.kill.device import Found
from tests.kill.proxy import Call, Step

_BEHIND = ("server", "PostgreSQL")


@dataclass(frozen=True)
class Kill:
    """`who` was killed, at what `moment`, and what was found to be going on (`during`)."""

    who: str
    moment: str
    during: str


def client_was(seen: list[tuple[Call, Step]], found: Found, answered: set[str], otherwise: str) -> str:
    """What the client was doing as it died, by what it left and by what was under way."""
    sendings = [step for call, step in seen if call.decides]
    if found.torn:
        return "writing: a transaction of the outbox cut in two"
    if sendings:
        if sendings[0] in (Step.ASKED, Step.HALF_ASKED):
            return "sending: the request had not arrived"
        if sendings[0] is Step.DELIVERED:
            return "answered, the answer not recorded yet"
        return "between the request's arrival and its answer"
    if found.sending:
        if found.sending <= answered:
            return "answered, the answer not recorded yet"
        return "before send: marked as being sent"
    if any(call.reads for call, _ in seen):
        return "reading the feed"
    if found.waiting:
        return "before send: stored"
    return otherwise


def server_was(seen: list[tuple[Call, Step]], committed: set[str]) -> str:
    sendings = [(call, step) for call, step in seen if call.decides]
    if not sendings:
        return "answering a read" if any(call.reads for call, _ in seen) else "idle"
    call, step = sendings[0]
    if step in (Step.ASKED, Step.HALF_ASKED):
        return "before the request was there whole"
    if step is Step.SENT:
        known = committed & set(call.ids)
        if not known:
            return "deciding: nothing committed yet"
        if len(known) < len(call.ids):
            return "in the middle of a batch: a part committed"
        return "between the commit and the answer"
    return "between the commit and the answer" if step is Step.ANSWERED else "in the answer"


def spread(kills: list[Kill]) -> str:
    """How many died, doing what, at what moments."""
    lines: list[str] = []
    for title, groups in (
        ("Killed", Counter(kill.who for kill in kills)),
        ("Clients died", Counter(kill.during for kill in kills if kill.who not in _BEHIND)),
        ("Servers and databases died", Counter(kill.during for kill in kills if kill.who in _BEHIND)),
        ("Moments", Counter(kill.moment for kill in kills)),
    ):
        lines.append(f"{title}:")
        lines += [f"  {count:5d}  {what}" for what, count in groups.most_common()]
    return "\n".join(lines) + "\n"
