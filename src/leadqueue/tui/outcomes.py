"""What came of the rep's deed, in a sentence for the status line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from leadqueue.cache.views import BulkResult, OutboxItem
from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Lead
from leadqueue.domain.shown import plural
from leadqueue.domain.text import one_line
from leadqueue.tui.words import Level

STAYS = frozenset({DecisionKind.NOTE, DecisionKind.EDIT})
"""Decisions after which the rep goes on with the same lead."""


def decided(kind: DecisionKind, whom: str, definitions: Definitions, undo_key: str) -> tuple[str, Level]:
    """One decision is stored."""
    done = definitions.decisions[kind].done
    return f"{done}: {one_line(whom, 60)}. {undo_key} undoes it until it is sent.", Level.GOOD


def decided_many(result: BulkResult, definitions: Definitions, undo_key: str) -> tuple[str, Level]:
    """A form over several leads: how many hold, and why the others do not."""
    done = definitions.decisions[result.kind].done
    told = f"{done}: {plural(len(result.stored), 'lead')}."
    if not result.refused:
        return f"{told} {undo_key} undoes all of it until it is sent.", Level.GOOD
    why = most_common(error for errors in result.refused.values() for error in errors[:1])
    return f"{told} {plural(len(result.refused), 'lead')} stayed selected: {why}", Level.WARNING


def kept(leads: tuple[Lead, ...]) -> tuple[str, Level]:
    """What was filled in for leads that had left the reach is stored."""
    whom = one_line(leads[0].person, 60) if len(leads) == 1 else plural(len(leads), "lead")
    now = "is" if len(leads) == 1 else "are"
    return (
        f"{whom} {now} out of your reach now: what you filled in comes to your inbox, "
        "unless the server takes it.",
        Level.WARNING,
    )


def most_common(errors: Iterable[FieldError]) -> str:
    counted = Counter(error.message for error in errors)
    return one_line(counted.most_common(1)[0][0]) if counted else ""


def undone(
    items: tuple[OutboxItem, ...],
    definitions: Definitions,
    person: Callable[[str], str],
    *,
    on_their_way: int = 0,
    redo_key: str = "",
) -> tuple[str, Level]:
    """The last form was taken back, or there was none to take back. `on_their_way` are those of it that a
    sending has touched."""
    if not items:
        return "Nothing to undo: what you decided is on its way to the server already.", Level.WARNING
    told = f"Undone: {_of_whom(items, definitions, person)}."
    if on_their_way:
        told += f" {plural(on_their_way, 'lead')} of the same form cannot be taken back any more."
        return told, Level.WARNING
    return f"{told} {redo_key} does it again." if redo_key else told, Level.GOOD


def redone(result: BulkResult, definitions: Definitions, person: Callable[[str], str]) -> tuple[str, Level]:
    """What was undone is decided anew, as far as it still holds."""
    why = most_common(error for errors in result.refused.values() for error in errors[:1])
    if not result.stored:
        label = definitions.decisions[result.kind].label
        whom = _whom(tuple(result.refused), person)
        return f"{label} of {whom} does not hold any more: {why}", Level.WARNING
    told = f"Done again: {_of_whom(result.stored, definitions, person)}."
    if not result.refused:
        return told, Level.GOOD
    return f"{told} Not {plural(len(result.refused), 'lead')}: {why}", Level.WARNING


def _of_whom(items: tuple[OutboxItem, ...], definitions: Definitions, person: Callable[[str], str]) -> str:
    label = definitions.decisions[items[0].decision.kind].label
    return f"{label} of {_whom(tuple(item.decision.lead_id for item in items), person)}"


def _whom(lead_ids: tuple[str, ...], person: Callable[[str], str]) -> str:
    return one_line(person(lead_ids[0]), 60) if len(lead_ids) == 1 else plural(len(lead_ids), "lead")


def safe_words(unsent: int, acknowledged: int = 0) -> str:
    """What is said at the end about decisions and acknowledgements that are not sent; '' where all are."""
    what = _unsent_words(unsent, acknowledged)
    if not what:
        return ""
    one = unsent + acknowledged == 1
    return (
        f"{what} {'is' if one else 'are'} not sent yet. "
        f"{'It is' if one else 'They are'} safe on this computer, and {'goes' if one else 'go'} out the next "
        "time leadqueue runs with a network."
    )


def sending_words(unsent: int, acknowledged: int = 0) -> str:
    """What is said while these are sent before the end."""
    return f"Sending {_unsent_words(unsent, acknowledged)} …"


def returned_words(count: int) -> str:
    """What is said at the end about decisions that came to the inbox while they were sent; '' for none."""
    if count < 1:
        return ""
    one = count == 1
    return f"{plural(count, 'decision')} did not hold and {'waits' if one else 'wait'} in your inbox."


def _unsent_words(unsent: int, acknowledged: int) -> str:
    counted = ((unsent, "decision"), (acknowledged, "acknowledgement"))
    return " and ".join(plural(count, name) for count, name in counted if count)
