"""What a form over several leads will do, said in few lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line
from leadqueue.tui.actions import keys_told
from leadqueue.tui.ports import Keymap
from leadqueue.tui.widgets.form_fields.checking import FormCheck

_NAMED = 3
_REASONS = 4


def bulk_summary(label: str, leads: Sequence[Lead], verdict: FormCheck, keymap: Keymap) -> Content:
    """How many leads will change, and for those that cannot: which, and why, grouped by the reason."""
    able = len(leads) - len(verdict.cannot)
    head = f"{able} of {len(leads)} leads will change" if verdict.cannot else f"All {able} leads will change"
    if not able:
        head = f"None of the {len(leads)} leads can change"
    lines = [
        Content.assemble(
            (head, "bold"), (f"  {keys_told(keymap, ('form.who', 'lists them'))}", "$text-muted")
        )
    ]
    people = {lead.id: one_line(lead.person, 40) for lead in leads}
    will = [people[lead.id] for lead in leads if lead.id not in verdict.cannot]
    if will:
        lines.append(Content(f"✓ {_named(will)}"))
    by_reason: dict[str, list[str]] = {}
    for lead_id, errors in verdict.cannot.items():
        by_reason.setdefault("; ".join(error.message for error in errors), []).append(people[lead_id])
    groups = sorted(by_reason.items(), key=lambda group: -len(group[1]))
    for reason, names in groups[:_REASONS]:
        lines.append(Content(f"✗ {_named(names)}: {one_line(reason, 300)}"))
    if len(groups) > _REASONS:
        rest = sum(len(names) for _, names in groups[_REASONS:])
        lines.append(Content(f"  and {rest} more that '{one_line(label)}' cannot change"))
    return Content("\n").join(lines)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
