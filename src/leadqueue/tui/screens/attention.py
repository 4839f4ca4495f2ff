"""The inbox of decisions that did not hold: both sides, and what the rep does about it. Nothing is lost."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from leadqueue.cache.both_sides import Facing, changes, deeds, reasons, sides, status_words, tried, whom
from leadqueue.cache.errors import NotInTheInbox, StoreError
from leadqueue.cache.views import AttentionItem, LeadView, NotStored, Stored
from leadqueue.definitions.model import Definitions
from leadqueue.domain.ages import age, stamp
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Actor, Directory, FieldValues
from leadqueue.domain.moments import NowFn
from leadqueue.domain.text import harmless, one_line
from leadqueue.tui.actions import BY_ID, Place, bindings
from leadqueue.tui.ports import Keymap
from leadqueue.tui.refusals import tell_at_edge
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.subject import FormSubject
from leadqueue.tui.widgets.moved_options import MovedOptions
from leadqueue.tui.words import store_words

_NARROW = 125
"""Cells up to which the list lies above the two sides and not beside them."""
_WHY_NOTHING = "There is nothing in the inbox"


class AttentionDesk(Protocol):
    """What the inbox needs of the rep's desk."""

    @property
    def actor(self) -> Actor:
        """Who the rep is."""

    def attention(self) -> list[AttentionItem]:
        """The decisions that did not hold."""

    def lead(self, lead_id: str) -> LeadView | None:
        """The lead as it stands, None where it is out of reach."""

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored:
        """Decide the same again on the lead as it stands, with other values where some are given."""

    def drop(self, attention_id: str) -> None:
        """Give the decision up."""

    @property
    def trouble(self) -> StoreError | None:
        """What keeps the files from being read."""


