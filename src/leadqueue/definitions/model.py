"""The shape of a definitions file.

Every stage, transition, picklist, reason code, required field, SLA clock, score rule, field owner,
attribution model and routing rule is data of this model; nothing of it is repeated in Python.
References between parts are checked by `leadqueue.definitions.check`.
"""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""Name of an entry of the definitions: lower case, digits and underscores."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+.&-]*$", max_length=64)]
"""Value of a vocabulary as stored: `demo_request`, `DE`, `EUR`."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Points = Annotated[int, Field(ge=-1000, le=1000)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Part(BaseModel):
    """Base of every part: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    DOMAIN = "domain"
    URL = "url"
    PHONE = "phone"
    INTEGER = "integer"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    USER = "user"
    REASON = "reason"
    NURTURE = "nurture"


class Side(StrEnum):
    """Who owns a field or a stage. `shared` is governed by the transitions alone."""

    MARKETING = "marketing"
    CRM = "crm"
    REP = "rep"
    SHARED = "shared"


class Sync(StrEnum):
    """Direction in which a field's value travels between the two systems."""

    MARKETING_TO_CRM = "marketing_to_crm"
    CRM_TO_MARKETING = "crm_to_marketing"
    BOTH = "both"
    NONE = "none"


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    MARKETING_OPS = "marketing_ops"
    ADMIN = "admin"
    SYSTEM = "system"


