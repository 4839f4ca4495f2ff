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
_POST = 'await self._call("POST", "/v1/decisions", body=body, headers=headers)'
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
        "a form's decisions stored one by one",
        "The decisions of one form over several leads are not stored all or none.",
        swap(
            f"{_OUTBOX}:Outbox.add",
            "        with self._write() as connection:\n            for draft in drafts:\n",
            "        for draft in drafts:\n            with self._write() as connection:\n",
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
        "undo of a decision already sending",
        "A decision is taken back although it may have arrived.",
        swap(f"{_OUTBOX}:_UNTOUCHED", "state IN ('waiting', 'held') AND attempts = 0", "state <> 'answered'"),
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
            "to_inbox(connection, row, AttentionStatus.OVERTAKEN, message, errors, lead_now, at)",
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
        "no answer taken for applied",
        "A decision for which the answer has no word counts as done.",
        swap(
            f"{_PUSH}:Push._record",
            "            answer = by_id.get(decision.id)\n",
            "            answer = by_id.get(decision.id) or Answer(\n"
            "                id=decision.id, status=AnswerStatus.APPLIED, seq=0\n"
            "            )\n",
        ),
    ),
    Mutant(
        "answers matched by position",
        "The first answer counts for the first decision of the batch, whatever id it names.",
        swap(
            f"{_PUSH}:Push._record",
            "                answer = by_id.get(decision.id)\n",
            "                place = list(items).index(item)\n"
            "                answer = answers[place] if place < len(answers) else None\n"
            '                answer = answer and answer.model_copy(update={"id": decision.id})\n',
        ),
    ),
    Mutant(
        "captive portal's 200 taken for an answer",
        "Any 200 to the sending counts as its success.",
        swap(
            "leadqueue.crm.native:NativeGateway.submit",
            f"        return read_answers({_POST})\n",
            f"        response = {_POST}\n"
            '        if response.headers.get("content-type") == "application/json":\n'
            "            return read_answers(response)\n"
            "        import json\n"
            '        ids = [json.loads(each)["id"] for each in bodies]\n'
            '        taken = {"status": "applied", "seq": 0}\n'
            '        return tuple(Answer.model_validate({"id": each, **taken}) for each in ids)\n',
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
        "sent in another order",
        "Decisions go out newest first.",
        swap(
            f"{_PUSH}:Push._choose",
            "for item in self._outbox.due(now + _FAR, _ALL):",
            "for item in reversed(self._outbox.due(now + _FAR, _ALL)):",
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
        "held for good",
        "What was held back is not tried again after a start, a login or the rep's wish.",
        swap(f"{_ENGINE}:SyncEngine._greet", "if self._release_held:", "if False:"),
    ),
    Mutant(
        "Retry-After ignored",
        "The pause that the server asks for is not kept.",
        swap("leadqueue.sync.backoff:pause", "max(retry_after or 0.0, 0.0)", "0.0"),
    ),
    # ------------------------------------------------------------ reading
    Mutant(
        "cursor saved before its rows",
        "The cursor moves on, and settles what it covers, before the leads are stored.",
        swap(
            f"{_CACHE}:CacheStore.apply_page",
            "        with self._write() as connection:\n            row = connection",
            "        with self._write() as connection:\n"
            "            connection.execute(\n"
            '                "UPDATE cursor SET cursor = ?, seq = ?, full = 0 WHERE audience = ?",\n'
            "                (page.next, page.seq, audience),\n"
            "            )\n"
            "        self._settle(page.seq)\n"
            "        with self._write() as connection:\n            row = connection",
        ),
    ),
    Mutant(
        "overlay dropped early",
        "An answered decision is not shown any more before the feed has brought its effect.",
        swap(
            f"{_OUTBOX}:Outbox.open_on",
            "(state <> 'answered' OR (settled = 0 AND answer_seq > ?))",
            "(state <> 'answered' OR (settled = 0 AND answer_seq > ? AND 0))",
        ),
    ),
    Mutant(
        "settled without forcing the cache",
        "The replay of an answered decision ends while a power cut can still take its effect from the cache.",
        swap(f"{_CACHE}:CacheStore._settle", 'self._pragma("synchronous=FULL")', "pass"),
    ),
    Mutant(
        "rows not refreshed after a pull",
        "The queue shows a lead as it was before the server changed it.",
        swap(
            f"{_CACHE}:CacheStore.apply_page",
            "touched = dict.fromkeys([*latest, *leavings, *settling])",
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
        "decisions without their epoch",
        "What is sent does not say for which life of the server it was meant.",
        swap(
            "leadqueue.crm.native:NativeGateway.submit",
            "{EPOCH_HEADER: self._epoch} if self._epoch else None",
            "None",
        ),
    ),
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
            "self._outbox.forget_answered(self._server_now() - OFFER_AGAIN_WITHIN)",
            "self._outbox.forget_answered(self._server_now() + OFFER_AGAIN_WITHIN)",
        ),
    ),
    Mutant(
        "wrong account's token accepted",
        "Decisions go out with whatever token is there.",
        swap(f"{_ENGINE}:SyncEngine._greet", "if session.user_id != self._user_id:", "if False:"),
    ),
    Mutant(
        "two users share one outbox",
        "The files of a machine's second user are those of its first.",
        swap(
            "leadqueue.cache.home:Home.account_dir",
            'f"{url}\\n{account.user_id}".encode()',
            'f"{url}\\n".encode()',
        ),
    ),
)