class SidesScroll(VerticalScroll):
    """Tells when it has another width: while a form hides it, it has none."""

    class Resized(Message):
        """The two sides are to be laid out for another width."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())


class AttentionScreen(ModalScreen[bool]):
    """Lists the items; answers true where one was sent again or dropped. `zone` is the viewer's."""

    CSS_PATH = sheet("attention")

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.INBOX)]
    AUTO_FOCUS = "#attention-list"
    place: ClassVar[Place] = Place.INBOX

    class Changed(Message):
        """An item was sent again or dropped: there may be something to sync."""

    def __init__(
        self,
        desk: AttentionDesk,
        now: NowFn,
        definitions: Definitions,
        directory: Directory,
        *,
        zone: tzinfo = UTC,
        keymap: Keymap | None = None,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._now = now
        self._definitions = definitions
        self._directory = directory
        self._zone = zone
        self._keymap = keymap
        self._items: list[AttentionItem] = []
        self._changed = False
        self._drawn_at = ""
        self._done = ""
        self._unread = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="attention"):
            yield Static("", id="attention-title", markup=False)
            with Horizontal(id="attention-body"):
                yield MovedOptions(id="attention-list", markup=False, compact=True)
                with Vertical(id="attention-sides"):
                    with SidesScroll(id="attention-scroll"):
                        yield Static("", id="attention-detail", markup=False)
                    yield Static("", id="attention-trouble", markup=False)
            with Horizontal(id="attention-buttons"):
                for name in ("resend", "edit", "drop", "close"):
                    yield Button(self._told(name), id=f"attention-{name}", compact=True)

    def _told(self, name: str) -> Content:
        action = BY_ID[f"attention.{name}"]
        return Content(f"{action.label} ({action.first_key(self._keymap or {})})")

    def on_mount(self) -> None:
        self.refresh_items()
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Bring in what has come to need attention meanwhile, and the ages; not under an open form."""
        if self._form is not None:
            return
        now = [item.id for item in self._read()]
        if now != [item.id for item in self._items] or self._trouble_words != self._unread:
            self.refresh_items()
        elif f"{self._now():%H:%M}" != self._drawn_at:
            self._list()
            self._draw()

    def _read(self) -> list[AttentionItem]:
        return sorted(self._desk.attention(), key=lambda item: item.at, reverse=True)

    @property
    def chosen(self) -> AttentionItem | None:
        index = self.query_one(OptionList).highlighted
        return self._items[index] if index is not None and index < len(self._items) else None

    def refresh_items(self) -> None:
        """Read the inbox anew. The cursor stays on its item, by id, or else near it."""
        kept = self.chosen
        place = self._items.index(kept) if kept else 0
        self._items = self._read()
        by_id = [index for index, item in enumerate(self._items) if kept and item.id == kept.id]
        self._list(by_id[0] if by_id else min(place, len(self._items) - 1))
        self._unread = self._trouble_words
        self._say(self._unread)
        self._draw()

    @property
    def _trouble_words(self) -> str:
        return store_words(self._desk.trouble) if self._desk.trouble is not None else ""

    def _list(self, place: int | None = None) -> None:
        """List the items, with the cursor at `place` or where it stands."""
        listed = self.query_one(OptionList)
        place = listed.highlighted if place is None else place
        with self.prevent(OptionList.OptionHighlighted):
            listed.clear_options()
            listed.add_options([Option(self._line(item), id=item.id) for item in self._items])
            listed.highlighted = place if self._items else None

    def _line(self, item: AttentionItem) -> Content:
        label = self._definitions.decisions[item.decision.kind].label
        when = age(item.at, self._now())
        return Content.assemble(
            (f"! {label}", "bold $text-warning"),
            f"  {whom(item)}\n",
            (f"  {status_words(item)}, {when}", "$text-muted"),
        )

    # What is seen

    def _draw(self) -> None:
        count = len(self._items)
        self._drawn_at = f"{self._now():%H:%M}"
        title = f"Needs your attention: {count}" if count else "Needs your attention"
        self.query_one("#attention-title", Static).update(
            Content.assemble((title, "bold"), (f"   {self._done}", "$text-success") if self._done else "")
        )
        item = self.chosen
        self.set_class(not count, "-empty")
        for name in ("resend", "edit", "drop"):
            self.query_one(f"#attention-{name}", Button).display = item is not None
        self.query_one("#attention-detail", Static).update(self._detail(item) if item else _nothing())

    def _detail(self, item: AttentionItem) -> Content:
        width = max(self.query_one("#attention-scroll", VerticalScroll).scrollable_content_region.width, 40)
        now, decision = self._now(), item.decision
        done = self._definitions.decisions[decision.kind].done
        lines = [
            Content.assemble((f"{done}: {whom(item)}", "bold")),
            Content.styled(
                f"You decided {age(decision.decided_at, now)}, {stamp(decision.decided_at, self._zone)}; "
                f"{age(item.at, now)}: {status_words(item)}",
                "$text-muted",
            ),
        ]
        lines += [Content.styled(f"✗ {reason}", "$text-error") for reason in reasons(item)]
        lines += [Content(), *_table(sides(item, self._definitions, self._directory), width)]
        if changed := changes(item, self._definitions, self._directory):
            lines += [Content(), Content.styled("Changed meanwhile", "bold $text-primary")]
            lines += _table(changed, width, ("When you decided", "Now"))
        if done_since := deeds(item, self._definitions):
            lines += [Content(), Content.styled("Since then", "bold $text-primary")]
            for deed in done_since:
                when = f", {age(deed.at, now)}" if deed.at else ""
                who = f"{deed.by}{when}: " if deed.by else ""
                lines.append(Content(f"{who}{deed.what}"))
        elif item.lead_now is None:
            lines += [Content(), Content("The lead is out of your reach now; what you wrote stays here.")]
        if item.earlier:
            lines += [Content(), Content.styled("Earlier tries", "bold $text-primary")]
        for each in item.earlier:
            values, why = tried(each, self._definitions, self._directory)
            lines.append(Content(f"Earlier try, {age(each.decision.decided_at, now)}: {values}"))
            lines.append(Content.styled(f"✗ {why}", "$text-muted"))
        return Content("\n").join(lines)

    def _say(self, *messages: str) -> None:
        trouble = self.query_one("#attention-trouble", Static)
        told = [f"✗ {harmless(message)}" for message in messages if message]
        trouble.update(Content("\n".join(told)))
        trouble.display = bool(told)

    def _say_errors(self, errors: tuple[FieldError, ...]) -> None:
        self._say(*(error.message for error in errors))

    @on(OptionList.OptionHighlighted, "#attention-list")
    def _another(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._say("")
        self._done = ""
        self._draw()
        self.query_one("#attention-scroll").scroll_home(animate=False)

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < _NARROW, "-narrow")

    @on(SidesScroll.Resized)
    def _other_room(self, event: SidesScroll.Resized) -> None:
        event.stop()
        self._draw()

    # What the rep does

    @property
    def _form(self) -> DecisionForm | None:
        return next(iter(self.query(DecisionForm)), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a form is open, its keys are not the inbox's."""
        return action not in ("resend", "edit", "drop", "close") or self._form is None

    def action_resend(self) -> None:
        """Decide the same again, on the lead as it stands now."""
        if item := self._meant:
            self._send(item, None)

    @property
    def _meant(self) -> AttentionItem | None:
        """What a key is about; where there is nothing, that is said."""
        if self.chosen is None:
            self._say(self._trouble_words or _WHY_NOTHING)
        return self.chosen

    def _send(self, item: AttentionItem, values: FieldValues | None) -> bool:
        try:
            answer = self._desk.resend(item.id, values)
        except StoreError as error:
            if self._form is not None:
                self._form.show_errors(())
            self._say(str(error))
            return False
        except NotInTheInbox as error:
            self._say_gone(error)
            return False
        if isinstance(answer, NotStored):
            if self._form is not None:
                self._form.show_errors(answer.errors)
            else:
                self._say_errors(answer.errors)
            return False
        self._settled(f"Sent again: {self._label(item)}")
        return True

    def _say_gone(self, error: NotInTheInbox) -> None:
        """Another program was quicker. A form that is open keeps what was filled in."""
        if self._form is not None:
            self._form.show_errors(())
        else:
            self.refresh_items()
        self._say(str(error))

    def action_edit(self) -> None:
        """Open the form with what the rep had filled in."""
        item = self._meant
        if item is None:
            return
        view = self._desk.lead(item.decision.lead_id)
        if view is None:
            unreachable = "This lead is out of your reach now, so its form cannot be opened."
            self._say(self._trouble_words or unreachable)
            return
        self._say("")
        self.add_class("-editing")
        self.query_one("#attention-scroll").display = False
        self.query_one("#attention-list").disabled = True
        subject = FormSubject(
            item.decision.kind,
            (view.lead,),
            self._definitions,
            self._desk.actor,
            self._now(),
            self._directory,
            dict(item.decision.values),
            keymap=self._keymap or {},
        )
        self.query_one("#attention-sides").mount(DecisionForm(subject), before=0)

    @on(DecisionForm.Submitted)
    async def _submitted(self, event: DecisionForm.Submitted) -> None:
        event.stop()
        item = self.chosen
        if item is not None and self._send(item, event.values):
            await self._close_form()

    @on(DecisionForm.Cancelled)
    async def _cancelled(self, event: DecisionForm.Cancelled) -> None:
        event.stop()
        await self._close_form()

    @on(DecisionForm.Refused)
    def _refused(self, event: DecisionForm.Refused) -> None:
        event.stop()
        tell_at_edge(self, event.why)

    async def _close_form(self) -> None:
        if (form := self._form) is not None:
            form.close()
            await form.remove()
        self.remove_class("-editing")
        self.query_one("#attention-scroll").display = True
        listed = self.query_one(OptionList)
        listed.disabled = False
        listed.focus()
        self.refresh_bindings()
        self._draw()

    def action_drop(self) -> None:
        """Give the decision up, after a question."""
        item = self._meant
        if item is None:
            return
        label = self._definitions.decisions[item.decision.kind].label
        lost = "What you filled in is lost" + (", in the earlier tries too." if item.earlier else ".")
        question = f"Drop '{label}' on {whom(item)}? {lost}"

        def answered(drop_it: bool | None) -> None:
            if drop_it:
                self._drop(item)

        self.app.push_screen(ConfirmScreen(question, "Drop it", "Keep it"), answered)

    def _drop(self, item: AttentionItem) -> None:
        try:
            self._desk.drop(item.id)
        except StoreError as error:
            self._say(str(error))
            return
        except NotInTheInbox as error:
            self._say_gone(error)
            return
        self._settled(f"Dropped: {self._label(item)}")

    def _label(self, item: AttentionItem) -> str:
        return f"{self._definitions.decisions[item.decision.kind].label} for {whom(item)}"

    def _settled(self, done: str) -> None:
        self._changed = True
        self._done = done
        self.post_message(self.Changed())
        self.refresh_items()

    def action_close(self) -> None:
        self.dismiss(self._changed)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "attention-resend":
                self.action_resend()
            case "attention-edit":
                self.action_edit()
            case "attention-drop":
                self.action_drop()
            case _:
                self.action_close()


