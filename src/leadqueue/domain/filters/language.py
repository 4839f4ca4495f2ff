"""The fields of the filter language, and the values that each takes under some definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from leadqueue.definitions.model import Definitions, Disposition


class Kind(StrEnum):
    """What a field is compared with."""

    NUMBER = "number"
    SPAN = "span"
    CHOICE = "choice"
    TEXT = "text"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field as the language knows it; `example` is a term that uses it."""

    kind: Kind
    about: str
    example: str


FIELDS: dict[str, FilterField] = {
    "score": FilterField(Kind.NUMBER, "the score", "score>70"),
    "due": FilterField(Kind.SPAN, "time left on the countdown", "due<2h"),
    "source": FilterField(Kind.CHOICE, "the lead source", "source:webinar"),
    "country": FilterField(Kind.CHOICE, "the country", "country:de"),
    "stage": FilterField(Kind.CHOICE, "the stage", "stage:mql"),
    "section": FilterField(Kind.CHOICE, "the section of the queue", "section:review"),
    "company": FilterField(Kind.TEXT, "the company's name", "company:acme"),
    "name": FilterField(Kind.TEXT, "the person's name", "name:ada"),
    "title": FilterField(Kind.TEXT, "the job title", 'title:"head of"'),
    "campaign": FilterField(Kind.TEXT, "the campaign", "campaign:autumn"),
    "owner": FilterField(Kind.TEXT, "who has the lead; me is you", "owner:me"),
    "touches": FilterField(Kind.NUMBER, "touches so far, or since it came back", "touches:0"),
    "age": FilterField(Kind.SPAN, "time since the lead came in", "age>3d"),
    "clock": FilterField(Kind.CHOICE, "the clock that counts down", "clock:review"),
    "lane": FilterField(Kind.CHOICE, "the lane of its clock", "lane:fast_lane"),
    "reason": FilterField(Kind.CHOICE, "why it was given back last", "reason:bad_timing"),
    "is": FilterField(Kind.STATE, "a state of the lead", "is:returned"),
}

STATES: dict[str, str] = {
    "returned": "came back from recycling",
    "unsent": "has decisions that wait to be sent",
    "attention": "waits in the inbox",
    "breached": "its countdown has run out",
    "soon": "due soon",
    "calm": "neither breached nor due soon",
    "waiting": "stands in a section of the queue",
}
DUE_STATES: dict[str, str] = {
    **{state: STATES[state] for state in ("breached", "soon", "calm")},
    "none": "has no countdown",
}
NONE = "none"
"""What a filter calls a value that is not there."""
ME = "me"
_GIVEN_BACK = frozenset({Disposition.REJECT, Disposition.RECYCLE})


@dataclass(frozen=True, slots=True)
class Language:
    """The values of the choices, each key with its label. `me` is the id of the rep who filters."""

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    me: str = ""

    @classmethod
    def of(cls, definitions: Definitions, me: str = "") -> Language:
        lanes = {lane.key: lane.label for clock in definitions.clocks.values() for lane in clock.lanes}
        values: dict[str, dict[str, str]] = {
            "stage": {key: stage.label for key, stage in definitions.stages.items()},
            "section": {section.key: section.label for section in definitions.sections},
            "clock": {key: clock.label for key, clock in definitions.clocks.items()},
            "lane": lanes,
            "reason": {
                key: reason.label
                for key, reason in definitions.reasons.items()
                if not _GIVEN_BACK.isdisjoint(reason.dispositions)
            },
        }
        for name, key in (("source", "lead_source"), ("country", "country")):
            spec = definitions.fields.get(key)
            vocabulary = definitions.vocabularies.get(spec.vocabulary or "") if spec else None
            if vocabulary is not None:
                values[name] = dict(vocabulary.values)
        return cls(values, me)

    def offered(self, name: str) -> dict[str, str]:
        """The values that `name` is known to take, each with what it means."""
        known = FIELDS.get(name)
        if known is None:
            return {}
        if known.kind is Kind.STATE:
            return dict(STATES)
        if name == "due":
            return dict(DUE_STATES)
        if name == "owner":
            return {ME: "you", NONE: "nobody"}
        return dict(self.values.get(name, {}))