class DecisionKind(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    RECYCLE = "recycle"
    TOUCH = "touch"
    QUALIFY = "qualify"
    OPPORTUNITY = "opportunity"
    CLOSE = "close"
    NOTE = "note"
    REOPEN = "reopen"
    REASSIGN = "reassign"
    EDIT = "edit"


class FieldScope(StrEnum):
    """`lead` fields are stored on the lead; `decision` fields live in the decision that carries them."""

    LEAD = "lead"
    DECISION = "decision"


class Vocabulary(Part):
    label: Label
    values: dict[Code, Label] = Field(min_length=1)


class FieldDef(Part):
    label: Label
    type: FieldType
    owner: Side
    sync: Sync = Sync.NONE
    scope: FieldScope = FieldScope.LEAD
    group: Key = "other"
    vocabulary: Key | None = None
    currency_field: Key | None = None
    min_length: Annotated[int, Field(ge=0)] = 0
    max_length: Annotated[int, Field(ge=1, le=100_000)] = 500
    minimum: int | None = None
    maximum: int | None = None
    future: bool = False
    personal: bool = False
    help: str = ""


class StageDef(Part):
    label: Label
    short: Annotated[str, StringConstraints(min_length=1, max_length=12)]
    status: str = ""
    owner: Side
    rank: int
    open: bool
    requires: tuple[Key, ...] = ()
    description: str = ""


class FormField(Part):
    field: Key
    required: bool = False
    when: FieldCondition | None = None


class FieldCondition(Part):
    """True where `field` has the value `equals`."""

    field: Key
    equals: str | int | bool


class Move(Part):
    """From where to where a decision takes a lead, and who may do it. Without `to` the lead stays.

    `sets` gives fields a value, `clears` empties all fields of the named groups.
    """

    from_: tuple[Key, ...] = Field(alias="from", min_length=1)
    to: Key | None = None
    roles: tuple[Role, ...] = (Role.REP, Role.MANAGER, Role.ADMIN)
    when: FieldCondition | None = None
    override: bool = False
    sets: dict[Key, str | int | bool] = Field(default_factory=dict)
    clears: tuple[Key, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Disposition(StrEnum):
    """What a reason code can serve."""

    REJECT = "reject"
    RECYCLE = "recycle"
    CLOSE_LOST = "close_lost"


class DecisionDef(Part):
    """A kind of decision: its form and the moves it allows.

    `reason` names the form field that holds a reason code for `disposition`; the extra fields of the
    chosen reason join the form. `edits` makes every lead field of that owner editable.
    A decision without `status_update` does not restart the clock of the last status update.
    """

    label: Label
    done: Label
    description: str = ""
    fields: tuple[FormField, ...] = ()
    reason: Key | None = None
    disposition: Disposition | None = None
    edits: Side | None = None
    status_update: bool = True
    moves: tuple[Move, ...] = Field(min_length=1)


class Reason(Part):
    label: Label
    dispositions: tuple[Disposition, ...] = Field(min_length=1)
    fields: tuple[Key, ...] = ()
    nurture: Key | None = None
    min_touches: Annotated[int, Field(ge=0, le=100)] = 0
    help: str = ""


class NurtureTrack(Part):
    label: Label
    description: str = ""
    revisit_field: Key | None = None


class HandoffMove(Part):
    """A move of the handoff pipeline, made by the system or by marketing ops, never by a rep."""

    from_: tuple[Key, ...] = Field(alias="from", min_length=1)
    to: Key
    roles: tuple[Role, ...] = (Role.SYSTEM, Role.MARKETING_OPS, Role.ADMIN)
    clears: tuple[Key, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Handoff(Part):
    entry_stage: Key
    mql_stage: Key
    quarantine_stage: Key
    moves: tuple[HandoffMove, ...]


class CalendarDef(Part):
    """Business time: weekdays that count, office hours in `zone`, and a country's public holidays.

    Without office hours the whole of a business day counts. `country` is ISO 3166-1 alpha-2,
    `subdivision` the part of it as the holidays library names it.
    """

    label: Label
    zone: str
    use_rep_zone: bool = False
    country: str | None = None
    subdivision: str | None = None
    workdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    opens: time | None = None
    closes: time | None = None
    extra_holidays: tuple[date, ...] = ()


class ClockStart(StrEnum):
    STAGE = "stage"
    TOUCH = "touch"
    UPDATE = "update"


class ClockStop(StrEnum):
    STAGE_LEFT = "stage_left"
    TOUCH = "touch"


class TimeKind(StrEnum):
    BUSINESS = "business"
    ELAPSED = "elapsed"


class Lane(Part):
    """A faster limit that holds while the lead has one of `signals`."""

    key: Key
    label: Label
    signals: tuple[Key, ...] = Field(min_length=1)
    minutes: Annotated[int, Field(ge=1)]
    target_minutes: Annotated[int, Field(ge=1)] | None = None
    within_days: Annotated[int, Field(ge=1)] = 7


class ClockDef(Part):
    """An SLA clock.

    It runs while the lead stands in one of `stages`, from its start event (entry of the stage, each
    touch, or each status update) to its stop event. `minutes` is the limit, in `time`.
    `soon_minutes` before the limit the clock counts as due soon. A `standby` clock only runs while no other
    clock of the lead does; of two, the one that the file names first goes first.
    """

    label: Label
    stages: tuple[Key, ...] = Field(min_length=1)
    starts: ClockStart
    stops: ClockStop = ClockStop.STAGE_LEFT
    minutes: Annotated[int, Field(ge=1)]
    time: TimeKind
    calendar: Key | None = None
    soon_minutes: Annotated[int, Field(ge=0)]
    remind_minutes: tuple[Annotated[int, Field(ge=1)], ...] = ()
    lanes: tuple[Lane, ...] = ()
    until_touches: Annotated[int, Field(ge=1)] | None = None
    escalates: bool = True
    standby: bool = False


class Cadence(Part):
    """The touches that an accepted lead is owed."""

    touches_min: Annotated[int, Field(ge=1)]
    touches_max: Annotated[int, Field(ge=1)]
    days_min: Annotated[int, Field(ge=1)]
    days_max: Annotated[int, Field(ge=1)]


class Section(Part):
    """A section of the queue: the leads of `stages`, counted down by the nearest of `clocks`, while one of
    them stands by also by the clock that runs instead.

    `returned` asks for leads that came back from recycling (true) or did not (false);
    `touched` for accepted leads with (true) or without (false) an outreach.
    """

    key: Key
    label: Label
    stages: tuple[Key, ...] = Field(min_length=1)
    clocks: tuple[Key, ...] = Field(min_length=1)
    returned: bool | None = None
    touched: bool | None = None


class ScorePart(StrEnum):
    BEHAVIOUR = "behaviour"
    FIT = "fit"
    NEGATIVE = "negative"


class FieldTest(Part):
    """A test of one lead field; exactly one of the comparisons is given.

    `in_list` and `not_in_list` name a list of the definitions; for an e-mail field they compare its domain.
    """

    field: Key
    minimum: int | None = None
    maximum: int | None = None
    in_list: Key | None = None
    not_in_list: Key | None = None
    equals: str | int | bool | None = None


class ScoreRule(Part):
    """Points for each signal of a kind up to `most`, for a lead field that passes a test, or for leads
    whose only signals are of the kinds in `only_signals`."""

    key: Key
    label: Label
    part: ScorePart
    points: Points
    signal: Key | None = None
    most: Annotated[int, Field(ge=1, le=1000)] | None = None
    test: FieldTest | None = None
    only_signals: tuple[Key, ...] = ()


class ScoreModel(Part):
    version: str
    dated: date
    half_life_days: Annotated[int, Field(ge=1)]
    minimum: int = 0
    maximum: int = 100
    rules: tuple[ScoreRule, ...] = Field(min_length=1)


class NamedTest(Part):
    key: Key
    label: Label
    test: FieldTest


class MqlRule(Part):
    """Composite and behavioural bar, at least `fit_matches` of the ICP tests, none of the exclusions."""

    score: int
    behaviour: int
    fit_matches: Annotated[int, Field(ge=0)]
    fit: tuple[NamedTest, ...]
    exclusions: tuple[NamedTest, ...]


class AttributionModel(StrEnum):
    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    LINEAR = "linear"
    POSITION_BASED = "position_based"


class Attribution(Part):
    model: AttributionModel
    first_share: Share = 0.4
    last_share: Share = 0.4
    conflicts: Literal["crm"] = "crm"


class RoutingStep(StrEnum):
    ACCOUNT_OWNER = "account_owner"
    TERRITORY = "territory"
    ROUND_ROBIN = "round_robin"


class Territory(Part):
    key: Key
    label: Label
    countries: tuple[Code, ...] = Field(min_length=1)
    team: str


class Routing(Part):
    steps: tuple[RoutingStep, ...] = Field(min_length=1)
    territories: tuple[Territory, ...] = ()
    skip_out_of_office: bool = True
    capacity_full_share: Annotated[float, Field(gt=0)] = 1.2
    capacity_low_share: Annotated[float, Field(gt=0)] = 0.8


class Tier(Part):
    key: Key
    label: Label
    tests: tuple[FieldTest, ...] = ()
    monthly_target: Annotated[int, Field(ge=0)]


class MarketingSla(Part):
    """What marketing owes sales."""

    accepted_share_min: Share
    accepted_share_high: Share
    rejected_share_flag: Share
    tiers: tuple[Tier, ...]


class Reporting(Part):
    """Frames of every report. The fiscal year starts on the first day of a month."""

    zone: str
    fiscal_year_starts_month: Annotated[int, Field(ge=1, le=12)]
    week_starts: Literal["mon", "sun"]
    calibration_won_deals: Annotated[int, Field(ge=1)]
    calibration_percentile: Annotated[int, Field(ge=1, le=99)]
    recovery_months: Annotated[int, Field(ge=1)]


class Definitions(Part):
    format: Literal[1]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]
    dated: date
    name: Label
    qualification: Literal["bant", "meddic"]
    frameworks: dict[Key, tuple[Key, ...]]
    vocabularies: dict[Key, Vocabulary]
    lists: dict[Key, tuple[str, ...]]
    groups: dict[Key, Label]
    fields: dict[Key, FieldDef]
    stages: dict[Key, StageDef]
    decisions: dict[DecisionKind, DecisionDef]
    reasons: dict[Key, Reason]
    nurture: dict[Key, NurtureTrack]
    handoff: Handoff
    calendars: dict[Key, CalendarDef]
    clocks: dict[Key, ClockDef]
    cadence: Cadence
    sections: tuple[Section, ...]
    score: ScoreModel
    mql: MqlRule
    attribution: Attribution
    routing: Routing
    marketing_sla: MarketingSla
    reporting: Reporting

    def required_to_enter(self, stage: str) -> tuple[str, ...]:
        """Fields that a lead needs to enter `stage`; `qualification` stands for the chosen framework."""
        required: list[str] = []
        for key in self.stages[stage].requires:
            required.extend(self.frameworks[self.qualification] if key == "qualification" else (key,))
        return tuple(required)

    def form_fields(self, kind: DecisionKind) -> tuple[FormField, ...]:
        """Fields of a decision's form in order, with the chosen qualification framework expanded."""
        fields: list[FormField] = []
        for entry in self.decisions[kind].fields:
            if entry.field == "qualification":
                fields.extend(
                    FormField(field=key, required=entry.required)
                    for key in self.frameworks[self.qualification]
                )
            else:
                fields.append(entry)
        return tuple(fields)


FormField.model_rebuild()
