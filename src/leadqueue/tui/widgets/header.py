"""The top line: who, how the sync stands, what is unsent, how old the data is, what is urgent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.domain.countdown import brief
from leadqueue.domain.text import one_line
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.words import Level, data_age, is_retried, sync_words

STYLES = {
    Level.GOOD: "$text-success",
    Level.PLAIN: "",
    Level.WARNING: "bold $text-warning",
    Level.ERROR: "bold $text-error",
}
OLD_DATA = timedelta(hours=1)


class HeaderFacts(NamedTuple):
    """What the header tells. `who_briefly` is for a narrow one, `last_pull_at` the server's time of the last
    full reading."""

    who: str = ""
    who_briefly: str = ""
    demo: bool = False
    sync: SyncState | None = None
    unsent: int = 0
    held: int = 0
    oldest_unsent_at: datetime | None = None
    last_pull_at: datetime | None = None
    breached: int = 0
    soon: int = 0
    attention: int = 0


class Piece(NamedTuple):
    """A piece of the line in a long and a short form; that with the highest `rank` shrinks and goes first. A
    `firm` one shrinks after all others. The long form counts as `room` cells at least: what it says grows and
    shrinks by itself, and nothing is to come and go for it."""

    long: str
    short: str
    style: str
    rank: int
    key: str = ""
    firm: bool = False
    room: int = 0


class QueueHeader(Widget):
    """One line, whatever its width: pieces shrink, and the least important go."""

    class Pressed(Message):
        """The rep clicked on the piece `key`."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._said: tuple[Piece, ...] = (_about(HeaderFacts()),)

    def show(self, facts: HeaderFacts, now: datetime) -> None:
        """Tell `facts`; the line is drawn again only if it reads differently."""
        said = tuple(pieces(facts, now, self._glyphs))
        if said != self._said:
            self._said = said
            self.refresh()

    def render(self) -> Content:
        left, right = fitted(self._said, self.size.width)
        gap = self.size.width - width_of(left) - width_of(right)
        return Content.assemble(
            *((text, style) for text, style, _ in left),
            " " * max(0, gap),
            *((text, style) for text, style, _ in right),
        )

    def start_of(self, key: str) -> int | None:
        """The first cell of a piece of the right part, None where it is not shown."""
        _, right = fitted(self._said, self.size.width)
        start = self.size.width - width_of(right)
        for text, _, each in right:
            if each == key:
                return start
            start += cell_len(text)
        return None

    def on_click(self, event: Click) -> None:
        left, right = fitted(self._said, self.size.width)
        start = 0
        for text, _, key in left:
            start += cell_len(text)
            if event.x < start:
                self.post_message(self.Pressed(key))
                return
        start = self.size.width - width_of(right)
        for text, _, key in right:
            if start <= event.x < start + cell_len(text):
                self.post_message(self.Pressed(key))
            start += cell_len(text)


Said = tuple[str, str, str]


def pieces(facts: HeaderFacts, now: datetime, glyphs: Glyphs) -> list[Piece]:
    """The pieces of the line, left to right."""
    who, briefly = one_line(facts.who, 60), one_line(facts.who_briefly, 40)
    made = [_about(facts)]
    made.append(Piece(f" {who} ", f" {briefly} ", "", 8, "who"))
    words, level = sync_words(facts.sync, now)
    sign = glyphs.good if level is Level.GOOD else glyphs.bad if level is Level.ERROR else glyphs.dot
    least = words.split(",")[0]  # the others only say the same in fewer words
    room = cell_len(f" {sign} {least}, next try 59s ") if is_retried(facts.sync) else 0
    made.append(
        Piece(f" {sign} {words} ", f" {sign} {least} ", STYLES[level], 5, "sync", firm=True, room=room)
    )
    made.append(_age(facts, now))
    made.append(_unsent(facts, now, glyphs))
    made.append(
        Piece(
            f" {glyphs.attention} {facts.attention} to look at " if facts.attention else "",
            f" {glyphs.attention}{facts.attention} " if facts.attention else "",
            "bold $text-warning",
            3,
            "attention",
        )
    )
    made.append(
        Piece(
            f" {glyphs.breached} {facts.breached:,} breached ",
            f" {glyphs.breached}{facts.breached:,} ",
            "bold $text-error" if facts.breached else "$text-muted",
            4,
            "urgency",
        )
    )
    made.append(
        Piece(
            f" {glyphs.soon} {facts.soon:,} due soon ",
            f" {glyphs.soon}{facts.soon:,} ",
            "bold $text-warning" if facts.soon else "$text-muted",
            6,
            "urgency",
        )
    )
    return [piece for piece in made if piece.long]


def _about(facts: HeaderFacts) -> Piece:
    return Piece(f" leadqueue{' demo' if facts.demo else ''} ", "", "bold $text-primary", 9, "about")


def _age(facts: HeaderFacts, now: datetime) -> Piece:
    words = data_age(facts.last_pull_at, now)
    live = facts.sync is not None and facts.sync.phase in (Phase.LIVE, Phase.POLLING, Phase.SYNCING)
    old = facts.last_pull_at is not None and now - facts.last_pull_at > OLD_DATA
    style = STYLES[Level.WARNING] if old and not live else "$text-muted"
    alone = words == "fresh"  # any other word beside the sync's would be taken for a part of that
    return Piece(f" data {words} ", f" {words} " if alone else f" data {words} ", style, 7, "age")


def _unsent(facts: HeaderFacts, now: datetime, glyphs: Glyphs) -> Piece:
    if not facts.unsent:
        return Piece(" all sent ", " all sent ", "$text-muted", 1, "unsent")
    oldest = f", oldest {brief(now - facts.oldest_unsent_at)}" if facts.oldest_unsent_at else ""
    held = f", {facts.held} held" if facts.held else ""
    return Piece(
        f" {glyphs.unsent} {facts.unsent} unsent{held}{oldest} ",
        f" {glyphs.unsent}{facts.unsent} unsent{oldest.removeprefix(', oldest') if oldest else ''} ",
        STYLES[Level.WARNING],
        1,
        "unsent",
    )


def first_name(name: str) -> str:
    """What of a name there is room for in a narrow line."""
    return one_line(name, 60).split(" ", maxsplit=1)[0][:14]


_LEFT = frozenset({"about", "who", "sync", "age"})


def fitted(said: tuple[Piece, ...], width: int) -> tuple[list[Said], list[Said]]:
    """Left and right part: as many long forms as fit `width`."""
    texts = [piece.long for piece in said]

    def fits() -> bool:
        taken = (
            max(cell_len(text), piece.room if text == piece.long else 0)
            for piece, text in zip(said, texts, strict=True)
        )
        return sum(taken) <= width

    order = sorted(range(len(said)), key=lambda index: -said[index].rank)
    for index in sorted(order, key=lambda index: said[index].firm):
        if fits():
            break
        texts[index] = said[index].short
    for index in order:
        if fits():
            break
        texts[index] = ""
    left: list[Said] = []
    right: list[Said] = []
    for piece, text in zip(said, texts, strict=True):
        if text:
            (left if piece.key in _LEFT else right).append((text, piece.style, piece.key))
    return left, right


def width_of(said: list[Said]) -> int:
    return sum(cell_len(text) for text, _, _ in said)
