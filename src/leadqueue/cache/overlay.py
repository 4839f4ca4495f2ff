"""What the rep sees: the server's lead with the rep's own open decisions replayed on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leadqueue.cache.views import OutboxItem, OutboxState
from leadqueue.definitions.model import Definitions
from leadqueue.domain.adjudicate import fold
from leadqueue.domain.decision import Already, Decision, FieldError
from leadqueue.domain.lead import Actor, Directory, Lead


@dataclass(frozen=True, slots=True)
class Void:
    """Why a decision no longer holds."""

    errors: tuple[FieldError, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Replay:
    """`lead` is `server` with `items` replayed; `void` are those that no longer hold and were never sent."""

    lead: Lead
    server: Lead
    items: tuple[OutboxItem, ...]
    void: tuple[tuple[Decision, Void], ...]

    @property
    def unsent(self) -> tuple[OutboxItem, ...]:
        return tuple(item for item in self.items if item.state is not OutboxState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Eyes:
    """With what one looks at leads: who looks, by which rules, when, and up to where the feed was read."""

    definitions: Definitions
    actor: Actor
    directory: Directory
    now: datetime
    passed: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A lead as the server said it at `seq` of the feed; -1 for a place in a feed that is read anew."""

    lead: Lead
    seq: int


@dataclass(frozen=True, slots=True)
class Known:
    """A lead as it was read: good for as long as the cache holds this `text`."""

    text: str
    replay: Replay


NOTHING_KNOWN: Mapping[str, Known] = {}


def replayed(server: Lead, items: Sequence[OutboxItem], eyes: Eyes) -> Replay:
    """Replay the items, in their order, over the server's lead."""
    if not items:
        return Replay(server, server, (), ())
    lead, failed = fold(
        server,
        [item.decision for item in items],
        eyes.definitions,
        eyes.actor,
        eyes.now,
        eyes.directory,
    )
    never_sent = {item.decision.id for item in items if item.can_undo}
    void = tuple(
        (
            decision,
            Void(
                verdict.errors,
                "The lead, or the definitions, changed before this was sent: "
                + "; ".join(error.message for error in verdict.errors),
            ),
        )
        for decision, verdict in failed
        if decision.id in never_sent and not isinstance(verdict, Already)
    )
    return Replay(lead, server, tuple(items), void)
