"""A picklist that is filled by typing: letters narrow it, arrows walk it, digits and clicks pick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.content import Content
from textual.events import Blur, Click, Focus, Key, MouseMove
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from leadqueue.domain.decision import FieldError
from leadqueue.domain.forms import FormEntry
from leadqueue.domain.lead import FieldValue
from leadqueue.domain.text import folded, one_line
from leadqueue.domain.values import nearest
from leadqueue.tui.widgets.form_fields.base import EntryField, FieldListener

MOST_ROWS = 11
"""Options in sight at once; the rest scrolls."""
LEAST_ROWS = 3
"""Options in sight however little room there is."""
_AROUND = 3
"""Rows of a field besides its options: label, what is typed, what is wrong."""

DIGITS = "1234567890"
"""The keys of the first ten options."""

_STEPS = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10, "home": -100_000, "end": 100_000}


def matching(typed: str, choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The choices that `typed` may mean, the likeliest first: by key, by start of a word, by any part."""
    wanted = folded(typed).strip()
    if not wanted:
        return choices
    ranked: list[tuple[int, int]] = []
    for index, (key, label) in enumerate(choices):
        text = folded(label)
        if folded(key) == wanted:
            ranked.append((0, index))
        elif text.startswith(wanted):
            ranked.append((1, index))
        elif any(word.startswith(wanted) for word in text.replace("-", " ").split()):
            ranked.append((2, index))
        elif wanted in text:
            ranked.append((3, index))
    return tuple(choices[index] for _, index in sorted(ranked))


class Picklist(Widget, can_focus=True):
    """One line while it is not in use, open while it has the focus. Nothing is picked by itself."""

    picked: reactive[str | None] = reactive(None, layout=True)
    typed: reactive[str] = reactive("", layout=True)
    cursor: reactive[int] = reactive(-1)
    opened: reactive[bool] = reactive(False, layout=True)
    most: reactive[int] = reactive(MOST_ROWS, layout=True)
    """Options in sight at once, as far as there is room for them."""

    def __init__(
        self,
        choices: tuple[tuple[str, str], ...],
        on_pick: Callable[[], None],
        on_done: Callable[[], None],
    ) -> None:
        super().__init__()
        self.choices = choices
        self._labels = dict(choices)
        self._called: dict[str, str] = {}
        self._top = 0
        self._on_pick = on_pick
        self._on_done = on_done
        self._found: tuple[str, tuple[tuple[str, str], ...]] | None = None

    def begin_at(self, picked: str | None, called: str) -> None:
        """Begin with a choice; `called` names one that is not in the list any more."""
        self._called = {picked or "": called} if called else {}
        self.set_reactive(Picklist.picked, picked)
        self.refresh()

    @property
    def found(self) -> tuple[tuple[str, str], ...]:
        """The choices that fit what is typed."""
        if self._found is None or self._found[0] != self.typed:
            self._found = (self.typed, matching(self.typed, self.choices))
        return self._found[1]

    def check_consume_key(self, key: str, character: str | None = None) -> bool:  # noqa: ARG002
        """Every letter is the list's own; no binding of the screen takes it."""
        return character is not None and character.isprintable()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line for what is picked or typed, and below it, while open, what there is to pick."""
        return 1 + (min(max(len(self.found), 1), self.most) if self.opened else 0)

    def render(self) -> Content:
        if not self.opened:
            return self._at_rest()
        rows = [self._head()]
        found = self.found
        width = max(self.content_size.width, 8)
        if not found:
            close = nearest(self.typed, self._labels.values())
            hint = f"; do you mean {one_line(close, 60)}?" if close else ""
            rows.append(Content.styled(f"  nothing like this in the list{hint}", "$text-warning"))
        last = min(self._top + self.most, len(found))
        rows.extend(self._row(index, found[index], width) for index in range(self._top, last))
        return Content("\n").join(rows)

    def _at_rest(self) -> Content:
        if self.picked is None:
            return Content.styled("▾ choose", "$text-muted")
        return Content(f"▾ {self._told(self.picked)}")

    def _told(self, key: str) -> str:
        return one_line(self._labels.get(key) or self._called.get(key) or key)

    def _head(self) -> Content:
        if self.typed:
            return Content.assemble("▸ ", (one_line(self.typed, 60), "bold"), ("▏", "blink"))
        if self.picked is not None:
            return Content(f"▸ {self._told(self.picked)}")
        more = len(self.choices) - self.most
        rest = f" ({len(self.choices)})" if more > 0 else ""
        return Content.styled(f"▸ type to find, or digit, or ↑↓ and Enter{rest}", "$text-muted")

    def _row(self, index: int, choice: tuple[str, str], width: int) -> Content:
        key, label = choice
        number = DIGITS[index] if index < len(DIGITS) else " "
        mark = "●" if key == self.picked else " "
        code = f"  {key}" if key != key.lower() else ""
        text = Content(f"{mark}{number} {one_line(label)}{code}").truncate(width, ellipsis=True, pad=True)
        if index == self.cursor:
            return text.stylize("$block-cursor-foreground on $block-cursor-background")
        return text.stylize("bold") if key == self.picked else text

    def on_focus(self, _event: Focus) -> None:
        self.opened = True
        picked = [index for index, (key, _) in enumerate(self.found) if key == self.picked]
        self._go(picked[0] if picked else -1)

    def on_blur(self, _event: Blur) -> None:
        """What was typed counts if it can mean only one thing."""
        found = self.found
        if self.typed and len(found) == 1:
            self._take(found[0][0])
        self.typed = ""
        self.opened = False

    def on_key(self, event: Key) -> None:
        """Every letter is the list's own, so no key goes the way of a binding."""
        if self._steered(event.key) or self._written(event):
            event.stop()
            event.prevent_default()

    def _steered(self, key: str) -> bool:
        match key:
            case "enter":
                self.pick()
            case "backspace":
                self.typed = self.typed[:-1]
            case "ctrl+u":
                self.typed = ""
            case "ctrl+w":
                self.typed = self.typed.rstrip().rpartition(" ")[0]
            case "escape" if self.typed:
                self.typed = ""
            case "delete":
                self.empty()
            case _ if key in _STEPS:
                self.move(_STEPS[key])
            case _:
                return False
        return True

    def _written(self, event: Key) -> bool:
        char = event.character
        if char is None or not event.is_printable:
            return False
        if char == " " and not self.typed:
            if self.cursor >= 0:
                self.pick()
        elif char.isdecimal() and not self._labelled(char) and not self._lost:
            index = DIGITS.find(char)
            if 0 <= index < len(self.found):
                self._take(self.found[index][0])
                self._on_done()
        else:
            self.typed = (self.typed + char)[:60]
        return True

    def _labelled(self, digit: str) -> bool:
        """Whether the digit goes on with what is typed, as in the name of a segment."""
        longer = folded(self.typed + digit)
        return bool(self.typed) and any(longer in folded(label) for _, label in self.choices)

    @property
    def _lost(self) -> bool:
        """Whether what is typed fits nothing: a digit then picks nothing, and is a sign like others."""
        return bool(self.typed) and not self.found

    def watch_typed(self) -> None:
        self._go(0 if self.typed and self.found else -1)

    def watch_most(self) -> None:
        self._go(self.cursor)

    def _go(self, index: int) -> None:
        self.cursor = index
        last = max(len(self.found) - self.most, 0)
        if index < 0:
            self._top = 0
        elif not self._top <= index < self._top + self.most:
            self._top = min(index, last) if index < self._top else min(index - self.most + 1, last)
        self._top = min(self._top, last)
        self.refresh()

    def move(self, step: int) -> None:
        """The cursor by `step` rows; from no row at all to the first or the last."""
        count = len(self.found)
        if not count:
            return
        if self.cursor < 0 and abs(step) == 1:
            self._go(0 if step > 0 else count - 1)
        else:
            self._go(min(max(self.cursor + step, 0), count - 1))

    def pick(self) -> None:
        """Take the choice under the cursor, if there is one, and go on."""
        found = self.found
        if 0 <= self.cursor < len(found):
            self._take(found[self.cursor][0])
        self._on_done()

    def empty(self) -> None:
        """Take back what is typed, or else what is picked."""
        if self.typed:
            self.typed = ""
        elif self.picked is not None:
            self.picked = None
            self._go(-1)
            self._on_pick()

    def take(self, key: str) -> bool:
        """Pick a choice by its key; false where it is none."""
        if key not in self._labels:
            return False
        self._take(key)
        return True

    def _take(self, key: str) -> None:
        self.picked = key
        self.typed = ""
        self._on_pick()

    def on_mouse_move(self, event: MouseMove) -> None:
        index = self._index_at(event.y)
        if self.opened and index is not None:
            self.cursor = index

    def on_click(self, event: Click) -> None:
        event.stop()
        index = self._index_at(event.y)
        if self.opened and index is not None:
            self._take(self.found[index][0])
            self._on_done()

    def _index_at(self, line: int) -> int | None:
        index = self._top + line - 1
        return index if line >= 1 and index < len(self.found) else None


