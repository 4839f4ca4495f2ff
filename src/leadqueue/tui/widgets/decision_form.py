"""The form of a decision, drawn from the definitions and checked by the rule book as one types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.geometry import Region
from textual.message import Message
from textual.timer import Timer
from textual.widget import AwaitMount, Widget
from textual.widgets import Button, Static

from leadqueue.definitions.model import DecisionKind, FieldType
from leadqueue.domain.decision import ABOUT_THE_LEAD, FieldError, out_of_scope
from leadqueue.domain.form_rules import edited_values
from leadqueue.domain.forms import FormEntry
from leadqueue.domain.lead import FieldValue, FieldValues, Lead
from leadqueue.domain.text import one_line
from leadqueue.domain.values import is_empty
from leadqueue.tui.actions import BY_ID, Place, bindings
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.widgets.date_input import DateField
from leadqueue.tui.widgets.form_fields.base import EntryField, FieldColumn
from leadqueue.tui.widgets.form_fields.checking import FormCheck, checked
from leadqueue.tui.widgets.form_fields.likeness import Likeness
from leadqueue.tui.widgets.form_fields.picklist import PickField, YesNoField
from leadqueue.tui.widgets.form_fields.subject import FormSubject
from leadqueue.tui.widgets.form_fields.summary import LOW_FORM, Summary, SummaryLines
from leadqueue.tui.widgets.form_fields.texts import LineField, TextField
from leadqueue.tui.widgets.plain_lines import Striped

_AT_ONCE = 300
"""Leads that are checked on each key; a form over more of them waits for a pause in the typing."""
_PAUSE = 0.15


class DecisionForm(Vertical, Striped):
    """A form over one lead or several. It decides nothing: it posts `Submitted` with what was filled in.

    Over a subject without leads it is made ahead: mounted, out of sight, until `begin` opens it once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.FORM),
        Binding("shift+tab", "go(-1)", "Previous field", show=False),
    ]

    class Submitted(Message):
        """The form is complete for `lead_ids`; with several leads, for those that will change."""

        def __init__(self, kind: DecisionKind, lead_ids: tuple[str, ...], values: FieldValues) -> None:
            super().__init__()
            self.kind = kind
            self.lead_ids = lead_ids
            self.values = values

    class Cancelled(Message):
        """The rep left the form. `dirty` where something was filled in and given up."""

        def __init__(self, dirty: bool) -> None:
            super().__init__()
            self.dirty = dirty

    class Refused(Message):
        """A key of the form does nothing here, and why."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, subject: FormSubject) -> None:
        super().__init__(classes="" if subject.leads else "-ahead")
        self._subject = subject
        self._spec = subject.definitions.decisions[subject.kind]
        self._fields: dict[str, EntryField] = {}
        self._shown: tuple[str, ...] = ()
        self._baseline: dict[str, FieldValue] = {}
        self._arriving: dict[str, AwaitMount] = {}
        self._visited: set[str] = set()
        self._attempted = subject.given is not None
        self._sent = False
        self._trouble = ""
        self._gone: set[str] = set()
        self._pause: Timer | None = None
        self._likeness: Likeness | None = None
        self.verdict = FormCheck(())
        self.can_focus_children = self.is_open

    @property
    def kind(self) -> DecisionKind:
        return self._subject.kind

    @property
    def leads(self) -> tuple[Lead, ...]:
        return self._subject.leads

    @property
    def is_open(self) -> bool:
        """Whether it is over leads; one that is made ahead is over none yet, and no key goes there."""
        return bool(self.leads)

    def takes(self, subject: FormSubject) -> bool:
        """Whether the form, made ahead over no lead, can be begun over these."""
        return self.is_mounted and not self.is_open and self._subject.begins_like(subject)

    def looks_like(self, subject: FormSubject) -> bool:
        """Whether what was drawn of it ahead tells the same last reason."""
        return self._subject.last_reason == subject.last_reason

    def _rest(self) -> None:
        """Laid out and drawn under what covers it, the form that is made ahead lies aside."""
        if not self.is_open and self.display:
            self._likeness = Likeness.of(self, self.query_one("#form-title"), self.query_one(FieldColumn))
        self.display = self.is_open

    def begin(self, subject: FormSubject) -> None:
        """Be over these leads, having been made ahead; `open` brings it into sight."""
        if not self.looks_like(subject):
            self._likeness = None
        self._subject, self._gone = subject, set()
        self.query_one("#form-title", Static).update(self._title())
        for entry in subject.entries({}):
            self._fill(self._fields[entry.field], entry)
        for field in self._fields.values():  # an amount is read with its currency
            field.begin()
        self._hint_last()
        self._check()

    def open(self) -> None:
        """Come into sight, and take the keys."""
        self.display = self.can_focus_children = True
        self.remove_class("-ahead", update=False)
        self.app.stylesheet.update_nodes([self])  # nothing in it looks otherwise
        self.focus_first()

    def likeness(self, place: Region) -> Likeness | None:
        """How the form that has begun will look at `place`, but for the caret; None where that is not known:
        it was made for another place, has values in it, or says more than one without a lead."""
        known = self._likeness
        if known is None or known.place != place or self._trouble or len(self.leads) != 1:
            return None
        if any(not is_empty(value) for value in self._read()[0].values()):
            return None
        title = self.query_one("#form-title", Static)
        return known.titled(title, self._title())

    def close(self) -> None:
        """Hide the form for good; it is over no lead any more, and nothing in it takes the focus."""
        self._subject = replace(self._subject, leads=())
        self.display = self.can_focus_children = False
        self.set_reactive(Widget.disabled, True)  # without a look at the styles of what is not seen

    def compose(self) -> ComposeResult:
        yield Static(self._title(), id="form-title", markup=False)
        yield Static(one_line(self._spec.description), id="form-description", markup=False)
        with FieldColumn(id="form-fields"):
            for entry in self._subject.entries(self._given):
                yield self._made(entry)
            self._shown = tuple(self._fields)
        yield SummaryLines(id="form-leads")
        trouble = Static("", id="form-trouble", markup=False)
        trouble.display = False
        yield trouble
        with Horizontal(id="form-buttons"):
            yield Button(self._submit_label(""), id="form-submit", variant="primary", compact=True)
            yield Button(Content(f"Close ({self._key_of('form.cancel')})"), id="form-close", compact=True)

    def on_mount(self) -> None:
        if self.is_open:
            self._hint_last()
            self._check()
            self.focus_first()
            return
        if not self.children:  # put away before it was there
            return
        self._hint_last()
        self._show()
        if self._shown:
            self._fields[self._shown[0]].light()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._likeness = None

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height < LOW_FORM, "-low")
        if not self.is_open:
            self.call_after_refresh(self._rest)

    def focus_first(self) -> None:
        """To the first field, or the first wrong one where the form came filled in."""
        wrong = [key for key in self._shown if self._attempted and key in self.verdict.at_field]
        if self._shown:
            self._focus((wrong or self._shown)[0])

    @property
    def values(self) -> FieldValues:
        """What would be sent now: filled fields; of an edit those that it writes, None for an emptied one."""
        read, _ = self._read()
        if self._spec.edits is not None and self._subject.one is not None:
            return edited_values(read, self._baseline, self._subject.definitions)
        return {key: value for key, value in read.items() if not is_empty(value)}

    @property
    def dirty(self) -> bool:
        """Whether the rep has filled in something that would be lost."""
        return any(self._fields[key].is_touched for key in self._shown)

    def show_errors(self, errors: Iterable[FieldError]) -> None:
        """Show why the decision was not stored after all, and let the rep go on in the form."""
        self._sent = False
        rest: list[FieldError] = []
        for error in errors:
            if error.field in self._shown:
                self._fields[error.field].show_error(error.message)
            else:
                rest.append(error)
        self._show_trouble(rest)

    def tell_gone(self, lead_ids: set[str]) -> None:
        """Say which of its leads have left the reach. What is filled in stays, and can be sent still."""
        if lead_ids != self._gone:
            self._gone = lead_ids
            self._show()

    def _gone_words(self) -> Iterator[FieldError]:
        """What is to be known of the leads that have left."""
        if not self._gone:
            return
        error, count = out_of_scope(), len(self.leads)
        if count > 1:
            are = "is" if len(self._gone) == 1 else "are"
            error = replace(error, message=f"{len(self._gone)} of {count} leads {are} out of your reach now")
        if len(self._gone) == count:
            error = replace(error, message=f"{error.message}: what you send comes to your inbox")
        yield error

    # The fields

    @property
    def _given(self) -> FieldValues:
        return self._subject.given or {}

    def _made(self, entry: FormEntry) -> EntryField:
        made: EntryField
        if entry.type is FieldType.BOOLEAN:
            made = YesNoField(entry, self)
        elif entry.choices:
            made = PickField(entry, self)
        elif entry.type is FieldType.DATE:
            made = DateField(entry, self, self._subject.today)
        elif entry.type is FieldType.LONG_TEXT:
            made = TextField(entry, self)
        else:
            made = LineField(entry, self, self._parse)
        self._fields[entry.field] = made
        self._fill(made, entry)
        return made

    def _fill(self, field: EntryField, entry: FormEntry) -> None:
        """Have the field begin with what was given, or else with what the lead has."""
        subject, key = self._subject, entry.field
        known = self._given.get(key, entry.initial)
        self._baseline[key] = subject.untouched(entry)
        if known is not None:
            field.fill(known, subject.as_text(entry, known, subject.own | self._given))

    def _hint_last(self) -> None:
        """Say which key takes the last reason again, under the field that it fills."""
        field, reason = self._fields.get(self._spec.reason or ""), self._subject.last_reason
        if field is not None and reason is not None and (label := dict(field.entry.choices).get(reason)):
            field.hint(f"{self._key_of('form.last')} takes '{label}' again")

    def _parse(self, key: str, text: str) -> FieldValue | FieldError:
        around = self._subject.own
        currency = self._currency_of(key)
        if currency in self._fields and not isinstance(code := self._fields[currency].value, FieldError):
            around[currency] = code
        return self._subject.parse(key, text, around)

    def _currency_of(self, key: str) -> str | None:
        return self._subject.definitions.fields[key].currency_field

    def _read(self) -> tuple[FieldValues, dict[str, FieldError]]:
        read: FieldValues = {}
        unread: dict[str, FieldError] = {}
        for key in self._shown:
            value = self._fields[key].value
            if isinstance(value, FieldError):
                unread[key] = value
            else:
                read[key] = value
        return read, unread

    def _lay_out(self) -> None:
        """Bring in the fields that the present values ask for, put away the others with what they hold."""
        entries = self._subject.entries(self._read()[0])
        wanted = tuple(entry.field for entry in entries)
        if wanted == self._shown:
            return
        box = self.query_one(FieldColumn)
        for key in self._shown:
            self._fields[key].display = key in wanted
        previous: EntryField | None = None
        for entry in entries:
            if entry.field in self._fields:
                self._fields[entry.field].display = True
            else:
                self._arriving[entry.field] = box.mount(
                    self._made(entry), after=previous, before=None if previous else 0
                )
            previous = self._fields[entry.field]
        self._shown = wanted
        self._hint_last()

    def field_changed(self, field: EntryField) -> None:
        """Ask the rule book at once, or with many leads as soon as the typing pauses."""
        if not self.is_open:
            return
        key = field.entry.field
        self._visited.add(key)
        if self._spec.edits is not None:  # an amount is another one with its currency
            self._visited.update(other for other in self._shown if self._currency_of(other) == key)
        self._lay_out()
        if len(self.leads) <= _AT_ONCE:
            self._check()
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self._check)

    def field_left(self, field: EntryField) -> None:
        """Show what is wrong with the field, unless the rep only looks elsewhere for a moment."""
        there = self.is_open and self.is_attached and bool(self.query("#form-trouble"))
        if there and self.app.app_focus and self.screen is self.app.screen:
            self._visited.add(field.entry.field)
            self._show()

    def field_done(self, field: EntryField) -> None:
        """Go to the next field, or send the form after the last one; stay where something is wrong."""
        if not self.is_open:
            return
        key = field.entry.field
        self._visited.add(key)
        if self._pause is not None:
            self._check()  # what was found before says nothing of this value
        else:
            self._show()
        if field.error:
            self.query_one(FieldColumn).follow()
            return
        if key not in self._shown:
            return
        if key == self._shown[-1]:
            self.action_submit()
            return
        following = self._shown[self._shown.index(key) + 1]
        if following in self._arriving:
            self.call_next(self._focus_on_arrival, following)
        else:
            self._focus(following)

    async def _focus_on_arrival(self, key: str) -> None:
        await self._arriving.pop(key)
        self._focus(key)

    def _focus(self, key: str) -> None:
        self._fields[key].light()
        self.screen.set_focus(self._fields[key].editor, scroll_visible=False)
        self.query_one(FieldColumn).follow()

    # The check

    def _check(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        _, unread = self._read()
        self.verdict = checked(self._subject, self.values, unread, self._shown)
        self._show()

    def _show(self) -> None:
        verdict = self.verdict
        for key in self._shown:
            error = verdict.at_field.get(key)
            told = error is not None and (self._attempted or key in self._visited)
            self._fields[key].show_error(error.message if error and told else "")
        blocked = [error for error in verdict.whole if error.code in ABOUT_THE_LEAD]
        self._show_trouble(verdict.whole if self._attempted else blocked)
        summary = self.query_one(SummaryLines)
        summary.display = len(self.leads) > 1
        if len(self.leads) > 1:
            summary.show(Summary.of(self.leads, verdict, self._subject.keymap))
            able = len(self.leads) - len(verdict.cannot)
            many = f" {able} lead{'' if able == 1 else 's'}"
            submit, label = self.query_one("#form-submit", Button), self._submit_label(many)
            if str(submit.label) != label.plain:
                submit.label = label
                submit.refresh(layout=True)  # it is as wide as its label

    def _show_trouble(self, errors: Iterable[FieldError]) -> None:
        trouble = self.query_one("#form-trouble", Static)
        text = "\n".join(f"✗ {one_line(error.message, 400)}" for error in (*self._gone_words(), *errors))
        if text != self._trouble:  # what is updated has all laid out anew
            self._trouble = text
            trouble.update(Content(text))
            trouble.display = bool(text)

    # What the rep does

    def on_key(self, event: Key) -> None:
        """A letter on a button is no command to the queue behind the form."""
        if event.is_printable:
            event.stop()

    def action_submit(self) -> None:
        """Send the form, or go to the first field that keeps it from being sent."""
        if self._sent:
            return
        self._attempted = True
        self._check()
        verdict = self.verdict
        if verdict.ready:
            self._sent = True
            self.post_message(self.Submitted(self.kind, verdict.ready, self.values))
            return
        if verdict.at_field:
            self.focus_first()

    def action_cancel(self) -> None:
        """Close the form; one with something in it only after a question."""
        if not self.dirty:
            self.post_message(self.Cancelled(dirty=False))
            return
        question = f"Close '{self._spec.label}' and lose what you have filled in?"
        self.app.push_screen(ConfirmScreen(question, "Close it", "Keep editing"), self._answered)

    def _answered(self, lose_it: bool | None) -> None:
        if lose_it:
            self.post_message(self.Cancelled(dirty=True))

    def action_last_reason(self) -> None:
        """Fill in the reason that the rep took last for this kind of decision, and nothing else."""
        field, reason = self._fields.get(self._spec.reason or ""), self._subject.last_reason
        label = one_line(self._spec.label)
        if not isinstance(field, PickField):
            self.post_message(self.Refused(f"'{label}' asks for no reason"))
        elif reason is None:
            self.post_message(self.Refused(f"There is no earlier reason for '{label}' to take again"))
        elif field.take(reason):
            self._focus(field.entry.field)
        else:
            self.post_message(self.Refused("The reason that you took last is not among those of this form"))

    def action_who(self) -> None:
        """List every lead of the form: which will change, and which cannot and why."""
        if len(self.leads) > 1:
            from leadqueue.tui.screens.bulk_leads import BulkLeadsScreen

            self._check()
            self.app.push_screen(BulkLeadsScreen(self._spec.label, self.leads, self.verdict))
        else:
            self.post_message(self.Refused("This form is over one lead; the list of leads is for several"))

    def action_go(self, step: int) -> None:
        """To the next or the previous stop, round and round inside the form."""
        stops = [self._fields[key].editor for key in self._shown]
        stops += [self.query_one("#form-submit"), self.query_one("#form-close")]
        focused = self.screen.focused
        stop = (stops.index(focused) + step) % len(stops) if focused in stops else 0
        stops[stop].focus(scroll_visible=False)
        self.query_one(FieldColumn).follow()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "form-submit":
            self.action_submit()
        else:
            self.action_cancel()

    def _submit_label(self, many: str) -> Content:
        return Content(f"{one_line(self._spec.label)}{many} ({self._key_of('form.submit')})")

    def _key_of(self, action: str) -> str:
        return BY_ID[action].first_key(self._subject.keymap)

    def _title(self) -> Content:
        label = one_line(self._spec.label)
        if self._subject.one is None:
            return Content.assemble((label, "bold"), f"  {len(self.leads)} leads")
        lead = self._subject.one
        whom = one_line(lead.person, 80)
        at = f", {one_line(lead.company, 80)}" if lead.company else ""
        return Content.assemble((label, "bold"), f"  {whom}{at}")
