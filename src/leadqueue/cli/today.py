"""`today`: what was decided since midnight, as the screen's log tells it."""

from __future__ import annotations

from datetime import timedelta

from leadqueue.cache.queue_views import QueueRow
from leadqueue.cache.today import MOST, detail, earlier, reason, totals, whom
from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.cli.inbox import earlier_json
from leadqueue.cli.output import print_json, print_line, say
from leadqueue.cli.queue import AsJson, moment
from leadqueue.cli.session import open_desk
from leadqueue.domain.moments import day_start, zone_named
from leadqueue.domain.text import one_line

_WAITS = "The next sync sends it."


def today(as_json: AsJson = False) -> None:
    """List what was decided since midnight, newest first, and how far each decision has come."""
    with open_desk() as desk:
        zone = zone_named(desk.account.zone)
        now = desk.now()
        items = desk.decided_since(day_start(now, zone), MOST)
        rows = {item.decision.lead_id: desk.queue.row(item.decision.lead_id) for item in items}
        kept = {lead_id: desk.remembered(lead_id) for lead_id, row in rows.items() if row is None}
        definitions, directory = desk.definitions, desk.directory
        own_clock = now - timedelta(milliseconds=desk.sync_clock()[0])
    if as_json:
        print_json([_json(item, rows[item.decision.lead_id]) for item in items])
        return
    for item in items:
        decision = item.decision
        label = one_line(definitions.decisions[decision.kind].label, 24)
        person = one_line(whom(rows[decision.lead_id], kept.get(decision.lead_id)), 80)
        why = reason(decision, definitions, directory)
        print_line(
            f"{decision.decided_at.astimezone(zone):%H:%M}  {item.fate.value:<8}  {label}: "
            f"{person}{f': {why}' if why else ''}"
        )
        if item.fate is not Fate.ANSWERED:
            print_line(f"       {detail(item, own_clock, zone, _WAITS)}")
        for told in earlier(item, definitions, directory, zone):
            print_line(f"       {told}")
    say(f"{totals(items, MOST)}.")


def _json(item: DecidedItem, row: QueueRow | None) -> dict[str, object]:
    return {
        "id": item.decision.id,
        "lead_id": item.decision.lead_id,
        "name": row.person if row else None,
        "company": row.company if row else None,
        "kind": item.decision.kind.value,
        "values": item.decision.values,
        "state": item.fate.value,
        "trouble": item.trouble,
        "replaces": item.replaces,
        "earlier": [earlier_json(each) for each in item.earlier],
        "decided_at": moment(item.decision.decided_at),
        "settled_at": moment(item.settled_at),
        "next_try_at": moment(item.next_try_at),
    }
