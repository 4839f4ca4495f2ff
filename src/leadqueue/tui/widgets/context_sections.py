"""What there is to know about a lead, as sections of plain text. Pure: no widget, no clock of its own."""

from __future__ import annotations

from textual.content import Content

from leadqueue.cache.views import WAITING_TOLD
from leadqueue.definitions.model import FieldType
from leadqueue.domain.ages import age
from leadqueue.domain.clocks import running
from leadqueue.domain.text import one_line
from leadqueue.tui.widgets.ages import countdown
from leadqueue.tui.widgets.context_story import company_people, past, story
from leadqueue.tui.widgets.context_why import score, signals, why
from leadqueue.tui.widgets.sheet import Section, SheetLines

_PLACED_GROUPS = ("source", "company")
_UTM = ("first_utm_", "latest_utm_")
_IN_HEAD = frozenset({"first_name", "last_name", "job_title", "seniority", "email", "phone", "linkedin_url"})


class Sheet(SheetLines):
    """Everything about one lead, section by section."""

    __slots__ = ()

    def sections(self) -> list[Section]:
        """All sections that have something in them, the most telling first."""
        everything = (
            self._head(),
            *past(self),
            self._notes(),
            story(self),
            signals(self),
            score(self),
            company_people(self),
            *self._fields_of("source"),
            *self._fields_of("company"),
            *self._fields_of(),
        )
        return [section for section in everything if section.lines]

    # Sections

    def _head(self) -> Section:
        lead, definitions = self.lead, self.definitions
        lines = self.wrapped(Content.styled(one_line(lead.person) or "(no name)", "bold"))
        role = " · ".join(text for key in ("job_title", "seniority") if (text := self.shown(key)))
        lines += self.wrapped(
            Content(", ".join(text for text in (role, one_line(lead.company)) if text) or "(no company)")
        )
        lines += why(self)
        for clock in running(lead):
            words, style = countdown(clock, definitions, self.now)
            lines += self.item(Content.styled(f"◷ {words}", style))
        reach = [self.shown(key) for key in ("email", "phone", "linkedin_url")]
        lines += self.wrapped(Content(" · ".join(text for text in reach if text)))
        stage = definitions.stages.get(lead.stage)
        status = f", {stage.status}" if stage and stage.status else ""
        lines += self.wrapped(
            Content.assemble(
                (stage.label if stage else lead.stage, "bold"), f"{status}, {age(lead.stage_since, self.now)}"
            )
        )
        owner = one_line(lead.owner_name) or "nobody"
        because = f" ({one_line(lead.assigned_because)})" if lead.assigned_because else ""
        lines += self.wrapped(Content.styled(f"Owner {owner}{because}", "$text-muted"))
        lines += self._open_decisions()
        return Section("", lines)

    def _open_decisions(self) -> list[Content]:
        lines: list[Content] = []
        for item in self.view.unsent:
            decision = item.decision
            trouble = f": {one_line(item.trouble)}" if item.trouble else ""
            done = self.definitions.decisions[decision.kind].done
            words = f"● {done} {age(decision.decided_at, self.now)}, {WAITING_TOLD[item.state]}{trouble}"
            lines += self.item(Content.styled(words, "$text-accent"))
        if self.view.attention:
            words = f"! {self.view.attention} of your decisions on this lead did not hold; see the inbox"
            lines += self.item(Content.styled(words, "bold $text-warning"))
        return lines

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
            if not (text := self.shown(key)):
                continue
            value = self.long(lead.text(key)) if spec.type is FieldType.LONG_TEXT else text
            origin = one_line(lead.provenance.get(key, ""), 60) if group == "company" else ""
            lines += self.row(
                spec.label,
                Content(value) + Content.styled(f"  from {origin}" if origin else "", "$text-muted"),
            )
        if group == "source":
            lines += self._utm("First UTM", _UTM[0]) + self._utm("Latest UTM", _UTM[1])
        return lines

    def _utm(self, label: str, prefix: str) -> list[Content]:
        parts = [self.shown(key) for key in self.definitions.fields if key.startswith(prefix)]
        told = " / ".join(part or "–" for part in parts)
        return self.row(label, told) if any(parts) else []

    def _notes(self) -> Section:
        lines: list[Content] = []
        for note in reversed(self.lead.notes):
            lines += self.wrapped(
                Content.styled(f"{one_line(note.by_name, 40)}, {age(note.at, self.now)}", "$text-muted")
            )
            lines += self.item(Content(f"  {self.long(note.text)}"))
        return Section("Notes", lines)
