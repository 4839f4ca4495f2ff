"""Clients that break a promise."""

from __future__ import annotations

from tests.faults.mutating import Mutant, swap

_PUSH = "leadqueue.sync.push"
_ENGINE = "leadqueue.sync.engine"
_OUTBOX = "leadqueue.cache.outbox"
_CACHE = "leadqueue.cache.store"
_DESK = "leadqueue.cache.desk"

_SENDING = '            if len(items) > 1:\n                self._outbox.postpone(ids, self._now(), "")\n'
_SUBMIT = "answers = await self._gateway.submit([self._outbox.payload(each) for each in ids])"
_DELETE = (
    "with self._outbox._write() as connection:\n"
    "                connection.executemany('DELETE FROM decision WHERE id = ?', [(each,) for each in ids])\n"
)

CLIENT = (
    # ------------------------------------------------------------ the outbox
    Mutant(
        "outbox row deleted before the answer",
        "A decision leaves the outbox when it is sent.",
        swap(
            f"{_PUSH}:Push._send",
            _SUBMIT,
            "payloads = [self._outbox.payload(each) for each in ids]\n"
            f"            {_DELETE}"
            "            answers = await self._gateway.submit(payloads)",
        ),
    ),
    Mutant(
        "trouble with the rows told as trouble with the decision",
        "The rep is told that nothing was stored when only the queue could not be brought up to date.",
        swap(
            f"{_DESK}:Desk._refresh",
            '            _log.warning("the queue\'s rows could not be brought up to date; they will be")\n',
            "            raise\n",
        ),
    ),
    Mutant(
        "overtaken while sending",
        "What the replay finds void goes to the inbox, also where it may have arrived.",
        {
            "leadqueue.cache.overlay:replayed": (
                ("for item in items if item.can_undo}", "for item in items}"),
            ),
            f"{_OUTBOX}:Outbox.overtake": (
                ("AND state = 'waiting' AND attempts = 0 ", "AND state <> 'answered' "),
            ),
        },
    ),
    Mutant(
        "attention item lost when overtaken",
        "What the replay finds void is deleted.",
        swap(
            f"{_OUTBOX}:Outbox.overtake",
            "_to_inbox(connection, row, AttentionStatus.OVERTAKEN, message, errors, lead_now, at)",
            "pass",
        ),
    ),
    Mutant(
        "conflict taken for applied",
        "A decision that the server found void counts as done.",
        swap(
            f"{_OUTBOX}:Outbox.answer",
            "if answer.status in (AnswerStatus.APPLIED, AnswerStatus.ALREADY):",
            "if answer.status is not AnswerStatus.REFUSED:",
        ),
    ),
    # ------------------------------------------------------------ sending
    Mutant(
        "422 blocks the queue's head",
        "A batch that is refused as a whole is sent again as it is.",
        swap(
            f"{_PUSH}:Push._send",
            _SENDING,
            "            if len(items) > 1:\n"
            "                self._postpone(items, error)\n"
            "                raise\n"
            '                self._outbox.postpone(ids, self._now(), "")\n',
        ),
    ),
    Mutant(
        "drop on 401",
        "Decisions sent with a token that has run out are given up.",
        swap(
            f"{_PUSH}:Push._send",
            "        except Unauthorised as error:\n            self._hold(items, error, blocked)\n",
            f"        except Unauthorised as error:\n            {_DELETE}",
        ),
    ),
    Mutant(
        "unknown 4xx drops",
        "Decisions are given up at 403, 404 and codes that nobody knows.",
        swap(
            f"{_PUSH}:Push._send",
            "        except (Forbidden, NotFound, NotAccepted) as error:\n"
            "            self._hold(items, error, blocked)\n",
            f"        except (Forbidden, NotFound, NotAccepted) as error:\n            {_DELETE}",
        ),
    ),
    Mutant(
        "500 taken for refused",
        "A fault of the server counts as its answer to the decision.",
        swap(
            f"{_PUSH}:Push._send",
            "        except GatewayError as error:\n            self._postpone(items, error)\n",
            "        except GatewayError as error:\n"
            '            if type(error).__name__ == "ServerFault":\n'
            "                for each in ids:\n"
            "                    self._final(Answer(id=each, status=AnswerStatus.REFUSED))\n"
            "                raise\n"
            "            self._postpone(items, error)\n",
        ),
    ),
    Mutant(
        "answers matched by position",
        "The first answer counts for the first decision of the batch, whatever id it names.",
        swap(
            f"{_PUSH}:Push._record",
            "            answer = by_id.get(decision.id)\n",
            "            place = list(items).index(item)\n"
            "            answer = answers[place] if place < len(answers) else None\n"
            '            answer = answer and answer.model_copy(update={"id": decision.id})\n',
        ),
    ),
    Mutant(
        "payload made anew at each try",
        "A decision is sent with the moment of its sending.",
        swap(
            f"{_PUSH}:Push._send",
            _SUBMIT,
            "from leadqueue.wire.api import DecisionBody\n"
            "            answers = await self._gateway.submit([\n"
            "                DecisionBody.model_validate_json(self._outbox.payload(each)).model_copy(\n"
            '                    update={"decided_at": self._now()}\n'
            "                ).model_dump_json()\n"
            "                for each in ids\n"
            "            ])",
        ),
    ),
    Mutant(
        "later ones of a lead sent after a failure",
        "A decision that waits for its time does not keep the later ones on its lead back.",
        {
            f"{_PUSH}:Push._choose": (
                ("if lead_id in blocked or waits or", "if waits or"),
                ("                blocked.add(lead_id)\n", "                pass\n"),
            ),
        },
    ),
    Mutant(
        "a cut-off sending is not taken up again",
        "What was being sent when the program ended is left as it is.",
        {
            f"{_PUSH}:Push.run": (("        if cut_off:\n", "        if False:\n"),),
            f"{_OUTBOX}:Outbox.due": (
                ("WHERE state IN ('waiting', 'sending') \"", "WHERE state = 'waiting' \""),
            ),
        },
    ),
    Mutant(
        "Retry-After ignored",
        "The pause that the server asks for is not kept.",
        swap("leadqueue.sync.backoff:pause", "max(retry_after or 0.0, 0.0)", "0.0"),
    ),
    # ------------------------------------------------------------ reading
    Mutant(
        "rows not refreshed after a pull",
        "The queue shows a lead as it was before the server changed it.",
        swap(
            f"{_CACHE}:CacheStore.apply_page",
            "touched = dict.fromkeys([*latest, *leavings])",
            "touched = dict.fromkeys(leavings)",
        ),
    ),
    Mutant(
        "rows not refreshed under new definitions",
        "The queue shows rows worked out under the definitions before.",
        {
            f"{_CACHE}:CacheStore.save_definitions": (("        self.refresh_all()\n", ""),),
            f"{_CACHE}:CacheStore.heal": (("            self.refresh_all()\n", "            pass\n"),),
        },
    ),
    Mutant(
        "no healing at the start",
        "Rows beside the outbox after a crash between the two files stay so.",
        swap(f"{_DESK}:Desk.open", "store.cache.heal()", "pass"),
    ),
    Mutant(
        "what the sync stores is not noticed",
        "The queue's marks do not follow what another connection does to the outbox.",
        swap(f"{_DESK}:Desk.changed", "if differs or self._stale:", "if self._stale:"),
    ),
    Mutant(
        "cursor beyond the horizon kept",
        "A cursor that the server does not take any more is sent again for ever.",
        swap(
            f"{_ENGINE}:SyncEngine._pull",
            "                self._cache.begin_full_read(audience)\n",
            "",
        ),
    ),
    # ------------------------------------------------------------ epochs and accounts
    Mutant(
        "epoch change ignored",
        "A server restored from a backup is taken for the one before.",
        swap(f"{_ENGINE}:SyncEngine._meet_epoch", "if known == epoch:", "if known is not None:"),
    ),
    Mutant(
        "the answered ones are not offered again",
        "After a restore the scope is read anew, and nothing is sent that the server has forgotten.",
        swap(
            f"{_ENGINE}:SyncEngine._meet_epoch",
            "            self._outbox.offer_again([item.decision.id for item in answered])\n",
            "",
        ),
    ),
    Mutant(
        "answered ones forgotten at once",
        "Nothing is left to be offered to a restored server.",
        swap(
            f"{_ENGINE}:SyncEngine.cycle",
            "self._outbox.forget_answered(self._now() - OFFER_AGAIN_WITHIN)",
            "self._outbox.forget_answered(self._now() + OFFER_AGAIN_WITHIN)",
        ),
    ),
    Mutant(
        "wrong account's token accepted",
        "Decisions go out with whatever token is there.",
        swap(f"{_ENGINE}:SyncEngine._greet", "if session.user_id != self._user_id:", "if False:"),
    ),
)
