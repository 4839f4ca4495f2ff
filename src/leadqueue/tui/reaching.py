"""What of a lead can be copied, and whether this machine has a browser to open its links in. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead
from leadqueue.domain.links import Link
from leadqueue.domain.text import one_line
from leadqueue.domain.values import show_value
from leadqueue.tui.screens.chooser import Choice

_DIGITS = "123456789"
_LONGEST = 1_000


def to_copy(lead: Lead, definitions: Definitions) -> list[Choice]:
    """What the lead has of e-mail, phone, domain, id and a summary; harmless, on one line each."""
    known = [
        ("e", "E-mail", lead.text("email")),
        ("p", "Phone", lead.text("phone")),
        ("d", "Domain", lead.text("company_domain")),
        ("i", "Lead id", lead.id),
        ("s", "Summary", summary(lead, definitions)),
    ]
    return [Choice(key, label, one_line(text, _LONGEST)) for key, label, text in known if text.strip()]


def summary(lead: Lead, definitions: Definitions) -> str:
    """The lead in a line, as one would write it to a colleague."""
    stage = definitions.stages.get(lead.stage)
    told = [lead.person, lead.text("job_title"), lead.company]
    told += [lead.text(key) for key in ("email", "phone") if lead.text(key) != lead.person]
    told.append(stage.label if stage else lead.stage)
    told.append(f"score {lead.score.total}" if lead.score else "")
    source = show_value("lead_source", lead.fields.get("lead_source"), definitions)
    told.append(f"from {source}" if source else "")
    return ", ".join(one_line(text, 200) for text in told if text.strip())


def to_open(links: tuple[Link, ...]) -> list[Choice]:
    """The links as choices, with the address in full, as it will be opened."""
    choices: list[Choice] = []
    for link in links:
        number = sum(not choice.why_not for choice in choices)
        key = _DIGITS[number] if number < len(_DIGITS) and not link.why_not else ""
        choices.append(Choice(key, link.label, link.shown, link.why_not))
    return choices


def has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a window can open here. Without a display only text browsers are left, and one of those would
    take this terminal over."""
    if "SSH_CONNECTION" in environment and not environment.get("DISPLAY"):
        return False
    if platform in ("darwin", "win32"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
