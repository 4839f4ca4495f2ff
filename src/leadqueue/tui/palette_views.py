"""The palette's entries for the saved views."""

from __future__ import annotations

from functools import partial

from textual.command import Hit, Hits, Provider

from leadqueue.domain.text import folded, one_line
from leadqueue.tui.markup import marked, unread
from leadqueue.tui.screens.viewing import ViewingScreen


class ViewCommands(Provider):
    """`View: Hot webinars` opens it."""

    async def search(self, query: str) -> Hits:
        screen = self.screen
        if not isinstance(screen, ViewingScreen) or screen.desk is None or screen.form_open:
            return
        matcher = self.matcher(folded(query))
        for view in screen.views.views:
            name = f"View: {one_line(view.name)}"
            score = matcher.match(folded(name))
            if score > 0:
                run = partial(screen.open_view, view.name)
                about = one_line(view.filter, 100) or "Open the saved view"
                yield Hit(score, marked(matcher, name), run, text=name, help=unread(about))
