"""What was undone in this run and can be done again. Pure: who decides it anew is the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadqueue.cache.views import OutboxItem
    from leadqueue.definitions.model import DecisionKind
    from leadqueue.domain.lead import FieldValues


@dataclass(frozen=True, slots=True)
class UndoneForm:
    """One form that was taken back: its leads in their order, and the item of the inbox that it was about.

    The decisions themselves are gone: they were never sent. Done again they are new ones, with new ids and
    made on the leads as those stand by then.
    """

    kind: DecisionKind
    values: FieldValues
    lead_ids: tuple[str, ...]
    replaces: str | None = None


class RedoStack:
    """The undone forms, the one undone last on top. A new decision ends what can be done again."""

    def __init__(self) -> None:
        self._forms: list[UndoneForm] = []

    def __len__(self) -> int:
        return len(self._forms)

    def push(self, items: tuple[OutboxItem, ...]) -> None:
        """Remember one form that the outbox has given back."""
        if items:
            first = items[0]
            leads = tuple(item.decision.lead_id for item in items)
            values = dict(first.decision.values)
            self._forms.append(UndoneForm(first.decision.kind, values, leads, first.replaces))

    def pop(self) -> UndoneForm | None:
        return self._forms.pop() if self._forms else None

    def put_back(self, form: UndoneForm) -> None:
        """Nothing came of it through no fault of its own: it can be tried again."""
        self._forms.append(form)

    def clear(self) -> None:
        self._forms.clear()
