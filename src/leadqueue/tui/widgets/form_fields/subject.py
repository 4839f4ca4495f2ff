"""What a form is over: the leads, and all that says which fields they are asked for and how each begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from leadqueue.definitions.model import DecisionKind, Definitions, FieldType
from leadqueue.domain.decision import FieldError
from leadqueue.domain.forms import FormEntry, form_for
from leadqueue.domain.lead import Actor, Directory, FieldValue, FieldValues, Lead
from leadqueue.domain.today import day_for
from leadqueue.domain.values import parse_text, show_value
from leadqueue.tui.ports import Keymap


@dataclass(frozen=True, slots=True)
class FormSubject:
    """A decision of `kind` by `actor` over `leads`, at `now` (UTC).

    With `given` values the form comes filled in, shows what is wrong with them, and stands where that is.
    `last_reason` is what the rep took last for this kind: one key fills it in, it is never there by itself.
    `keymap` is what the form tells its keys by. Without leads it is what a form can be made of ahead.
    """

    kind: DecisionKind
    leads: tuple[Lead, ...]
    definitions: Definitions
    actor: Actor
    now: datetime
    directory: Directory
    given: FieldValues | None = None
    last_reason: str | None = None
    keymap: Keymap = field(default_factory=dict)

    @property
    def one(self) -> Lead | None:
        """The lead, where it is a single one."""
        return self.leads[0] if len(self.leads) == 1 else None

    @property
    def own(self) -> FieldValues:
        """The lead's own values, where the form is over one."""
        return dict(self.one.fields) if self.one else {}

    @property
    def today(self) -> date:
        return day_for(self.actor, self.leads[0] if self.leads else None, self.now, self.directory)

    def entries(self, values: Mapping[str, FieldValue]) -> tuple[FormEntry, ...]:
        """The fields that are asked for, given what is filled in so far."""
        return form_for(self.kind, self.leads, values, self.definitions, self.actor, self.directory)

    def begins_like(self, other: FormSubject) -> bool:
        """Whether a form over `other` begins with just what one over this begins with, but for its leads and
        what they have."""
        return (
            self.kind is other.kind
            and self.given is other.given is None
            and self.definitions is other.definitions
            and self.keymap == other.keymap
            and self.today == other.today
            and self._blank == other._blank
        )

    @property
    def _blank(self) -> list[FormEntry]:
        return [replace(entry, initial=None) for entry in self.entries({})]

    def as_text(self, entry: FormEntry, value: FieldValue, around: FieldValues) -> str:
        """A value as the field's editor shows it. The currency of an amount is another field's."""
        text = show_value(entry.field, value, self.definitions, around, self.directory)
        return text.rpartition(" ")[0] if entry.type is FieldType.MONEY and " " in text else text

    def untouched(self, entry: FormEntry) -> FieldValue:
        """The value as the editor would give it back if nobody typed: what is shown may be made harmless."""
        if entry.choices or entry.type in (FieldType.BOOLEAN, FieldType.DATE):
            return entry.initial
        text, own = self.as_text(entry, entry.initial, self.own), self.own
        long = entry.type is FieldType.LONG_TEXT
        read = text.strip() or None if long else parse_text(entry.field, text, self.definitions, own)
        return entry.initial if isinstance(read, FieldError) else read

    def parse(self, key: str, text: str, around: FieldValues) -> FieldValue | FieldError:
        """What a field's text means, the values `around` it known."""
        return parse_text(key, text, self.definitions, around, self.directory)
