"""The scrollbar of a long list: drawn where it looks different, and never another one than Textual's."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.pilot import Pilot
from textual.strip import Strip

from leadqueue.tui.widgets.plain_lines import PlainLines
from leadqueue.tui.widgets.steady_scroll_bar import SteadyScrollBar


class Lines(PlainLines):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def on_mount(self) -> None:
        self.stretch_to(Size(10, self._count))

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(f"{self.scroll_offset.y + y:<{self.size.width}}")])


class LinesApp(App[None]):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        yield Lines(self._count)


async def at(pilot: Pilot[None], y: int) -> SteadyScrollBar:
    lines = pilot.app.query_one(Lines)
    lines.scroll_to(y=y, animate=False, immediate=True)
    await pilot.pause()
    bar = lines.vertical_scrollbar
    assert isinstance(bar, SteadyScrollBar)
    return bar


def painted(bar: SteadyScrollBar) -> list[str]:
    strips = bar.app.screen._compositor.render_strips()
    return [str(list(strip.crop(bar.region.x, bar.region.right))) for strip in strips]


@pytest.mark.parametrize("count", [21, 60, 1000])
async def test_it_stands_where_textuals_own_does(count: int) -> None:
    async with LinesApp(count).run_test(size=(20, 20)) as pilot:
        for y in range(0, count - 20 + 1, max(1, count // 40)):
            bar = await at(pilot, y)
            mine = painted(bar)
            bar.refresh()
            await pilot.pause()
            assert mine == painted(bar)


async def test_a_page_of_a_long_list_leaves_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LinesApp(100_000).run_test(size=(20, 20)) as pilot:
        first = painted(await at(pilot, 0))
        drawn: list[float] = []
        render = SteadyScrollBar.render

        def noted(bar: SteadyScrollBar) -> object:
            drawn.append(bar.position)
            return render(bar)

        monkeypatch.setattr(SteadyScrollBar, "render", noted)
        for page in range(1, 10):
            await at(pilot, page * 20)
        assert not drawn
        last = painted(await at(pilot, 100_000))
        assert drawn
        assert last != first
