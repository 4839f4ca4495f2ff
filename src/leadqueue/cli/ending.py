"""How the program ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress

from leadqueue.cache.errors import AmbiguousLead, StoreError, UnknownLead
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import Unwritten, fail, flush_data, let_go, say, take_any_text


def ends_with_a_code(run: Callable[[], object]) -> None:
    """Run the program; every way out is an exit code. What is logged meanwhile goes into the client's log."""
    take_any_text()
    log = _ClientLog()
    logging.getLogger().addHandler(log)
    try:
        _with_all_written(run)
    except StoreError as error:
        fail(Exit.LOCAL_FILES, f"{error.message}: {error.path}", error.fix)
    except (UnknownLead, AmbiguousLead) as error:
        fail(Exit.NOT_FOUND, str(error))
    except BrokenPipeError:
        # The reader of our output has left: that is no fault, and Python shall not complain at its end.
        let_go(sys.stdout)
        raise SystemExit(int(Exit.DONE)) from None
    except Unwritten as error:
        _say_unwritten(error)
        raise SystemExit(int(Exit.LOCAL_FILES)) from None
    except KeyboardInterrupt:
        raise SystemExit(int(Exit.INTERRUPTED)) from None
    except Exception as error:  # noqa: BLE001 - the last line of defence says where to look
        _report(error)
    finally:
        logging.getLogger().removeHandler(log)


def _with_all_written(run: Callable[[], object]) -> None:
    """Run the program, and write out what waits then: what fails only at Python's own end has no words."""
    try:
        run()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer's answer to it is a 1
            raise end.__context__ from None
        if _was_left_at_a_question(end):
            raise KeyboardInterrupt from None
        if not end.code:
            flush_data()
        else:  # what went wrong before says more than that its data is lost
            try:
                flush_data()
            except (Unwritten, BrokenPipeError) as error:
                let_go(sys.stdout)
                _say_unwritten(error)
        raise
    except OSError:
        flush_data()  # the library that writes the help knows no `Unwritten`
        raise
    flush_data()


def _was_left_at_a_question(end: SystemExit) -> bool:
    """Whether the user broke off a question: typer makes a 1 of that, too."""
    if end.__context__ is None:
        return False
    from typer import Abort

    return isinstance(end.__context__, Abort)


def _say_unwritten(error: Exception) -> None:
    if isinstance(error, Unwritten):
        say(f"leadqueue: the output cannot be written: {error}")
        say("  Free some space, or send it to another file or pipe.")


class _ClientLog(logging.Handler):
    """The client's log, loaded with the first line that there is to write: most starts need none of it.

    Without it the lines would go to stderr, where nobody reads them behind a screen.
    """

    def emit(self, record: logging.LogRecord) -> None:
        from leadqueue.cache.client_log import note

        with suppress(Exception):  # a line that cannot be written ends nothing
            note(record)


def _report(error: Exception) -> None:
    from leadqueue.cache.client_log import note

    if type(error).__module__ == "leadqueue.crm.gateway":
        from leadqueue.cli.login import exit_of

        fail(exit_of(error), str(error))  # type: ignore[arg-type] # the module's exceptions are gateway errors
    what = (type(error), error, error.__traceback__)
    log = note(logging.LogRecord(__name__, logging.ERROR, __file__, 0, "unexpected fault", None, what))
    where = f"Details are in {log}." if log else "The log could not be written."
    fail(Exit.FAULT, f"unexpected fault: {type(error).__name__}", where)
