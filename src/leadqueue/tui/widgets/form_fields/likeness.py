"""How a form that is made ahead looks. Its key brings that to the terminal before anything is laid out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual._compositor import Compositor
from textual.content import Content
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from leadqueue.tui.widgets.form_fields.base import FieldColumn
from leadqueue.tui.widgets.plain_lines import finishing


@dataclass(frozen=True, slots=True)
class Likeness:
    """The lines of a form that was laid out at `place`, in cells of the screen.

    `title` and `fields` are where those stand in it; `has_room` says that the fields would be the same with a
    row less.
    """

    place: Region
    lines: tuple[Strip, ...]
    title: Region
    fields: Region
    has_room: bool

    @classmethod
    def of(cls, form: Widget, title: Widget, fields: FieldColumn) -> Likeness:
        """As the form was laid out last."""
        place = form.region
        compositor = Compositor()
        compositor.reflow(form, place.size)
        lines = tuple(compositor.render_strips(place.size))
        within = Offset(-place.x, -place.y)
        at, column = title.region.translate(within), fields.region.translate(within)
        return cls(place, lines, at, column, fields.has_room)

    def titled(self, title: Widget, content: Content) -> Likeness | None:
        """With what is written in the title now, in one row or two; None where the rest would look otherwise
        under it."""
        rows = len(content.wrap(self.title.width))
        if rows > 2 or (rows == 2 and not self.has_room):
            return None
        lines = list(self.lines)
        if rows == 2:
            del lines[self.fields.bottom - 1]
            lines.insert(self.title.y, lines[self.title.y])
        finish = finishing(title)
        written = Visual.to_strips(title, content, self.title.width, rows, title.visual_style, pad=True)
        for y, line in enumerate(written, self.title.y):
            before, after = lines[y].crop(0, self.title.x), lines[y].crop(self.title.right)
            lines[y] = Strip.join([before, finish(line), after])
        return replace(self, lines=tuple(lines))