def _nothing() -> Content:
    return Content.assemble(
        ("Nothing needs your attention.\n\n", "bold $text-success"),
        "A decision that is refused, or that somebody else was quicker with, comes here "
        "with both sides, and waits until you send it again or drop it.",
    )


def _table(
    lines: list[Facing], width: int, heads: tuple[str, str] = ("Your side", "How it stands now")
) -> list[Content]:
    label = min(max((len(line.label) for line in lines), default=8) + 2, 22)
    column = max((width - label - 4) // 2, 10)
    head = f"{'':{label}}{heads[0]:<{column}}    {heads[1]}"
    table = [Content.styled(head, "bold $text-primary")]
    for line in lines:
        name = Content.styled(f"{one_line(line.label, label - 1):<{label}}", "$text-muted")
        left = Content(line.mine or "–").wrap(column)
        right = Content(line.now or "–").wrap(column)
        for row in range(max(len(left), len(right))):
            mine = left[row] if row < len(left) else Content()
            mine += " " * (column - mine.cell_length)
            mark = (" ≠  " if line.differs else " =  " if line.comparable else "    ") if row == 0 else "    "
            present = right[row] if row < len(right) else Content()
            style = "bold $text-warning" if line.differs else ""
            start = name if row == 0 else Content(" " * label)
            table.append(start + mine + Content.styled(mark, style) + present.stylize(style))
    return table
