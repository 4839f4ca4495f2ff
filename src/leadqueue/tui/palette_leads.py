"""The palette's way to a lead: by its name or company, and the cursor stands on it."""

from __future__ import annotations

import asyncio
from functools import partial

from textual.command import Hit, Hits, Provider

from leadqueue.domain.text import folded, one_line
from leadqueue.tui.markup import marked, unread
from leadqueue.tui.screens.personal import PersonalScreen

MOST = 8
LEAST_LETTERS = 2
PAUSE = 0.1
"""Seconds of rest in the typing after which the leads are searched."""


class LeadCommands(Provider):
    """Leads by name. They are searched on another thread, for there may be a hundred thousand."""

    async def search(self, query: str) -> Hits:
        from leadqueue.cache.queue_views import QueueView
        from leadqueue.domain.filters.terms import of_words

        screen = self.screen
        if not isinstance(screen, PersonalScreen) or screen.desk is None or screen.form_open:
            return
        words = query.strip()
        if len(words) < LEAST_LETTERS:
            return
        await asyncio.sleep(PAUSE)  # the palette ends this search when the user types on
        view = QueueView(filter=of_words(words))
        rows = await asyncio.to_thread(screen.desk.queue.window, view, 0, MOST)
        matcher = self.matcher(folded(query))
        for row in rows:
            name = one_line(row.person) or one_line(row.company) or "Lead"
            # The matcher knows letters in their order, the search knows words: what it found is a hit too.
            score = max(matcher.match(folded(name)), 0.3)
            about = one_line(f"{row.company}, {row.title}".strip(", "))
            go = partial(screen.go_to_lead, row.id)
            yield Hit(
                score,
                marked(matcher, name),
                go,
                text=name,
                help=unread(f"Lead: {about}" if about else "Lead"),
            )
