"""Who and what appears in the demo's story: campaigns, pages, titles, and people from many countries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Campaign:
    name: str
    source: str
    medium: str
    utm_source: str
    utm_campaign: str
    landing_page: str
    weight: int


CAMPAIGNS = (
    Campaign(
        "Autumn webinar: shorter queues",
        "webinar",
        "webinar",
        "zoom",
        "autumn-webinar",
        "/webinars/queues",
        16,
    ),
    Campaign("Brand search", "paid_search", "cpc", "google", "brand-search", "/", 14),
    Campaign(
        "Buyer's guide 2027",
        "content_syndication",
        "syndication",
        "techtarget",
        "buyers-guide-27",
        "/guide",
        12,
    ),
    Campaign(
        "SEO: lead response time",
        "organic_search",
        "organic",
        "google",
        "evergreen",
        "/blog/response-time",
        15,
    ),
    Campaign(
        "Ops leaders on LinkedIn", "paid_social", "paid-social", "linkedin", "ops-leaders-q4", "/ops", 12
    ),
    Campaign("Partner referrals", "partner", "referral", "partner", "partner-2026", "/partners", 7),
    Campaign("Booth at RevCon Lisbon", "event", "event", "revcon", "revcon-lisbon", "/events/revcon", 8),
    Campaign("Customer referrals", "referral", "referral", "customer", "refer-a-friend", "/refer", 6),
    Campaign("Newsletter", "email", "email", "newsletter", "weekly-digest", "/newsletter", 6),
    Campaign("Came by themselves", "direct_traffic", "none", "direct", "none", "/", 4),
)

REVISIT_CHANNELS = (
    ("google", "cpc", "brand-search"),
    ("newsletter", "email", "weekly-digest"),
    ("linkedin", "paid-social", "ops-leaders-q4"),
    ("google", "organic", "evergreen"),
    ("direct", "none", "none"),
)

CONTENT = (
    "The five-minute rule, measured",
    "Checklist: what sales needs from marketing",
    "Template: a service level between two teams",
    "Report: where leads wait",
    "How Nordwind halved its response time",
    "Buyer's guide 2027",
)

WEBINARS = ("Shorter queues, calmer reps", "Scoring that sales believes", "From MQL to meeting in a day")

PAGES = ("/product", "/integrations", "/security", "/customers/nordwind", "/docs/api")

TITLES = {
    "specialist": ("Sales Operations Analyst", "CRM Administrator", "Marketing Specialist"),
    "manager": ("Sales Operations Manager", "Demand Generation Manager", "Inside Sales Manager"),
    "director": ("Director of Revenue Operations", "Head of Sales Development", "Director of Marketing"),
    "vp": ("VP Sales", "VP Revenue", "VP Marketing"),
    "c_level": ("Chief Revenue Officer", "Chief Operating Officer", "Chief Marketing Officer"),
    "owner": ("Founder", "Managing Partner"),
}

PLACES = (
    ("US", "en_US", "en", "USD", 24),
    ("GB", "en_GB", "en", "GBP", 10),
    ("DE", "de_DE", "de", "EUR", 10),
    ("FR", "fr_FR", "fr", "EUR", 7),
    ("NL", "nl_NL", "nl", "EUR", 5),
    ("ES", "es_ES", "es", "EUR", 5),
    ("BR", "pt_BR", "pt", "BRL", 5),
    ("PL", "pl_PL", "pl", "PLN", 4),
    ("SE", "sv_SE", "en", "SEK", 4),
    ("CZ", "cs_CZ", "en", "CZK", 3),
    ("GR", "el_GR", "el", "EUR", 3),
    ("JP", "ja_JP", "ja", "JPY", 4),
    ("KR", "ko_KR", "ko", "KRW", 3),
    ("IN", "hi_IN", "hi", "INR", 3),
    ("IL", "he_IL", "he", "ILS", 2),
    ("AE", "ar_AA", "ar", "AED", 2),
)
"""Country, Faker's locale, language, currency, weight."""

INDUSTRIES = (
    ("software", 26),
    ("manufacturing", 16),
    ("financial_services", 12),
    ("logistics", 10),
    ("healthcare", 9),
    ("retail", 8),
    ("professional_services", 8),
    ("telecom", 5),
    ("education", 3),
    ("media", 3),
)

LONG_COMPANIES = (
    "Vereinigte Süddeutsche Maschinenbau- und Anlagentechnik-Beteiligungsgesellschaft mbH & Co. KG",
    "The Amalgamated Northern Counties Wholesale Provisions and Cold Storage Cooperative Limited",
)

MESSAGES = (
    "We lose track of webinar leads after the weekend. Can your tool tell us who waits the longest?",
    "Please call me before Thursday, we decide on a tool this month.",
    "How do you price for 40 seats? We are on another product until March.",
    "Our reps travel a lot; does it really work without a network?",
    "Saw your talk. Interested in how marketing gets the reasons back.",
    "",
    "",
    "",
)

QUALIFICATION = (
    (
        "Set aside for the first half",
        "COO signs, CRO decides",
        "Leads age unseen over weekends",
        "Live before April",
    ),
    (
        "Within the operations budget",
        "Head of sales development",
        "Marketing learns nothing from rejections",
        "Q1",
    ),
    (
        "To be approved in December",
        "CFO and CRO together",
        "Two tools disagree on every number",
        "After year end",
    ),
)

QUALIFICATION_NOTES = (
    "Spoke for half an hour; two reps joined. Wants to see the offline mode with their own data.",
    "Their list view holds four hundred leads. Asked for references in the same industry.",
)

REP_NAMES = (
    ("Robin Example", "UTC"),
    ("Ingrid Solberg", "Europe/Oslo"),
    ("Marcus Whitfield", "America/New_York"),
    ("Chiara Bonetti", "Europe/Rome"),
    ("Takumi Hayashi", "Asia/Tokyo"),
    ("Amara Diallo", "Europe/Paris"),
)

MANAGER_NAME = "Morgan Sample"