class PickField(EntryField):
    """A field whose value comes from a list."""

    def __init__(self, entry: FormEntry, listener: FieldListener) -> None:
        super().__init__(entry, listener)
        self._picklist = Picklist(
            entry.choices, lambda: listener.field_changed(self), lambda: listener.field_done(self)
        )

    def fill(self, value: FieldValue, text: str) -> None:
        self._picklist.begin_at(None if value is None else str(value), text)

    @property
    def editor(self) -> Widget:
        return self._picklist

    @property
    def value(self) -> FieldValue | FieldError:
        return self._picklist.picked

    def light(self) -> None:
        super().light()
        self._picklist.opened = True

    def fit(self, rows: int) -> None:
        self._picklist.most = self._most(rows)

    def fits_alike(self, rows: int) -> bool:
        return self._picklist.most == self._most(rows)

    @staticmethod
    def _most(rows: int) -> int:
        return min(max(rows - _AROUND, LEAST_ROWS), MOST_ROWS)

    def take(self, key: str) -> bool:
        """Pick a choice by its key; false where it is none."""
        return self._picklist.take(key)


class YesNoField(PickField):
    """Yes or no, as a list of two."""

    def __init__(self, entry: FormEntry, listener: FieldListener) -> None:
        super().__init__(replace(entry, choices=(("yes", "Yes"), ("no", "No"))), listener)

    def fill(self, value: FieldValue, text: str) -> None:
        super().fill(None if value is None else ("yes" if value else "no"), text)

    @property
    def value(self) -> FieldValue | FieldError:
        picked = super().value
        return None if picked is None else picked == "yes"
