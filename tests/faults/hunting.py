"""Playing schedules against each mutant until an invariant breaks, and the record of what that took."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.mutants import MUTANTS
from tests.faults.mutating import mutated
from tests.faults.schedule import Stage

RECORD = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEGIN, _END = "<!-- mutants: written by `make faults-mutants` -->", "<!-- end of mutants -->"
_INVARIANT = re.compile(r"(I[1-8]): (.*)")
_ROW = re.compile(r"\| \*\*(?P<name>.+?)\*\* .*\| (?P<seed>\d+) \| I[1-8]: .*\|")
_BUGS = (NameError, TypeError, AttributeError, SyntaxError, KeyError, IndexError, AssertionError)
"""What code raises that cannot work at all. A mutant has to be wrong about the protocol, not broken."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The schedule `seed` broke `wrong`; both empty for a mutant that lives. `broken` says why the mutant's
    own code does not run."""

    name: str
    seed: int = 0
    wrong: str = ""
    broken: str = ""


def hunt(stage: Stage, name: str, seeds: Iterable[int]) -> Kill:
    """The first of the seeds whose schedule breaks an invariant under the mutant. Raises `StaleMutant`."""
    with mutated(MUTANTS[name]), _bugs_seen() as bugs:
        for seed in seeds:
            wrongs: list[str] = []
            try:
                wrongs = [each for each in stage.play(seed).wrongs if _INVARIANT.match(each)]
            except _BUGS as error:
                bugs.append(f"{type(error).__name__}: {error}")
            except Exception:  # noqa: BLE001, S112 - says nothing of an invariant: the hunt goes on
                continue
            if bugs:
                return Kill(name, seed, broken=bugs[0])
            if wrongs:
                return Kill(name, seed, wrongs[0])
    return Kill(name)


class _Bugs(logging.Handler):
    """The program goes on after a fault of its own, and logs it: there it is seen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _BUGS):
            self.found.append(f"{type(error).__name__}: {error}")


@contextmanager
def _bugs_seen() -> Iterator[list[str]]:
    logger, handler = logging.getLogger("leadqueue"), _Bugs()
    disabled, propagates = logging.root.manager.disable, logger.propagate
    logging.disable(logging.WARNING)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield handler.found
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
        logging.disable(disabled)


# ------------------------------------------------------------ the record


def table(kills: Iterable[Kill]) -> str:
    """The kills as a table of the documentation."""
    lines = ["| the mutant | schedule | what caught it |", "| --- | --- | --- |"]
    for kill in kills:
        says = MUTANTS[kill.name].says
        lines.append(f"| **{kill.name}** {says} | {kill.seed or 'lives'} | {_caught_by(kill)} |")
    return "\n".join(lines)


def _caught_by(kill: Kill) -> str:
    """The invariant and its sentence, without the names and numbers of the one schedule."""
    found = _INVARIANT.match(kill.wrong)
    if found is None:
        return kill.broken or "nothing"
    sentence = re.sub(r"SyncState\(.*", "…", found[2])
    sentence = re.sub(r"\[.*\]|\{.*\}|\('.*'.*?\)", "…", sentence)
    sentence = re.sub(r"\b[0-9a-f]{4}\b", "…", sentence).replace("|", "/")
    return f"{found[1]}: {sentence[:90]}"


def record(kills: Iterable[Kill]) -> None:
    """Put the table into the documentation."""
    text = RECORD.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    RECORD.write_text(f"{before}{_BEGIN}\n\n{table(kills)}\n\n{_END}{after}", "utf-8")


def recorded() -> dict[str, int]:
    """The schedule that killed each mutant when the table was last written."""
    _, _, rest = RECORD.read_text("utf-8").partition(_BEGIN)
    rows = (_ROW.fullmatch(line) for line in rest.partition(_END)[0].splitlines())
    return {row["name"]: int(row["seed"]) for row in rows if row}
