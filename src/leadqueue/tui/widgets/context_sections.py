"""What there is to know about a lead, as sections of plain text. Pure: no widget, no clock of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from textual.content import Content

from leadqueue.cache.views import LeadView, OutboxState
from leadqueue.definitions.model import Definitions, Disposition, FieldType
from leadqueue.domain.clocks import running
from leadqueue.domain.history import changed_since
from leadqueue.domain.lead import Lead, Rejection, SignalTally
from leadqueue.domain.scoring import mql_verdict
from leadqueue.domain.text import harmless, one_line
from leadqueue.domain.values import show_value
from leadqueue.tui.widgets.ages import age, countdown, stamp

_SHORT = 400
_PLACED_GROUPS = ("source", "company")
_UTM = ("first_utm_", "latest_utm_")
_IN_HEAD = frozenset({"first_name", "last_name", "job_title", "seniority", "email", "phone", "linkedin_url"})
_WAITING = {
    OutboxState.WAITING: "not sent yet",
    OutboxState.SENDING: "being sent",
    OutboxState.HELD: "held back",
    OutboxState.ANSWERED: "sent, comes back with the next pull",
}
_DISPOSED = {
    Disposition.REJECT: "Rejected",
    Disposition.RECYCLE: "Recycled",
    Disposition.CLOSE_LOST: "Closed lost",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, '' for the first section, and its lines, already wrapped."""

    title: str
    lines: list[Content] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Writes the sections of one lead for a column of `width` cells. `full` leaves long texts uncut."""

    view: LeadView
    now: datetime
    definitions: Definitions
    width: int
    zone: tzinfo
    full: bool = False

    @property
    def lead(self) -> Lead:
        return self.view.lead

    def sections(self) -> list[Section]:
        """All sections that have something in them, the most telling first."""
        everything = (
            self._head(),
            self._why(),
            *self._past(),
            self._touches(),
            self._notes(),
            self._company_leads(),
            *self._fields_of("source"),
            self._signals(),
            self._consumed(),
            self._score(),
            *self._fields_of("company"),
            *self._fields_of(),
        )
        return [section for section in everything if section.lines]

    # Lines

    def _wrapped(self, content: Content, indent: int = 0) -> list[Content]:
        """`content` in lines, every line but the first set in by `indent`."""
        room = max(self.width - indent, 12)
        if content.cell_length <= room and "\n" not in content.plain:
            return [content]
        first, *rest = content.wrap(room) or [Content()]
        return [first, *(Content(" " * indent) + line for line in rest)]

    def _row(self, label: str, value: Content | str) -> list[Content]:
        text = value if isinstance(value, Content) else Content(value)
        wide = 19 if self.width >= 56 else 15
        name = Content.styled(f"{one_line(label, wide - 1):<{wide}}", "dim")
        first, *rest = self._wrapped(text, wide)
        return [name + first, *rest]

    def _rows(self, rows: Iterable[tuple[str, Content | str]]) -> list[Content]:
        return [line for label, value in rows for line in self._row(label, value)]

    def _item(self, content: Content) -> list[Content]:
        return self._wrapped(content, 2)

    def _long(self, text: str) -> str:
        raw = text.strip()
        if self.full or len(raw) <= _SHORT:
            return harmless(raw, lines=True)
        cut = harmless(raw[:_SHORT], lines=True).rstrip()
        return f"{cut}… ({len(raw) - _SHORT:,} more characters, Enter shows them)"

    def _shown(self, key: str) -> str:
        value = self.lead.fields.get(key)
        if value is None:
            return ""
        text = show_value(key, value, self.definitions, self.lead.fields)
        return one_line(text, 500)

    # Sections

    def _head(self) -> Section:
        lead, definitions = self.lead, self.definitions
        lines = self._wrapped(Content.styled(one_line(lead.person) or "(no name)", "bold"))
        role = " · ".join(text for key in ("job_title", "seniority") if (text := self._shown(key)))
        lines += self._wrapped(
            Content(", ".join(text for text in (role, one_line(lead.company)) if text) or "(no company)")
        )
        reach = [self._shown(key) for key in ("email", "phone", "linkedin_url")]
        lines += self._wrapped(Content(" · ".join(text for text in reach if text)))
        stage = definitions.stages.get(lead.stage)
        status = f", {stage.status}" if stage and stage.status else ""
        lines += self._wrapped(
            Content.assemble(
                (stage.label if stage else lead.stage, "bold"), f"{status}, {age(lead.stage_since, self.now)}"
            )
        )
        owner = one_line(lead.owner_name) or "nobody"
        because = f" ({one_line(lead.assigned_because)})" if lead.assigned_because else ""
        lines += self._wrapped(Content.styled(f"Owner {owner}{because}", "dim"))
        for clock in running(lead):
            words, style = countdown(clock, definitions, self.now)
            lines += self._item(Content.styled(f"◷ {words}", style))
        lines += self._open_decisions()
        return Section("", lines)

    def _open_decisions(self) -> list[Content]:
        lines: list[Content] = []
        for item in self.view.unsent:
            decision = item.decision
            trouble = f": {one_line(item.trouble)}" if item.trouble else ""
            done = self.definitions.decisions[decision.kind].done
            words = f"● {done} {age(decision.decided_at, self.now)}, {_WAITING[item.state]}{trouble}"
            lines += self._item(Content.styled(words, "$text-accent"))
        if self.view.attention:
            words = f"! {self.view.attention} of your decisions on this lead did not hold; see the inbox"
            lines += self._item(Content.styled(words, "bold $text-warning"))
        return lines

    def _why(self) -> Section:
        score = self.lead.score
        if score is None:
            return Section("")
        bar = self.definitions.mql
        told: list[str] = []
        verdict = mql_verdict(self.lead.fields, score, self.definitions)
        for check in verdict.checks:
            mark = "✓" if check.passed else "✗"
            match check.key:
                case "score":
                    told.append(f"{mark} score {check.detail} of {bar.score}")
                case "behaviour":
                    told.append(f"{mark} behaviour {check.detail} of {bar.behaviour}")
                case "fit":
                    told.append(f"{mark} ICP: {check.detail}")
                case _ if not check.passed:
                    told.append(f"{mark} {check.label.removeprefix('Not: ')}")
        return Section("Why it qualified", self._wrapped(Content(" · ".join(told))))

    def _past(self) -> list[Section]:
        return [self._rejection(rejection) for rejection in reversed(self.lead.rejections)]

    def _rejection(self, rejection: Rejection) -> Section:
        definitions = self.definitions
        reason = definitions.reasons.get(rejection.reason)
        rows: list[tuple[str, Content | str]] = [
            ("Reason", Content.styled(reason.label if reason else one_line(rejection.reason), "bold")),
            ("By", f"{one_line(rejection.by_name)}, {stamp(rejection.at, self.zone)}"),
        ]
        for key, value in rejection.details.items():
            spec = definitions.fields.get(key)
            rows.append((spec.label if spec else key, show_value(key, value, definitions)))
        if rejection.nurture:
            track = definitions.nurture.get(rejection.nurture)
            rows.append(("Nurture track", track.label if track else one_line(rejection.nurture)))
        if rejection.note:
            rows.append(("Note", self._long(rejection.note)))
        if rejection.returned_at:
            rows.append(("Back since", stamp(rejection.returned_at, self.zone)))
        lines = self._rows(rows)
        facts = changed_since(self.lead, rejection, definitions)
        heading = "Changed since" if facts else "Nothing has changed since"
        lines.append(Content.styled(heading, "underline"))
        for fact in facts:
            change = f"{one_line(fact.before, 80) or 'none'} → {one_line(fact.after, 80) or 'none'}"
            lines += self._row(fact.label, change)
        done = _DISPOSED[rejection.disposition]
        return Section(f"{done} {age(rejection.at, self.now)}", lines)

    def _signals(self) -> Section:
        """Kinds of signals, those of a fast lane first, then by the points that they bring."""
        definitions = self.definitions
        kinds = definitions.vocabularies["signal_kind"].values
        fast = {
            kind for clock in definitions.clocks.values() for lane in clock.lanes for kind in lane.signals
        }
        rules = {rule.key: rule.signal for rule in definitions.score.rules}
        scored = self.lead.score.lines if self.lead.score else ()
        points = {kind: line.points for line in scored if (kind := rules.get(line.key))}

        def rank(tally: SignalTally) -> tuple[bool, int, float]:
            return tally.kind not in fast, -points.get(tally.kind, 0), -tally.last_at.timestamp()

        lines: list[Content] = []
        for tally in sorted(self.lead.tallies, key=rank):
            mark, style = ("▲ ", "bold $text-accent") if tally.kind in fast else ("  ", "")
            label = kinds.get(tally.kind) or one_line(tally.kind, 40)
            times = f" {tally.count}×" if tally.count > 1 else ""
            lines += self._item(
                Content.styled(f"{mark}{label}{times}", style)
                + Content.styled(f"  {age(tally.last_at, self.now)}", "dim")
            )
        return Section("Signals", lines)

    def _consumed(self) -> Section:
        kinds = self.definitions.vocabularies["signal_kind"].values
        named = [signal for signal in self.lead.signals if signal.title or signal.url]
        lines: list[Content] = []
        for signal in named if self.full else named[:6]:
            what = one_line(signal.title, 200) or one_line(signal.url, 200)
            kind = kinds.get(signal.kind) or one_line(signal.kind, 40)
            lines += self._item(
                Content(what) + Content.styled(f"  {kind}, {age(signal.at, self.now)}", "dim")
            )
        if len(named) > 6 and not self.full:
            lines.append(Content.styled(f"{len(named) - 6} more, Enter shows them", "dim"))
        return Section("Content and pages", lines)

    def _score(self) -> Section:
        score = self.lead.score
        if score is None:
            return Section("")
        lines: list[Content] = []
        for line in score.lines:
            count = f" {line.count}×" if line.count > 1 else ""
            last = f"  {age(line.last_at, self.now)}" if line.last_at else ""
            style = "$text-error" if line.points < 0 else "$text-success"
            lines += self._wrapped(
                Content.styled(f"{line.points:+5d} ", style)
                + Content(f"{one_line(line.label)}{count}")
                + Content.styled(last, "dim"),
                6,
            )
        when = stamp(score.at, self.zone)
        lines.append(Content.styled(f"{score.total:5d} ", "bold") + Content.styled(f"as of {when}", "dim"))
        return Section(f"Score {score.total}, of it {score.behaviour} behaviour", lines)

    def _fields_of(self, *groups: str) -> list[Section]:
        """The filled fields of the named groups, or of all groups that have no place of their own."""
        every = self.definitions.groups
        keys = groups or tuple(group for group in every if group not in _PLACED_GROUPS)
        return [Section(every[group], self._field_lines(group)) for group in keys if group in every]

    def _field_lines(self, group: str) -> list[Content]:
        lines: list[Content] = []
        fields, lead = self.definitions.fields, self.lead
        told_by_amount = {spec.currency_field for key, spec in fields.items() if lead.fields.get(key)}
        for key, spec in fields.items():
            if spec.group != group or key in _IN_HEAD or key in told_by_amount or key.startswith(_UTM):
                continue
            if not (text := self._shown(key)):
                continue
            value = self._long(lead.text(key)) if spec.type is FieldType.LONG_TEXT else text
            origin = one_line(lead.provenance.get(key, ""), 60) if group == "company" else ""
            lines += self._row(
                spec.label, Content(value) + Content.styled(f"  from {origin}" if origin else "", "dim")
            )
        if group == "source":
            lines += self._utm("First UTM", _UTM[0]) + self._utm("Latest UTM", _UTM[1])
        return lines

    def _utm(self, label: str, prefix: str) -> list[Content]:
        parts = [self._shown(key) for key in self.definitions.fields if key.startswith(prefix)]
        told = " / ".join(part or "–" for part in parts)
        return self._row(label, told) if any(parts) else []

    def _touches(self) -> Section:
        definitions, touches = self.definitions, self.lead.touches
        channels = definitions.vocabularies["touch_channel"].values
        outcomes = definitions.vocabularies["touch_outcome"].values
        lines: list[Content] = []
        for touch in reversed(touches if self.full else touches[-5:]):
            channel = channels.get(touch.channel) or one_line(touch.channel, 40)
            outcome = outcomes.get(touch.outcome) or one_line(touch.outcome, 40)
            who = Content.styled(f"  {one_line(touch.by_name, 40)}, {age(touch.at, self.now)}", "dim")
            lines += self._item(Content(f"{channel}: {outcome.lower()}") + who)
            if touch.note:
                lines += self._item(Content(f"  {self._long(touch.note)}"))
        if len(touches) > 5 and not self.full:
            lines.append(Content.styled(f"{len(touches) - 5} earlier ones, Enter shows them", "dim"))
        owed = definitions.cadence
        count = f"Touches {len(touches)} of {owed.touches_min} to {owed.touches_max}"
        return Section(count, lines)

    def _notes(self) -> Section:
        lines: list[Content] = []
        for note in reversed(self.lead.notes):
            lines += self._wrapped(
                Content.styled(f"{one_line(note.by_name, 40)}, {age(note.at, self.now)}", "dim")
            )
            lines += self._item(Content(f"  {self._long(note.text)}"))
        return Section("Notes", lines)

    def _company_leads(self) -> Section:
        lines: list[Content] = []
        for row in self.view.same_company:
            stage = self.definitions.stages.get(row.stage)
            what = ", ".join(text for text in (one_line(row.person, 60), one_line(row.title, 60)) if text)
            where = f"  {stage.short if stage else row.stage}, {one_line(row.owner_name, 40) or 'nobody'}"
            lines += self._item(Content(what) + Content.styled(where, "dim"))
        return Section("Other open leads of this company", lines)
