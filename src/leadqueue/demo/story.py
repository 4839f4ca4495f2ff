"""The demo's story: what happened to each lead, step by step, up to now.

The same seed and the same `now` tell the same story. Every step is played through the real handoff
and the real rule book, so that the demo holds nothing which the program could not have made itself.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from faker import Faker

from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.demo import cast
from leadqueue.domain.business_time import BusinessCalendar, calendar_for
from leadqueue.domain.lead import FieldValues, Signal
from leadqueue.domain.scoring import compute_score, icp_fit, mql_verdict, tally
from leadqueue.wire.intake import IntakeSignalOfLead

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Handover:
    """Marketing sends the lead, or more of it."""

    fields: FieldValues
    signals: tuple[IntakeSignalOfLead, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The lead's owner decides."""

    kind: DecisionKind
    values: FieldValues


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    source_id: str
    owner: int
    what: Handover | Decided


@dataclass(slots=True)
class Story:
    """All steps in order of time. `owner` of a step counts the reps; rep 0 is the one who signs in."""

    steps: list[Step] = field(default_factory=list)


class StoryTeller:
    """Tells the story of `leads` leads in rep 0's queue, and of a tenth as many in each colleague's."""

    def __init__(self, definitions: Definitions, now: datetime, seed: int) -> None:
        self._definitions = definitions
        self._now = now.replace(microsecond=0)
        self._random = random.Random(seed)
        self._calendar: BusinessCalendar = calendar_for(definitions, "default", "UTC")
        self._fakers: dict[str, Faker] = {}
        self._seed = seed
        self._companies: list[FieldValues] = []
        self._count = 0
        self._signals = 0

    def tell(self, leads: int, reps: int) -> Story:
        story = Story()
        shares = (
            (self._in_review, 0.55),
            (self._in_fast_lane, 0.07),
            (self._nearly_breached, 0.03),
            (self._breached, 0.03),
            (self._returned, 0.06),
            (self._accepted, 0.09),
            (self._in_cadence, 0.11),
            (self._in_pipeline, 0.06),
        )
        for owner in range(reps):
            wanted = leads if owner == 0 else max(leads // 10, 1)
            chapters = self._random.choices(
                [tell for tell, _ in shares], [share for _, share in shares], k=wanted
            )
            for chapter in chapters:
                story.steps += chapter(owner)
            for _ in range(wanted // 12):
                story.steps += self._rejected(owner)
        for _ in range(max(leads // 50, 1)):
            story.steps += self._below_the_bar()
        story.steps.sort(key=lambda step: (step.at, step.source_id))
        return story

    # ------------------------------------------------------------ chapters

    def _in_review(self, owner: int) -> list[Step]:
        return [self._handover(owner, self._business_minutes_ago(self._random.randint(5, 1150)))]

    def _in_fast_lane(self, owner: int) -> list[Step]:
        return [self._handover(owner, self._business_minutes_ago(self._random.randint(0, 52)), hot=True)]

    def _nearly_breached(self, owner: int) -> list[Step]:
        return [self._handover(owner, self._business_minutes_ago(self._random.randint(1380, 1438)))]

    def _breached(self, owner: int) -> list[Step]:
        return [self._handover(owner, self._business_minutes_ago(self._random.randint(1445, 3600)))]

    def _returned(self, owner: int) -> list[Step]:
        first = self._now - DAY * self._random.randint(25, 90)
        opening = self._handover(owner, first)
        reason = self._random.choice(("bad_timing", "no_budget", "no_pain", "insufficient_engagement"))
        values: FieldValues = {
            "reason": reason,
            "note": self._random.choice(("", "Asked to be left alone until then.")),
        }
        days_before = self._random.randint(1, 6) if reason == "bad_timing" else 0
        sent_back = Step(
            first + HOUR * self._random.randint(1, 9),
            opening.source_id,
            owner,
            Decided(DecisionKind.RECYCLE, values),
        )
        back = self._business_minutes_ago(self._random.randint(10, 1100))
        if days_before:
            values["revisit_on"] = (back - DAY * days_before).date().isoformat()
        fresh = [
            ("contact_form", back - MINUTE),
            ("webinar", back - DAY),
            ("content_download", back - DAY * 2),
        ]
        signals = tuple(self._signal(kind, at) for kind, at in fresh)
        again = Step(back, opening.source_id, owner, Handover({}, signals))
        return [opening, sent_back, again]

    def _accepted(self, owner: int) -> list[Step]:
        accepted_at = self._now - MINUTE * self._random.randint(20, 60 * 50)
        return self._accept(owner, accepted_at)

    def _in_cadence(self, owner: int) -> list[Step]:
        touches = self._random.randint(1, 7)
        last = self._now - HOUR * self._random.randint(1, 50)
        first = last - HOUR * 47 * (touches - 1)
        steps = self._accept(owner, first - HOUR * self._random.randint(2, 30))
        steps += [
            self._touch(owner, steps[0].source_id, first + HOUR * 47 * number) for number in range(touches)
        ]
        return steps

    def _in_pipeline(self, owner: int) -> list[Step]:
        qualified_at = self._now - HOUR * self._random.randint(2, 70)
        steps = self._accept(owner, qualified_at - DAY * self._random.randint(3, 12))
        source_id = steps[0].source_id
        steps.append(self._touch(owner, source_id, qualified_at - HOUR * 30, outcome="conversation"))
        budget, authority, need, timeline = self._random.choice(cast.QUALIFICATION)
        evidence: FieldValues = {
            "bant_budget": budget,
            "bant_authority": authority,
            "bant_need": need,
            "bant_timeline": timeline,
            "qualification_notes": self._random.choice(cast.QUALIFICATION_NOTES),
        }
        steps.append(Step(qualified_at, source_id, owner, Decided(DecisionKind.QUALIFY, evidence)))
        if self._random.random() < 0.5:
            deal: FieldValues = {
                "next_step": self._random.choice(("demo", "proposal", "trial")),
                "opportunity_stage": "discovery",
                "amount": self._random.randint(6, 240) * 50_000,
                "currency": self._random.choice(("USD", "EUR", "GBP")),
                "close_date": (self._now + DAY * self._random.randint(20, 120)).date().isoformat(),
            }
            steps.append(Step(qualified_at + HOUR, source_id, owner, Decided(DecisionKind.OPPORTUNITY, deal)))
        return steps

    def _rejected(self, owner: int) -> list[Step]:
        opening = self._handover(owner, self._now - DAY * self._random.randint(4, 60))
        reason = self._random.choice(
            ("wrong_company", "wrong_persona", "no_budget", "competitor", "bad_contact_data")
        )
        return [
            opening,
            Step(
                opening.at + HOUR * self._random.randint(1, 20),
                opening.source_id,
                owner,
                Decided(DecisionKind.REJECT, {"reason": reason}),
            ),
        ]

    def _below_the_bar(self) -> list[Step]:
        fields = self._person(self._random.choices(cast.PLACES, [place[4] for place in cast.PLACES])[0])
        fields |= {"company_size": self._random.randint(1, 9), "seniority": "entry", "industry": "nonprofit"}
        at = self._now - DAY * self._random.randint(1, 20)
        return [Step(at, self._source_id(), 0, Handover(fields, (self._signal("email_click", at - HOUR),)))]

    # ------------------------------------------------------------ their parts

    def _accept(self, owner: int, at: datetime) -> list[Step]:
        opening = self._handover(owner, at - HOUR * self._random.randint(1, 20))
        reason = self._random.choice(("strong_fit", "clear_intent", "right_person", "asked_for_contact"))
        return [
            opening,
            Step(at, opening.source_id, owner, Decided(DecisionKind.ACCEPT, {"acceptance_reason": reason})),
        ]

    def _touch(self, owner: int, source_id: str, at: datetime, outcome: str | None = None) -> Step:
        channel = self._random.choice(("call", "email", "email", "linkedin"))
        outcomes = ("no_answer", "left_message") if channel == "call" else ("sent", "sent", "replied")
        values: FieldValues = {
            "touch_channel": channel,
            "touch_outcome": outcome or self._random.choice(outcomes),
        }
        return Step(at, source_id, owner, Decided(DecisionKind.TOUCH, values))

    def _handover(self, owner: int, at: datetime, *, hot: bool = False) -> Step:
        """A lead that passes the real MQL bar at `at`: engagement is added until it does."""
        place = self._random.choices(cast.PLACES, [place[4] for place in cast.PLACES])[0]
        fields = self._person(place)
        kinds = self._random.choices(("webinar", "content_download", "event_visit", "contact_form"), k=2)
        if hot:
            kinds.insert(0, self._random.choice(("demo_request", "pricing_page")))
        more = [
            "content_download",
            "repeat_visit",
            "webinar",
            "email_click",
            "content_download",
            "repeat_visit",
        ]
        more += ["trial_started", "contact_form", "webinar", "event_visit"]
        signals = [self._signal(kind, at - HOUR * self._random.randint(1, 300)) for kind in kinds]
        if hot:
            signals[0] = self._signal(kinds[0], at - MINUTE)
        signals += [
            self._signal("page_visit", at - HOUR * self._random.randint(1, 700))
            for _ in range(self._random.randint(0, 4))
        ]
        for _ in range(self._random.choice((0, 0, 1, 2, 4))):
            kind = self._random.choice(("webinar", "trial_started", "content_download", "contact_form"))
            signals.append(self._signal(kind, at - HOUR * self._random.randint(1, 120)))
        while not self._qualifies(fields, signals, at) and more:
            signals.append(self._signal(more.pop(0), at - HOUR * self._random.randint(1, 200)))
        if not self._qualifies(fields, signals, at):
            fields |= {
                "company_size": self._random.randint(60, 1800),
                "industry": "software",
                "seniority": "director",
            }
        return Step(at, self._source_id(), owner, Handover(fields, tuple(signals)))

    def _qualifies(self, fields: FieldValues, signals: Sequence[IntakeSignalOfLead], at: datetime) -> bool:
        tallies = tally((), [Signal(each.source_id, each.kind, each.at) for each in signals])
        score = compute_score(fields, tallies, self._definitions, at)
        return mql_verdict(fields, score, self._definitions).qualified

    def _signal(self, kind: str, at: datetime) -> IntakeSignalOfLead:
        self._signals += 1
        titles = {
            "webinar": (self._random.choice(cast.WEBINARS), ""),
            "content_download": (self._random.choice(cast.CONTENT), ""),
            "page_visit": ("", self._random.choice(cast.PAGES)),
            "repeat_visit": ("", self._random.choice(cast.PAGES)),
            "pricing_page": ("Pricing", "/pricing"),
            "demo_request": ("Demo form", "/demo"),
            "contact_form": ("Contact form", "/contact"),
            "email_click": ("Weekly digest", ""),
        }
        title, page = titles.get(kind, ("", ""))
        url = f"https://www.leadqueue.example{page}" if page else ""
        return IntakeSignalOfLead(
            source_id=f"demo-{self._seed}-s{self._signals}", kind=kind, at=at, title=title, url=url
        )

    def _person(self, place: tuple[str, str, str, str, int]) -> FieldValues:
        country, locale, language, currency, _ = place
        faker = self._faker(locale)
        campaign = self._random.choices(cast.CAMPAIGNS, [each.weight for each in cast.CAMPAIGNS])[0]
        latest = self._random.choice(cast.REVISIT_CHANNELS)
        seniority = self._random.choices(tuple(cast.TITLES), (14, 26, 26, 14, 12, 8))[0]
        first, last = faker.first_name(), faker.last_name()
        company = self._company(faker, country, currency)
        fields: FieldValues = {
            **company,
            "first_name": first,
            "last_name": last,
            "email": f"{_slug(first) or 'contact'}.{_slug(last) or self._count}@{company['company_domain']}",
            "job_title": self._random.choice(cast.TITLES[seniority]),
            "seniority": seniority,
            "language": language,
            "lead_source": campaign.source,
            "campaign": campaign.name,
            "landing_page": f"https://www.leadqueue.example{campaign.landing_page}",
            "first_utm_source": campaign.utm_source,
            "first_utm_medium": campaign.medium,
            "first_utm_campaign": campaign.utm_campaign,
            "latest_utm_source": latest[0],
            "latest_utm_medium": latest[1],
            "latest_utm_campaign": latest[2],
        }
        if self._random.random() < 0.7:
            fields["phone"] = f"+1 555 01{self._random.randint(0, 99):02d} {self._random.randint(100, 999)}"
        if self._random.random() < 0.5:
            fields["linkedin_url"] = f"https://www.linkedin.example/in/{_slug(first) or 'p'}-{self._count}"
        if message := self._random.choice(cast.MESSAGES):
            fields["message"] = message
        return fields

    def _company(self, faker: Faker, country: str, currency: str) -> FieldValues:
        if self._companies and self._random.random() < 0.12:
            return dict(self._random.choice(self._companies))
        self._count += 1
        name = faker.company() if self._random.random() > 0.01 else self._random.choice(cast.LONG_COMPANIES)
        size = int(self._random.lognormvariate(5.4, 1.0)) + 8
        industry = self._random.choices([key for key, _ in cast.INDUSTRIES], [w for _, w in cast.INDUSTRIES])[
            0
        ]
        company: FieldValues = {
            "company_name": name,
            "company_domain": f"{_slug(name)[:40] or 'company'}-{self._count}.example",
            "company_size": size,
            "industry": industry,
            "country": country,
        }
        if self._random.random() < 0.6:
            company["annual_revenue"] = size * self._random.randint(60, 240) * 100_000
            company["revenue_currency"] = currency
        company["icp_fit"] = icp_fit(company, self._definitions)
        self._companies.append(company)
        return dict(company)

    def _faker(self, locale: str) -> Faker:
        if locale not in self._fakers:
            faker = Faker(locale)
            faker.seed_instance(f"{self._seed}-{locale}")
            self._fakers[locale] = faker
        return self._fakers[locale]

    def _source_id(self) -> str:
        self._count += 1
        return f"demo-{self._seed}-{self._count:06d}"

    def _business_minutes_ago(self, minutes: int) -> datetime:
        """The moment from which `minutes` of business time have passed until now."""
        moment = self._calendar.subtract(self._now, minutes)
        return moment.replace(second=self._random.randint(0, 59), microsecond=0) - MINUTE


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.casefold()).strip("-")
