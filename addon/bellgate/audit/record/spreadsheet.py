"""A record -> a row for a spreadsheet, in a head teacher's words.

Pure: cells and their text, no file. A cell never begins like a formula: what stands in a record is
partly other people's (a host's name, what somebody wrote on the page), and a spreadsheet runs what
looks like a formula, quoted or not.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.audit.record.seen import SEEN

COLUMNS: Final = (
    "Record",
    "Date",
    "Time",
    "Time zone",
    "What happened",
    "Action",
    "Times",
    "Session",
    "Service",
    "Kind of site",
    "Site",
    "Device",
    "Person",
    "Done by",
    "Groups",
    "On what ground this person",
    "What was seen",
    "Rule",
    "Where the rule stands",
    "Clause of the policy",
    "Network address",
    "Hardware address",
    "Lasted (seconds)",
    "Carried (bytes)",
    "Reason or answer",
    "Clock",
)

# What a spreadsheet takes for a formula: at the start or, where `;` separates its cells, after one.
# Blanks and the like before such a sign do not hide it; another `;` begins another cell.
_FORMULA: Final = re.compile(r"(^|;)((?:[^\w;]|_)*?)(?=[=+\-@＝＋－﹣﹢﹦﹫＠])")
# A record is one line, for programs too that know no line ends inside of quotes.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def row_of(record: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    """The cells, harmless and in the order of COLUMNS."""
    event, ours = record["event"], record["bellgate"]
    network, rule = record.get("network", {}), record.get("rule", {})
    user, source = record.get("user", {}), record.get("source", {})
    there = datetime.fromisoformat(record["@timestamp"]).astimezone(zone)
    lasted = event.get("duration")
    about_a_connection = "seen" in ours
    cells = (
        event.get("sequence"),
        f"{there:%Y-%m-%d}",
        f"{there:%H:%M:%S}",
        zone_said(there),
        record["message"],
        event["action"],
        ours.get("repeat"),
        ours.get("session"),
        network.get("application"),
        rule.get("category"),
        record.get("url", {}).get("domain"),
        record.get("device", {}).get("id"),
        user.get("id") if about_a_connection else _about(user, ours),
        None if about_a_connection else user.get("id"),
        ", ".join(user.get("roles", ())),
        ours.get("attribution"),
        SEEN[ours["seen"]].short if "seen" in ours else None,
        rule.get("name"),
        rule.get("id"),
        ours.get("clause"),
        source.get("ip"),
        source.get("mac"),
        None if lasted is None else lasted // 1_000_000_000,
        network.get("bytes"),
        ours.get("answer") or event.get("reason"),
        ours.get("clock"),
    )
    return [inert(cell) for cell in cells]


def _about(user: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Whom something was done about, or opened for: a person, or groups and devices."""
    target: str | None = user.get("target", {}).get("id")
    return target or ", ".join(ours.get("who", ()))


def line_of_cells(cells: Sequence[str]) -> bytes:
    """RFC 4180: every cell quoted, CRLF at the end."""
    return (",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in cells) + "\r\n").encode()


def inert(value: object) -> str:
    """The text of a cell, with an apostrophe before what could be run."""
    if value is None:
        return ""
    return _FORMULA.sub(r"\1'\2", _CONTROL.sub(" ", str(value)))


def zone_said(there: datetime) -> str:
    """`GMT (UTC+00:00)`: the name, and what it means."""
    minutes = (there.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{there.tzname()} (UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02})"
