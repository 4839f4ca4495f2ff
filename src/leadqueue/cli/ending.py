"""How the program ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from leadqueue.cache.errors import AmbiguousLead, StoreError, UnknownLead
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say


def ends_with_a_code(run: Callable[[], object]) -> None:
    """Run the program; every way out is an exit code."""
    try:
        run()
    except StoreError as error:
        fail(Exit.LOCAL_FILES, f"{error.message}: {error.path}", error.fix)
    except (UnknownLead, AmbiguousLead) as error:
        fail(Exit.NOT_FOUND, str(error))
    except BrokenPipeError:
        # The reader of our output has left: that is no fault, and Python shall not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.DONE)) from None
    except KeyboardInterrupt:
        raise SystemExit(int(Exit.INTERRUPTED)) from None
    except Exception as error:  # noqa: BLE001 - the last line of defence says where to look
        _report(error)


def _report(error: Exception) -> None:
    from leadqueue.cache.home import Home, private_dir, private_file

    if type(error).__module__ == "leadqueue.crm.gateway":
        from leadqueue.cli.login import exit_of

        fail(exit_of(error), str(error))  # type: ignore[arg-type] # the module's exceptions are gateway errors
    try:
        log = private_file(private_dir(Home.locate().log_dir) / "leadqueue.log")
        logging.basicConfig(filename=log, format="%(asctime)s %(name)s %(levelname)s %(message)s")
        logging.getLogger(__name__).error("unexpected fault", exc_info=error)
        where = f"Details are in {log}."
    except OSError:
        where = "The log could not be written."
    say(f"leadqueue: unexpected fault: {type(error).__name__}")
    fail(Exit.FAULT, where)
