"""What the header tells, read from the desk: the same over every screen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadqueue.tui.widgets.header import HeaderFacts

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import UrgencyCounts
    from leadqueue.cache.views import DeskStatus
    from leadqueue.domain.team import Load
    from leadqueue.sync.state import SyncState
    from leadqueue.tui.ports import RepDesk


def header_facts(
    desk: RepDesk,
    status: DeskStatus,
    urgent: UrgencyCounts | Load | None,
    *,
    who: tuple[str, str],
    sync: SyncState | None,
) -> HeaderFacts:
    """The facts as `status` has them. `who` is long and short; `urgent` None stands for what is not counted
    yet."""
    oldest = status.oldest_unsent_at
    if oldest is not None:  # this computer's clock wrote it, and ages are counted by the server's
        oldest += timedelta(milliseconds=desk.sync_clock()[0])
    return HeaderFacts(
        who=who[0],
        who_briefly=who[1],
        demo=desk.account.demo,
        sync=sync,
        unsent=status.to_send,
        held=status.held,
        oldest_unsent_at=oldest,
        last_pull_at=status.last_pull_at,
        breached=urgent.breached if urgent else 0,
        soon=urgent.soon if urgent else 0,
        attention=status.attention,
    )
