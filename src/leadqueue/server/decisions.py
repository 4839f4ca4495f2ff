"""Decisions as they come in: the ledger first, then the rule book, all in one transaction each."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.domain.adjudicate import adjudicate
from leadqueue.domain.decide import may_reach
from leadqueue.domain.decision import Already, Applied, Conflict, FieldError, Refused
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.moments import NowFn, to_micros
from leadqueue.server import feed, store
from leadqueue.server.database import Database
from leadqueue.server.trouble import Outrun, passing
from leadqueue.wire.api import Answer, AnswerStatus, DecisionBody

_LOG = logging.getLogger(__name__)
_SETTLED = frozenset({AnswerStatus.APPLIED, AnswerStatus.ALREADY})


class Decisions:
    """Takes decisions for one organisation's users and answers each exactly once, however often it comes."""

    def __init__(
        self, database: Database, definitions: store.DefinitionsCache, now: NowFn, new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now
        self._new_id = new_id

    def submit(
        self, organisation_id: str, actor: Actor, bodies: Sequence[DecisionBody]
    ) -> tuple[Answer, ...]:
        """An answer for each decision, in order, each in a transaction of its own.

        After one that did not go through, the later ones of this batch on the same lead are `held`: the
        client sends them again once the rep has looked.
        """
        answers: list[Answer] = []
        failed: set[str] = set()
        for body in bodies:
            if body.lead_id in failed:
                held = self._known(organisation_id, actor, body)
                answers.append(held or Answer(id=body.id, status=AnswerStatus.HELD))
                continue
            answer = self._submit_one(organisation_id, actor, body)
            if answer.status not in _SETTLED:
                failed.add(body.lead_id)
            answers.append(answer)
        return tuple(answers)

    def _submit_one(self, organisation_id: str, actor: Actor, body: DecisionBody) -> Answer:
        try:
            return self._database.settle(
                lambda connection: self._decide(connection, organisation_id, actor, body)
            )
        except Exception as error:  # noqa: BLE001 - a fault over one lead must not delay the decisions on the others (I7)
            if passing(error):
                _LOG.warning("decision %s could not be stored, the client is asked to try again", body.id)
                message = "The server is busy; send it again."
                return Answer(id=body.id, status=AnswerStatus.RETRY, message=message)
            _LOG.exception("decision %s could not be decided", body.id)
            message = "The server has a fault; it is logged."
            return Answer(id=body.id, status=AnswerStatus.RETRY, message=message)

    def _known(self, organisation_id: str, actor: Actor, body: DecisionBody) -> Answer | None:
        with self._database.read() as connection:
            return self._from_ledger(connection, organisation_id, actor, body)

    def _from_ledger(
        self, connection: Connection, organisation_id: str, actor: Actor, body: DecisionBody
    ) -> Answer | None:
        row = connection.execute(_KNOWN, {"org": organisation_id, "id": body.id}).one_or_none()
        if row is None:
            return None
        if row.payload_hash != payload_hash(body) or row.user_id != actor.id:
            message = "this id belongs to a decision with another content; a new decision needs a new id"
            error = FieldError("id", "payload_mismatch", message)
            return Answer(id=body.id, status=AnswerStatus.REFUSED, errors=(error,), message=message)
        return self._with_lead(
            connection, organisation_id, actor, Answer.model_validate_json(row.answer), body.lead_id
        )

    def _with_lead(
        self, connection: Connection, organisation_id: str, actor: Actor, answer: Answer, lead_id: str
    ) -> Answer:
        """A failed decision's answer with the lead as it stands now, where the asker may see it."""
        if answer.status in _SETTLED:
            return answer
        lead = store.lead(connection, organisation_id, lead_id)
        visible = lead if lead is not None and may_reach(lead, actor) else None
        return answer.model_copy(update={"lead": visible})

    def _decide(
        self, connection: Connection, organisation_id: str, actor: Actor, body: DecisionBody
    ) -> Answer:
        now = self._now()
        if not self._enter(connection, organisation_id, actor, body, now):
            known = self._from_ledger(connection, organisation_id, actor, body)
            if known is None:
                raise RuntimeError("the ledger refuses a decision that it does not know")
            return known
        lead = store.lead(connection, organisation_id, body.lead_id, lock=True)
        if lead is None or not self._may_know(connection, organisation_id, lead, actor):
            error = FieldError("lead_id", "not_found", "there is no such lead within your reach")
            refused = Answer(id=body.id, status=AnswerStatus.REFUSED, errors=(error,))
            return self._record(connection, organisation_id, refused)
        answer = self._adjudicated(connection, organisation_id, actor, body, lead, now)
        recorded = self._record(connection, organisation_id, answer)
        return self._with_lead(connection, organisation_id, actor, recorded, lead.id)

    def _enter(
        self, connection: Connection, organisation_id: str, actor: Actor, body: DecisionBody, now: datetime
    ) -> bool:
        """Take the decision's place in the ledger; False where it is taken, by then for good.

        While another transaction holds the place this one waits for its end, so the same decision sent
        twice at once is decided once. The answer is filled in before the commit.
        """
        entered = connection.execute(
            _ENTER,
            {
                "org": organisation_id,
                "id": body.id,
                "lead_id": body.lead_id,
                "user_id": actor.id,
                "payload_hash": payload_hash(body),
                "at": to_micros(now),
            },
        ).one_or_none()
        return entered is not None

    def _may_know(self, connection: Connection, organisation_id: str, lead: Lead, actor: Actor) -> bool:
        """Whether the actor may learn that the lead exists: it is, or was, in their scope."""
        if may_reach(lead, actor):
            return True
        seen = connection.execute(
            sa.text(
                "SELECT 1 FROM feed WHERE organisation_id = :org AND audience = :audience AND lead_id = :lead"
            ),
            {"org": organisation_id, "audience": feed.audience_of(actor), "lead": lead.id},
        ).one_or_none()
        return seen is not None

    def _adjudicated(
        self,
        connection: Connection,
        organisation_id: str,
        actor: Actor,
        body: DecisionBody,
        lead: Lead,
        now: datetime,
    ) -> Answer:
        published = self._definitions.last_seen(connection, organisation_id)
        people = store.Directory(connection, organisation_id)
        decision = body.to_domain()
        verdict = adjudicate(lead, decision, published.definitions, actor, now, people)
        if not isinstance(verdict, Applied):  # what is applied is checked against the digest at its end
            holds = self._definitions.current(connection, organisation_id)
            if holds.digest != published.digest:
                published = holds
                verdict = adjudicate(lead, decision, published.definitions, actor, now, people)
        match verdict:
            case Applied():
                change = store.Change(lead, verdict.lead, verdict.audit, verdict.alerts)
                ids = (self._new_id() for _ in verdict.alerts)
                moves = store.save(connection, organisation_id, [change], ids, published.definitions)
                # The ledger's row is written below with this number; both stand or fall together.
                try:
                    [seq] = feed.publish(connection, organisation_id, moves, now, published.digest)
                except Outrun:
                    self._definitions.look_again(organisation_id)
                    raise
                return Answer(id=body.id, status=AnswerStatus.APPLIED, seq=seq)
            case Already():
                seq, _ = feed.head(connection, organisation_id)
                message = "this was decided before, with the same effect"
                return Answer(id=body.id, status=AnswerStatus.ALREADY, seq=seq, message=message)
            case Conflict():
                return Answer(
                    id=body.id,
                    status=AnswerStatus.CONFLICT,
                    errors=verdict.errors,
                    message=self._who(connection, organisation_id, lead, actor),
                )
            case Refused():
                return Answer(id=body.id, status=AnswerStatus.REFUSED, errors=verdict.errors)

    def _who(self, connection: Connection, organisation_id: str, lead: Lead, actor: Actor) -> str:
        """Who was first, in words; what became of a lead that left the actor's scope is not told."""
        if not may_reach(lead, actor):
            return "the lead is not yours any more"
        for _, entry in reversed(store.trail(connection, organisation_id, lead.id)):
            if entry.decision_id is not None:
                by = "you, on another device" if entry.actor.id == actor.id else entry.actor.name
                return f"{entry.message.removesuffix(f' by {entry.actor.name}')} by {by} before"
        return "the lead has changed since"

    def _record(self, connection: Connection, organisation_id: str, answer: Answer) -> Answer:
        connection.execute(
            _ANSWERED,
            {
                "org": organisation_id,
                "id": answer.id,
                "status": answer.status.value,
                "seq": answer.seq,
                "answer": answer.model_dump_json(exclude={"lead"}),
            },
        )
        return answer

    def known(
        self, organisation_id: str, actor: Actor, ids: Sequence[str]
    ) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
        """The ledger's answers to the actor's own decisions among `ids`, and the ids it does not know."""
        if not ids:  # PostgreSQL compares no text with an empty list
            return (), ()
        answers: list[Answer] = []
        query = sa.text(
            "SELECT id, lead_id, answer FROM decision "
            "WHERE organisation_id = :org AND user_id = :user AND id IN :ids"
        ).bindparams(sa.bindparam("ids", expanding=True))
        with self._database.read() as connection:
            rows = connection.execute(
                query, {"org": organisation_id, "user": actor.id, "ids": list(ids)}
            ).all()
            for row in rows:
                answer = Answer.model_validate_json(row.answer)
                answers.append(self._with_lead(connection, organisation_id, actor, answer, str(row.lead_id)))
        found = {answer.id for answer in answers}
        order = {identifier: place for place, identifier in enumerate(ids)}
        answers.sort(key=lambda answer: order[answer.id])
        return tuple(answers), tuple(identifier for identifier in ids if identifier not in found)


_KNOWN = sa.text(
    "SELECT user_id, payload_hash, answer FROM decision WHERE organisation_id = :org AND id = :id"
)
_ENTER = sa.text(
    "INSERT INTO decision (organisation_id, id, lead_id, user_id, payload_hash, status, seq, answered_at, "
    "answer) VALUES (:org, :id, :lead_id, :user_id, :payload_hash, '', NULL, :at, '') "
    "ON CONFLICT (organisation_id, id) DO NOTHING RETURNING id"
)
_ANSWERED = sa.text(
    "UPDATE decision SET status = :status, seq = :seq, answer = :answer "
    "WHERE organisation_id = :org AND id = :id"
)


def payload_hash(body: DecisionBody) -> str:
    """SHA-256 of the decision's content in one canonical form."""
    canonical = json.dumps(
        body.model_dump(mode="json", exclude_unset=True), sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
