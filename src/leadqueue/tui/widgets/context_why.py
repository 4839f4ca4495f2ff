"""Why the lead is here: one line of reasons, the score as bars, and the signals behind it. Pure."""

from __future__ import annotations

from textual.content import Content

from leadqueue.domain.ages import age, age_column, stamp
from leadqueue.domain.lead import ScoreLine
from leadqueue.domain.scoring import MqlCheck, score_told
from leadqueue.domain.text import one_line
from leadqueue.domain.timeline import fast_signals
from leadqueue.domain.why import condition_told, ranked_signals, signal_label, why_here
from leadqueue.tui.widgets.sheet import WIDE, Section, SheetLines

_DECAY = "decay"


def why(sheet: SheetLines) -> list[Content]:
    """What brought the lead, and each condition of the bar with what it has; what fails is marked."""
    found = why_here(sheet.lead, sheet.definitions)
    told: list[Content] = []
    if found.returned:
        told.append(Content.styled("↺ back from nurture", "bold $text-accent"))
    if found.trigger is not None:
        label = signal_label(found.trigger.kind, sheet.definitions)
        sign = "▲ " if found.fast else ""
        told.append(
            Content.styled(f"{sign}{label} {age(found.trigger.last_at, sheet.now)}", "bold $text-accent")
        )
    checks = found.verdict.checks if found.verdict else ()
    told += [words for check in checks if (words := _condition(check, sheet)) is not None]
    return sheet.flow(told)


def _condition(check: MqlCheck, sheet: SheetLines) -> Content | None:
    words = condition_told(check, sheet.definitions)
    if not words:
        return None
    return Content(f"✓ {words}") if check.passed else Content.styled(f"✗ {words}", "$text-error")


def score(sheet: SheetLines) -> Section:
    """One line a rule: its points, as long a bar, what it counted. The lines add up to the total."""
    counted = sheet.lead.score
    if counted is None:
        return Section("")
    cells = 12 if sheet.width >= WIDE else 6
    greatest = max((abs(line.points) for line in counted.lines), default=0)
    lines: list[Content] = []
    for line in sorted(counted.lines, key=_most_first):
        count = f" {line.count}×" if line.count > 1 else ""
        last = f"  {age_column(line.last_at, sheet.now)}" if line.last_at else ""
        lines += sheet.wrapped(
            _bar(line, greatest, cells)
            + Content(f"{one_line(line.label)}{count}")
            + Content.styled(last, "$text-muted"),
            6 + cells,
        )
    when = stamp(counted.at, sheet.zone)
    total = Content.styled(f"{counted.total:5d} ", "bold") + " " * cells
    lines.append(total + Content.styled(f"as of {when}", "$text-muted"))
    return Section(f"Score {score_told(counted)}", lines)


def _most_first(line: ScoreLine) -> tuple[bool, int]:
    return line.points < 0, -line.points


def _bar(line: ScoreLine, greatest: int, cells: int) -> Content:
    """Points and bar; what is taken off is red, and what faded is dashed, so that no colour is needed."""
    halves = max(1, round(abs(line.points) * (cells - 1) * 2 / greatest)) if greatest and line.points else 0
    if line.key == _DECAY:
        drawn, style = "╌" * ((halves + 1) // 2), "$text-warning"
    else:
        drawn = "━" * (halves // 2) + "╸" * (halves % 2)
        style = "$text-error" if line.points < 0 else "$text-success"
    return Content.styled(f"{line.points:+5d} {drawn:<{cells}}", style)


def signals(sheet: SheetLines) -> Section:
    """Every kind of signal with how often and when last, the most telling first, close together."""
    fast = fast_signals(sheet.definitions)
    told: list[Content] = []
    for tally in ranked_signals(sheet.lead, sheet.definitions):
        mark, style = ("▲ ", "bold $text-accent") if tally.kind in fast else ("", "")
        label = signal_label(tally.kind, sheet.definitions)
        times = f" {tally.count}×" if tally.count > 1 else ""
        told.append(
            Content.styled(f"{mark}{label}{times}", style)
            + Content.styled(f" {age(tally.last_at, sheet.now)}", "$text-muted")
        )
    return Section("Signals", sheet.flow(told))
