"""A notice in words: the letter that people get, and what a webhook is told. Values only."""

import textwrap
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.audit.record.record import whole_seconds
from bellgate.outside.mail import Letter
from bellgate.policy.decide import Edition
from bellgate.running.alerts.signs import said_at
from bellgate.running.alerts.told import Notice

_WIDTH: Final = 76
"""Characters of a line of mail."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Which gate speaks, and in whose time."""

    school: str
    gateway: str
    zone: ZoneInfo

    @classmethod
    def of(cls, edition: Edition) -> "Sender":
        return cls(edition.school, edition.gateway, ZoneInfo(edition.timezone))


def title_of(notice: Notice) -> str:
    """`The gateway's disk is nearly full`."""
    kind = notice.trouble.kind
    title = kind.title if notice.until is None else kind.over
    return title.format(subject=notice.trouble.subject)


def letter(notice: Notice, sender: Sender, now: datetime) -> Letter:
    """What is wrong, since when, what goes on meanwhile, and what to do; or that it is over."""
    mark = "" if notice.until is None else "over: "
    subject = f"Bellgate {sender.school}: {mark}{title_of(notice)}"
    return Letter(subject, text_of(notice, sender), now.astimezone(sender.zone))


def text_of(notice: Notice, sender: Sender) -> str:
    trouble, since = notice.trouble, said_at(notice.since, sender.zone)
    if notice.until is not None:
        until = said_at(notice.until, sender.zone)
        was = trouble.kind.title.format(subject=trouble.subject)
        parts = [
            f"{title_of(notice)}.",
            f"What was wrong: {was}. {trouble.what}",
            f"It lasted from {since} to {until}.",
            "You do not need to do anything.",
        ]
    else:
        parts = [
            f"{title_of(notice)}. {trouble.what}",
            f"Since: {since}.",
            f"Meanwhile: {trouble.kind.meanwhile}",
            f"What to do: {trouble.kind.to_do}",
            "You will hear about this once more, when it is over.",
        ]
    parts.append(f"Bellgate on {sender.gateway}, {sender.school}")
    return "\n\n".join(map(_filled, parts)) + "\n"


def webhook(notice: Notice, sender: Sender) -> dict[str, object]:
    """What a webhook is told. Field names: deploy/README.md, Alerts."""
    trouble = notice.trouble
    told: dict[str, object] = {
        "text": f"Bellgate {sender.school}: {title_of(notice)}. {trouble.what}",
        "alert": trouble.kind.name,
        "state": "wrong" if notice.until is None else "over",
        "title": title_of(notice),
        "what": trouble.what,
        "since": whole_seconds(notice.since),
        "school": sender.school,
        "gateway": sender.gateway,
    }
    if notice.until is not None:
        return told | {"until": whole_seconds(notice.until)}
    return told | {"meanwhile": trouble.kind.meanwhile, "to_do": trouble.kind.to_do}


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
