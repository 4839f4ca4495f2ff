"""What the client asks of a CRM, and everything that can go wrong with it.

Every error's text is a sentence for the rep. What an error means for an unsent decision is decided by the
sync engine, by the error's class alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from leadqueue.wire.api import (
    Acknowledged,
    Answer,
    ChangesPage,
    CompanyLeads,
    Digest,
    Escalations,
    EventHint,
    Journey,
    KnownDecisions,
    Session,
    TeamQueue,
)
from leadqueue.wire.intake import IntakeLeads, IntakeResults, IntakeSignals, Quarantine
from leadqueue.wire.problem import Problem


class GatewayError(Exception):
    """The CRM did not do what it was asked. `retry_after` is the pause in seconds that it asked for.

    `outlook` says what this means for decisions on their way.
    """

    sentence: ClassVar[str] = "The server did not answer as expected."
    outlook: ClassVar[str] = "Your decisions are kept."

    def __init__(
        self, message: str = "", *, problem: Problem | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message or (problem.detail if problem and problem.detail else self.sentence))
        self.problem = problem
        self.retry_after = retry_after


class Unreachable(GatewayError):
    """No connection came about, or it broke: the outcome of what was sent is unknown."""

    sentence = "The server cannot be reached."
    outlook = "Your decisions are kept and sent when it is back."


class NoTls(Unreachable):
    """The address says https, and what listens there has no such connection with us."""

    sentence = "No https connection with the server came about; perhaps it speaks plain http there."


class Untrusted(Unreachable):
    """The server's certificate is of nobody whom this machine trusts, or of another address."""

    sentence = "The server's certificate is not trusted on this machine."


class TimedOut(GatewayError):
    """The server was too slow: the outcome of what was sent is unknown."""

    sentence = "The server did not answer in time."
    outlook = "Your decisions are kept and sent again."


class NotTheApi(GatewayError):
    """Something else answered: a captive portal, a proxy's error page, the wrong address."""

    sentence = (
        "Something other than leadqueue answered at the server's address, perhaps the login page of this "
        "network."
    )


class ServerFault(GatewayError):
    sentence = "The server has a fault at the moment."
    outlook = "Your decisions are kept and sent again."


class Throttled(GatewayError):
    sentence = "The server asks for a pause."
    outlook = "Your decisions are kept and sent after it."


class Unauthorised(GatewayError):
    sentence = "The server does not accept your token any more. Log in again: leadqueue login."


class Revoked(Unauthorised):
    """The server's administrator ended this token and all that renewed it."""

    sentence = (
        "The server's administrator has ended this login. Erase the copy of the leads on this machine: "
        "leadqueue logout --erase."
    )


class LoggedOut(Unauthorised):
    """Nobody, or somebody else, is logged in on this machine since this account connected."""

    sentence = "This account is not logged in on this machine any more. Log in again: leadqueue login."


class Forbidden(GatewayError):
    sentence = "Your account may not do this."


class NotFound(GatewayError):
    sentence = "The server does not have this, or you may not see it."


class TooLarge(GatewayError):
    sentence = "The server does not take so much at once."


class BadRequest(GatewayError):
    """The request as a whole is invalid (400, 422); with a batch, one decision in it may be the cause."""

    sentence = "The server could not read the request."


class NotAccepted(GatewayError):
    """Any other refusal of a request as a whole."""

    sentence = "The server did not accept the request."


class CursorExpired(GatewayError):
    """The feed has been cleared past our cursor: the scope must be read anew."""

    sentence = "Your copy is too old to be brought up to date step by step; it is read anew."


class EpochChanged(GatewayError):
    """What was asked belongs to another life of the server: it was restored from a backup."""

    sentence = "The server was restored from a backup; your copy is read anew."


class ProtocolMismatch(GatewayError):
    sentence = "The server speaks another version of the protocol. Update leadqueue or the server."


@dataclass(frozen=True, slots=True)
class ClockSample:
    """The server's time as one response told it: server time minus local time, and the round trip.

    `local_s` is the local wall clock and `running_s` a clock that nobody sets, both at the moment of the
    response; their difference shows when the wall clock was moved.
    """

    offset_ms: int
    round_trip_ms: int
    local_s: float = 0.0
    running_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DefinitionsFile:
    """The definitions as published: the TOML text and the ETag to ask with next time."""

    text: str
    etag: str


class Gateway(Protocol):
    """A CRM behind one set of questions. Every method raises `GatewayError`s and nothing else."""

    def take_samples(self) -> tuple[ClockSample, ...]:
        """The clock samples since the last call."""
        ...

    async def session(self) -> Session: ...

    async def renew(self) -> bool:
        """Exchange the token for its successor, which is stored before it is used; False where that cannot be
        done here. Until the successor is used, the one before stays good: stopping halfway loses nothing."""
        ...

    async def definitions(self, etag: str | None = None) -> DefinitionsFile | None:
        """The definitions file, None where `etag` still names it."""
        ...

    async def changes(self, audience: str, cursor: str | None, limit: int) -> ChangesPage:
        """A page of the feed after `cursor`, of the whole scope where that is None."""
        ...

    async def submit(self, bodies: Sequence[str]) -> tuple[Answer, ...]:
        """Send decisions, each already in its JSON form, which travels unchanged.

        None is taken, and `EpochChanged` raised, where the server is not any more of the epoch that `session`
        told last: what it has forgotten must come before.
        """
        ...

    async def decisions(self, ids: Sequence[str]) -> KnownDecisions: ...

    async def digest(self, audience: str) -> Digest: ...

    def events(self) -> AsyncIterator[EventHint | None]:
        """Hints as they come. None says that the stream stands, from which moment on no hint is missed."""
        ...

    async def journey(self, lead_id: str) -> Journey: ...

    async def company(self, lead_id: str) -> CompanyLeads:
        """The other leads of the lead's company, in the whole organisation. A server from before this call
        answers `NotFound`."""
        ...

    async def intake_leads(self, leads: IntakeLeads) -> IntakeResults: ...

    async def intake_signals(self, signals: IntakeSignals) -> IntakeResults: ...

    async def quarantine(self, after: str = "", limit: int = 200) -> Quarantine:
        """Leads in quarantine in order of id, those after `after`."""
        ...

    async def escalations(self, after: str = "", limit: int = 200) -> Escalations:
        """A page of the breaches and overrides in one's scope; `after` is the `next` of the page before."""
        ...

    async def acknowledge(self, ids: Sequence[str]) -> Acknowledged:
        """Say that these escalations have been seen, up to 200 at once."""
        ...

    async def team_queue(self) -> TeamQueue:
        """What waits for one's team and how its last weeks went."""
        ...

    async def aclose(self) -> None: ...
