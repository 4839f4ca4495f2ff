"""Servers that break a promise."""

from __future__ import annotations

from tests.faults.mutating import Mutant, swap

_DECISIONS = "leadqueue.server.decisions"
_STORE = "leadqueue.server.store"
_FEED = "leadqueue.server.feed"
_ESCALATIONS = "leadqueue.server.escalations"

SERVER = (
    Mutant(
        "no idempotency",
        "The ledger does not mind an id that it knows; a decision that comes again is decided again.",
        swap(f"{_DECISIONS}:_ENTER", "DO NOTHING RETURNING id", "DO UPDATE SET answer = '' RETURNING id"),
    ),
    Mutant(
        "version check before the ledger",
        "A decision made on an older version is a conflict, also where it was applied before.",
        swap(
            f"{_DECISIONS}:Decisions._decide",
            "        now = self._now()\n",
            "        now = self._now()\n"
            "        found = store.lead(connection, organisation_id, body.lead_id)\n"
            "        if found is not None and body.expected_version != found.versions.sales:\n"
            "            return Answer(id=body.id, status=AnswerStatus.CONFLICT)\n",
        ),
    ),
    Mutant(
        "ledger in a second transaction",
        "The lead is committed before the ledger knows the decision.",
        {
            f"{_DECISIONS}:Decisions._decide": (
                (
                    "if not self._enter(connection, organisation_id, actor, body, now):",
                    "if self._from_ledger(connection, organisation_id, actor, body) is not None:",
                ),
                (
                    "        recorded = self._record(connection, organisation_id, answer)\n"
                    "        return self._with_lead(connection, organisation_id, actor, recorded, lead.id)\n",
                    "        connection.get_transaction().commit()\n"
                    "        with self._database.write() as another:\n"
                    "            self._enter(another, organisation_id, actor, body, now)\n"
                    "            return self._record(another, organisation_id, answer)\n",
                ),
            )
        },
    ),
    Mutant(
        "audit in a second transaction",
        "The trail is written after the commit of what it tells.",
        {
            f"{_STORE}:save": (
                (
                    "append_audit(connection, organisation_id, change.audit)",
                    'connection.info["later"].append((organisation_id, change.audit))',
                ),
            ),
            "leadqueue.server.database:Database.write": (
                (
                    "            with connection.begin():\n                yield connection\n",
                    '            plain.info["later"] = []\n'
                    "            with connection.begin():\n"
                    "                yield connection\n"
                    '            later = plain.info["later"]\n'
                    "            if later:\n"
                    "                from leadqueue.server.store import append_audit\n"
                    "                with connection.begin():\n"
                    "                    for organisation_id, entry in later:\n"
                    "                        append_audit(connection, organisation_id, entry)\n",
                ),
            ),
        },
    ),
    Mutant(
        "leave rows missing",
        "The feed tells a lead's new audiences, and not the ones that it left.",
        swap(
            f"{_FEED}:publish",
            "sorted(audiences_of(move.before) | audiences_of(move.after))",
            "sorted(audiences_of(move.after))",
        ),
    ),
    Mutant(
        "a leave row carries the lead",
        "Who has lost a lead is told of it as if it were still theirs.",
        swap(f"{_FEED}:PAGE", "CASE feed.kind WHEN 'upsert' THEN lead.body END AS body", "lead.body AS body"),
    ),
    Mutant(
        "the feed of another rep",
        "A rep is given the feed of the whole team.",
        swap(
            f"{_FEED}:audience_of",
            'return f"rep:{actor.id}"',
            "return f\"team:{actor.team_id or ''}\"",
        ),
    ),
    Mutant(
        "feed after the commit",
        "The feed is told in a transaction of its own, after the lead's.",
        {
            f"{_DECISIONS}:Decisions._adjudicated": (
                (
                    "[seq] = feed.publish(connection, organisation_id, moves, now, published.digest)",
                    "self._database.later = (moves, now); "
                    "seq = feed.head(connection, organisation_id)[0] + 1",
                ),
            ),
            f"{_DECISIONS}:Decisions._submit_one": (
                (
                    "            return self._database.settle(\n",
                    "            self._database.later = None\n            answer = self._database.settle(\n",
                ),
                (
                    "        except Exception as error:",
                    "            if self._database.later is not None:\n"
                    "                with self._database.write() as connection:\n"
                    "                    feed.publish(connection, organisation_id, *self._database.later)\n"
                    "            return answer\n"
                    "        except Exception as error:",
                ),
            ),
        },
    ),
    Mutant(
        "a late repeat answers anew",
        "The ledger's answer is not what was answered first: a repeat is told refused.",
        swap(
            f"{_DECISIONS}:Decisions._from_ledger",
            "        return self._with_lead(",
            "        if row.user_id == actor.id:\n"
            "            return Answer(id=body.id, status=AnswerStatus.REFUSED)\n"
            "        return self._with_lead(",
        ),
    ),
    Mutant(
        "scope not checked",
        "Whoever knows a lead may decide on it.",
        swap(
            "leadqueue.domain.decide:blocking_errors",
            "if not may_reach(lead, actor):",
            "if False:",
        ),
    ),
    Mutant(
        "conflict told, and applied",
        "The version is compared only after the lead was saved.",
        swap(
            f"{_DECISIONS}:Decisions._adjudicated",
            "                return Answer(id=body.id, status=AnswerStatus.APPLIED, seq=seq)\n",
            "                if body.expected_version != lead.versions.sales:\n"
            "                    return Answer(id=body.id, status=AnswerStatus.CONFLICT)\n"
            "                return Answer(id=body.id, status=AnswerStatus.APPLIED, seq=seq)\n",
        ),
    ),
    Mutant(
        "stopped clocks not saved",
        "The server keeps watching a clock that the decision stopped.",
        swap(
            f"{_STORE}:_save_clocks",
            "known = set(change.before.clocks) if change.before else set()",
            "known = {each for each in change.after.clocks if change.before and each.kind in "
            "{clock.kind for clock in change.before.clocks}}",
        ),
    ),
    Mutant(
        "escalation twice",
        "When a lead changes, the server forgets that it has told of its breach, and tells it again.",
        {
            f"{_STORE}:_SAVE_CLOCK": (("THEN NULL ELSE clock.breached_at END", "THEN NULL ELSE NULL END"),),
            f"{_ESCALATIONS}:_claim": (('"level": FIRST_LEVEL', '"level": to_micros(now) // 1_000_000'),),
        },
    ),
    Mutant(
        "epoch unchanged after a restore",
        "A server restored from a backup says that it is the same as before.",
        swap(
            "leadqueue.server.admin:Admin.new_epoch",
            "SET epoch = :epoch",
            "SET epoch = epoch || substr(:epoch, 1, 0)",
        ),
    ),
)
