"""The page that a person sees instead of a closed site, and who gets which form of it.

It renders a Decision and adds no reason of its own. No script, nothing from outside: the page must
work on a phone, on a whiteboard, and with the site it stands for unreachable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from bellgate.policy.decide import Decision
from bellgate.policy.wall_clock import length_in_words

Asked = Literal["page", "frame", "part"]

_TEMPLATES = Environment(
    loader=PackageLoader("bellgate.gate", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

_SNIFF_NOTHING = ("X-Content-Type-Options", "nosniff")
_FRAMED_BY_NOBODY = (
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    _SNIFF_NOTHING,
)


def _page_headers(*, form: bool, framed: bool) -> tuple[tuple[str, str], ...]:
    """`style-src` alone: a page is one file with its style inside it, and may load nothing.

    A page with a form sends it to the site that it stands for, and is never shown in a frame, where
    somebody else's page could lie over it. The small page for frames has none.
    """
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        f"form-action {'https:' if form else "'none'"}; "
        f"frame-ancestors {'*' if framed else "'none'"}"
    )
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        _SNIFF_NOTHING,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """A request that we can read. Headers have lower-case names; the body is bounded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of the gate's own. Always the last on its connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def in_words(status: int, text: str) -> Answer:
    """A short answer in plain text, for what is no closed site; none at all where it is empty."""
    kind = (("Content-Type", "text/plain; charset=utf-8"), *_FRAMED_BY_NOBODY) if text else ()
    return Answer(status, (*kind, ("Cache-Control", "no-store")), text.encode())


def for_a_stranger(ip: str, contact: str) -> Answer:
    """For an address out on the internet that is on none of the school's networks."""
    return in_words(
        403,
        f"{ip} is not an address on any of the school’s networks, so this proxy will not serve "
        "it.\n"
        f"If this is a school device, please tell {contact} that its network is missing from\n"
        "devices.yaml (under “networks”).\n",
    )


def asked_for(headers: Mapping[str, str]) -> Asked:
    """What a request wants: a page of its own, the inside of a frame, or a part of some page.

    `headers` have lower-case names. Source: Fetch Metadata (Sec-Fetch-Dest).
    """
    match headers.get("sec-fetch-dest"):
        case None | "document":
            return "page"
        case "iframe" | "frame" | "embed" | "object" | "fencedframe":
            return "frame"
        case _:
            return "part"


@dataclass(frozen=True, slots=True)
class Form:
    """The form on the page of a service that a person may ask for. `to` is where they were going;
    it stays in their own browser, and no record keeps it."""

    action: str
    token: str
    to: str


def answer_for(
    decision: Decision, headers: Mapping[str, str], top: str | None, form: Form | None = None
) -> Answer:
    """The answer to one refused request. `top` is the address that a frame's link opens; without it
    there is no link."""
    asked = asked_for(headers)
    if asked == "part":
        return Answer(403, (("Cache-Control", "no-store"),), b"")
    template = _TEMPLATES.get_template("block.html" if asked == "page" else "frame.html")
    text = template.render(**_words(decision), top=top, form=form)
    fields = _page_headers(form=form is not None and asked == "page", framed=asked == "frame")
    return Answer(403, fields, text.encode())


def come_again(location: str, *, after_a_form: bool = False) -> Answer:
    """For a site that has opened meanwhile: the browser comes back, and is let through."""
    status = 303 if after_a_form else 307
    return Answer(status, (("Location", location), ("Cache-Control", "no-store")), b"")


NOTHING_SAID = Answer(403, (("Cache-Control", "no-store"),), b"")


def _words(decision: Decision) -> dict[str, object]:
    rule, edition = decision.rule, decision.edition
    zone = ZoneInfo(edition.timezone)
    session, there = decision.session, decision.instant.astimezone(zone)
    time_of = f"{session} session" if session else None
    opens, asks_later = decision.opens, decision.asks is not None
    of_session = _is_of_the_session(decision)
    service = _capital(decision.service_name) if decision.host else "This site"
    return {
        "school": edition.school,
        "service": service,
        "wording": decision.who.group.wording,
        "why_pupils": _why(
            f"It is the {time_of}. You cannot use this site now." if of_session else "",
            "You cannot use this site at the moment.",
            "You cannot use this site on the school’s network.",
            opens=opens,
        ),
        "why_staff": _why(
            f"It is the {time_of}. {service} is for your own time." if of_session else "",
            "The school’s rules close this site at the moment.",
            "The school’s rules keep this site closed.",
            opens=opens,
        ),
        "why_asked": (
            f"{f'It is the {time_of}. ' if of_session and opens else ''}"
            f"Say what you need {service} for, and it will open."
        ),
        "asks": decision.action == "ask",
        "open_for": length_in_words(rule.ask_for) if rule and rule.ask_for else None,
        "opens": spoken(opens, decision.instant, zone) if opens else None,
        "asks_later": asks_later,
        "contact": edition.contact,
        "policy": edition.title,
        "clause": decision.clause or "The school’s network could not read this request.",
        "rule": rule.name if rule else "none",
        "source": str(rule.source) if rule else "–",
        "host": decision.host or "the connection gave no name",
        "session": session.capitalize() if session else None,
        "whose": decision.whose,
        "now": f"{there:%A} {there.day} {there:%B %Y, %H:%M}",
        "recorded": _recorded(named=bool(decision.host), asked=decision.action == "ask"),
    }


def _is_of_the_session(decision: Decision) -> bool:
    """Whether it stays closed for the rest of the session: what opens within it is closed for
    another reason."""
    session, opens = decision.verdict.session, decision.opens
    return session is not None and (opens is None or opens >= session.end)


def _why(in_session: str, for_now: str, for_good: str, *, opens: datetime | None) -> str:
    """Why a site is closed: a session is the reason only for what opens again when it is over."""
    return (in_session or for_now) if opens else for_good


def _recorded(*, named: bool, asked: bool) -> str:
    """What the school's record holds of this, and what it does not."""
    kept = ["the time", "the device"]
    kept += ["the site’s name"] if named else []
    kept += ["your answer"] if asked else []
    return (
        f"The school keeps a record of {', '.join(kept[:-1])} and {kept[-1]}. It does not record "
        "which pages you open, what you search for or anything "
        f"{'else ' if asked else ''}you type."
    )


def spoken(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment in words: `at 12:15`, `tomorrow at 08:50`, `on Monday 4 January at 08:50`."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    at = f"at {there:%H:%M}"
    days = (there.date() - here.date()) // timedelta(days=1)
    if days == 0:
        return at
    if days == 1:
        return f"tomorrow {at}"
    return f"on {there:%A} {there.day} {there:%B} {at}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
