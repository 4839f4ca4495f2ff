"""What colleagues have at the company of the lead on which the rep's cursor rests, asked beside the cycles.

Nothing waits for it and nothing is told where it fails: what is known stays, with its age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from leadqueue.cache.errors import StoreError
from leadqueue.crm.gateway import Gateway, GatewayError, NotFound

if TYPE_CHECKING:
    from leadqueue.sync.store import Store

_log = logging.getLogger(__name__)


class CompanySync:
    """Asks for one lead at a time; of several that are wanted meanwhile, for the last."""

    def __init__(self) -> None:
        self._wanted: str | None = None
        self._task: asyncio.Task[None] | None = None

    def want(self, lead_id: str) -> None:
        """Ask for this lead's company as soon as there is a connection."""
        self._wanted = lead_id

    def ask(self, store: Callable[[], Store | None], gateway: Gateway) -> None:
        """Ask for what is wanted, unless a question is on its way. `store` is the open one of that moment."""
        if self._wanted is not None and self._task is None:
            self._task = asyncio.create_task(self._ask(store, gateway))

    async def _ask(self, store: Callable[[], Store | None], gateway: Gateway) -> None:
        while (lead_id := self._wanted) is not None:
            self._wanted = None
            try:
                told = await gateway.company(lead_id)
                if (opened := store()) is not None:
                    opened.cache.save_company(lead_id, told)
            except NotFound:  # gone from the scope, or a server from before this call
                _log.info("a company's leads: not found")
            except GatewayError as error:
                _log.info("a company's leads: %s", type(error).__name__)
                self._keep(lead_id)  # for the next cycle that reaches the server
                break
            except StoreError as error:
                _log.warning("a company's leads are not kept: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - nothing else of the sync hangs on it
                _log.exception("a company's leads could not be asked for")
        self._task = None

    def _keep(self, lead_id: str) -> None:
        if self._wanted is None:
            self._wanted = lead_id

    async def stop(self) -> None:
        """Drop what is on its way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
