"""Text -> one value: a time, a date, a duration, an address. Each says what would be right.

Every function takes the text of a scalar and gives a value or raises `Unclear`, whose message
follows the key's name: `first_day` "is no date". Nothing here knows which key it reads.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from bellgate.policy.facts import address, host_name
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.schedules.dates_meant import date_hint, range_hint
from bellgate.schedules.problem import Unclear, closest, quoted
from bellgate.schedules.times_meant import hours_hint, in_the_afternoon, time_hint

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Unit = Literal["second", "minute", "hour", "day", "week", "month", "year"]

_DASH = re.compile(r"\s*(?:-|–|\bto\b)\s*")
_DASHES = {
    "–": "an en dash", "—": "an em dash", "−": "a minus sign", "‐": "a typesetter's hyphen",
    "‑": "a hyphen that does not break", "‒": "a figure dash", "―": "a bar",
}  # fmt: skip
_TWO_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\s*[-–—−‐‑‒―]\s*([0-9]{4}-[0-9]{2}-[0-9]{2})")
_TO = re.compile(r"\s+to\s+")
_A_RANGE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:\s+to\s+[0-9]{4}-[0-9]{2}-[0-9]{2})?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

_DURATION = re.compile(r"([0-9]{1,4}) *(second|minute|hour|day|week|month|year)s?")
_UNITS: dict[Unit, str] = {
    "second": "s sec secs", "minute": "m min mins", "hour": "h hr hrs hour", "day": "d day",
    "week": "w wk wks week", "month": "mth mths mo mos month", "year": "y yr yrs year",
}  # fmt: skip
_EACH = {
    "daily": "1 day", "weekly": "1 week", "monthly": "1 month", "yearly": "1 year",
    "annually": "1 year", "annual": "1 year", "every year": "1 year", "half an hour": "30 minutes",
}  # fmt: skip
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
# A slip of the keyboard (2062 for 2026) must not make a timetable of decades.
_YEARS = range(2000, 2100)
INTERFACE = re.compile(r"^[A-Za-z0-9_.@-]{1,15}$")
"""What the kernel takes as an interface's name, without what would end a quotation of it."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as people say it: a month is a month, not thirty days."""

    count: int
    unit: Unit

    def after(self, day: date) -> date:
        """The date that long after another; 29 February and the like fall back to the 28th."""
        if self.unit in _SECONDS:
            return day + self.delta
        months = day.month - 1 + self.count * (12 if self.unit == "year" else 1)
        year, month = day.year + months // 12, months % 12 + 1
        if year > date.max.year:
            return date.max
        for last in (day.day, 30, 29, 28):
            try:
                return date(year, month, min(day.day, last))
            except ValueError:
                continue
        raise AssertionError("every month has 28 days")

    @property
    def delta(self) -> timedelta:
        """Only of units that always last the same."""
        return timedelta(seconds=self.count * _SECONDS[self.unit])

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def each(self) -> str:
        """`year`, `2 years`: after the word *every*."""
        return self.unit if self.count == 1 else str(self)


@dataclass(frozen=True, slots=True)
class Range[T]:
    """From one to another, as the key defines it."""

    first: T
    last: T


def _with_plain_dash(text: str, right: str) -> str:
    """The hint for a value of two parts; what only looks like a hyphen is named."""
    found = next((char for char in text if char in _DASHES), None)
    if found is None:
        return f"write it as {right}"
    return f"{found} is {_DASHES[found]}: write a plain hyphen, {right}"


def clock_time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if not found or not (int(found[1]) < 24 and int(found[2]) < 60):
        meant = time_hint(text)
        hint = meant if meant else "write it as 08:50 (00:00 to 23:59)"
        raise Unclear(f"is {quoted(text)}, which is not a time of day", hint)
    return time(int(found[1]), int(found[2]))


def _both(parts: list[str]) -> tuple[time, time]:
    """A start and an end; where the files have them otherwise, the hint is for both."""
    try:
        return clock_time(parts[0]), clock_time(parts[1])
    except Unclear as unclear:
        raise Unclear(unclear.message, hours_hint(*parts) or unclear.hint) from None


_TURNED = "correct one of the two"


def time_range(text: str) -> Range[time]:
    parts = _DASH.split(text)
    if len(parts) != 2 or not all(parts):
        hint = _with_plain_dash(text, "08:50-12:00")
        raise Unclear(f"is {quoted(text)}, not a start and an end", hint)
    start, end = _both(parts)
    if end <= start:
        by_day = in_the_afternoon(end)
        meant = time(1) <= end < time(7) and by_day > start
        right = f"for the afternoon write {start:%H:%M}-{by_day:%H:%M}" if meant else _TURNED
        raise Unclear(f"ends before it starts ({start:%H:%M}-{end:%H:%M})", right)
    return Range(start, end)


def hours(text: str) -> Range[time]:
    """Hours that may go over midnight: `20:00-06:00`, `16:00-24:00` (an end at 00:00)."""
    parts = _DASH.split(text)
    if len(parts) != 2 or not all(parts):
        hint = _with_plain_dash(text, "08:50-12:00")
        raise Unclear(f"is {quoted(text)}, not a start and an end", hint)
    if parts[1] == "24:00":
        return Range(clock_time(parts[0]), time())
    start, end = _both(parts)
    if start == end:
        raise Unclear(f"ends when it starts ({start:%H:%M})", "the whole day is 00:00-24:00")
    return Range(start, end)


def calendar_date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        hint = date_hint(text) or "write year-month-day: 2026-11-27"
        if any(char in _DASHES for char in text):
            hint = _with_plain_dash(text, "2026-11-27")
        raise Unclear(f"is {quoted(text)}, which is not a date", hint)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unclear(f"is {text}, and there is no such day", date_hint(text)) from None
    if day.year not in _YEARS:
        raise Unclear(f"is {text}, a year that cannot be right")
    return day


def date_range(text: str) -> Range[date]:
    """`2026-10-26 to 2026-10-30`, both ends included, or one date."""
    parts = _TO.split(text)
    if dashed := _TWO_DATES.fullmatch(text):
        right = f"write to between the dates: {dashed[1]} to {dashed[2]}"
        raise Unclear(f"is {quoted(text)}, with a dash between two dates", right)
    if _A_RANGE.fullmatch(text) is None and (meant := range_hint(text)):
        raise Unclear(f"is {quoted(text)}, not two dates", meant)
    if len(parts) > 2:
        raise Unclear(f"is {quoted(text)}, not two dates", "write it as 2026-10-26 to 2026-10-30")
    first, last = calendar_date(parts[0]), calendar_date(parts[-1])
    if last < first:
        swapped = f"did you mean {last} to {first}?" if (first - last).days <= 366 else None
        raise Unclear(f"ends before it starts ({first} to {last})", swapped)
    if (last - first).days > 366:
        raise Unclear(f"lasts longer than a year ({first} to {last})", "is a year mistyped?")
    return Range(first, last)


def duration(text: str) -> Duration:
    found = _DURATION.fullmatch(text)
    if not found or int(found[1]) == 0:
        raise Unclear(f"is {quoted(text)}, which is not a length of time", _length_meant(text))
    return Duration(int(found[1]), found[2])  # type: ignore[arg-type]  # the pattern's own words


def _length_meant(text: str) -> str:
    """How the files have `45 mins`, `1h` or `annually`."""
    said = text.strip().lower().rstrip(".")
    found = re.fullmatch(r"(an?|[0-9]{1,4}) *([a-z]*)", said)
    if each := _EACH.get(said):
        return f"write it as {each}"
    if found and not found[2] and found[1].isdigit() and int(found[1]):
        return f"write its unit too, such as {found[1]} minutes or {found[1]} days"
    unit = next((u for u, short in _UNITS.items() if found and found[2] in short.split()), None)
    if found is None or unit is None or found[1] == "0":
        return "write it as 45 minutes, 30 days or 1 year"
    number = int(found[1]) if found[1].isdigit() else 1
    return f"write it as {Duration(number, unit)}"


def rate(text: str) -> float:
    """`50 a second`, as a number a second."""
    found = re.fullmatch(r"([0-9]{1,6}) *(?:an?|per|/) *(second|minute|hour)", text)
    if not found or int(found[1]) == 0:
        raise Unclear(f"is {quoted(text)}, which is not a rate", "write it as 50 a second")
    return int(found[1]) / _SECONDS[found[2]]


def port(text: str) -> int:
    """A TCP port: 1 to 65535."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65536):
        raise Unclear(f"is {quoted(text)}, which is not a port", "write a number from 1 to 65535")
    return int(text)


def whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise Unclear(f"is {quoted(text)}, not a whole number above 0", "write one, such as 50")
    return int(text)


def truth(text: str) -> bool:
    answers = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in answers:
        raise Unclear(f"is {quoted(text)}, neither yes nor no", "write true, false, yes or no")
    return answers[text.lower()]


def mac_address(text: str) -> str:
    """Any usual notation, as lower case with colons."""
    digits = re.sub(r"[:.-]", "", text.lower())
    pairs = re.fullmatch(r"(?:[0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2}", text.lower())
    if pairs and re.search(r"\b0[0-9a-f]\b", text.lower()) and len(digits) < 12:
        # Whoever leaves zeros out leaves all of them out.
        raise Unclear(f"is {quoted(text)}, where a digit is missing", "each pair has two digits")
    if pairs:
        digits = "".join(p.zfill(2) for p in re.split(r"[:-]", text.lower()))
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise Unclear(
            f"is {quoted(text)}, which is not a MAC address", "write it as 3c:22:fb:00:00:21"
        )
    if digits in ("0" * 12, "f" * 12) or int(digits[1], 16) & 1:
        raise Unclear(f"is {quoted(text)}, which no single device can have")
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def ip_address(text: str) -> str:
    """In its shortest form."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        hint = "write it as 10.77.20.5 or 2001:db8:20::5"
        if "/" in text:
            hint = "an address range belongs under networks"
        raise Unclear(f"is {quoted(text)}, which is not an IP address", hint) from None


def ip_network(text: str) -> IPNetwork:
    with suppress(ValueError):
        return ipaddress.ip_network(text)
    try:
        whole = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Unclear(
            f"is {quoted(text)}, which is not an address range", "write it as 10.77.10.0/24"
        ) from None
    raise Unclear(f"is {quoted(text)}, an address within a range", f"did you mean {whole}?")


def interface(text: str) -> str:
    """The name of a network interface."""
    if not INTERFACE.match(text) or text in (".", "..", "lo"):
        raise Unclear(
            f"is {quoted(text)}, which names no network card", "`ip -br link` lists the cards"
        )
    return text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port, to listen on or to connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """`127.0.0.1:9633`, `[2001:db8::1]:9633`."""
    host, colon, number = text.rpartition(":")
    if not colon:
        raise Unclear(f"is {quoted(text)}, not an address and a port", "write it as 127.0.0.1:9633")
    return Endpoint(ip_address(host.removeprefix("[").removesuffix("]")), port(number))


def proxy_address(text: str) -> Endpoint:
    """`http://10.77.1.5:3128`: a proxy's address, with its port. Never a name: the gate would have
    to ask somebody for it before anything goes on."""
    if not re.fullmatch(r"http://(?:\[[0-9a-fA-F:]+\]|[0-9.]+):[0-9]{1,5}/?", text):
        raise Unclear(
            f"is {quoted(text)}, not the address of a proxy", "write it as http://10.77.1.5:3128"
        )
    return endpoint(text.removeprefix("http://").rstrip("/"))


def leasing(text: str) -> Range[IPAddress] | Literal["announce"]:
    """`10.77.10.50 to 10.77.10.250`, or `announce` for an IPv6 network."""
    if text == "announce":
        return "announce"
    parts = _TO.split(text)
    if len(parts) != 2:
        right = "write it as 10.77.10.50 to 10.77.10.250, or announce for an IPv6 network"
        raise Unclear(f"is {quoted(text)}, not a first and a last address", right)
    first, last = (ipaddress.ip_address(ip_address(part)) for part in parts)
    if first.version != last.version:
        raise Unclear(
            f"is {quoted(text)}, one address of IPv4 and one of IPv6", "write two of the same kind"
        )
    if int(last) < int(first):
        raise Unclear(f"ends before it starts ({first} to {last})", f"write {last} to {first}")
    return Range(first, last)


def domain(text: str) -> str:
    """A domain as the matcher wants it; what people paste instead is told from it."""
    host = text.strip()
    stripped = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", host)
    bare = re.split(r"[/?#]", stripped)[0].rpartition("@")[2].removeprefix("*").lstrip(".")
    name = host_name(bare)
    better = f"write {name}" if name and "." in name else "write a name such as example.org"
    if stripped != host or re.search(r"[/?#@]", host):
        raise Unclear(f"is {quoted(text)}, the address of a page", f"{better}, just the host")
    if "*" in host or host.startswith("."):
        raise Unclear(f"is {quoted(text)}", f"{better}: it means that name and everything under it")
    if address(host) is not None:
        raise Unclear(
            f"is {quoted(text)}, an address; only names can be listed",
            "write the site's name, such as example.org",
        )
    if re.search(r":[0-9]+$", host):
        raise Unclear(f"is {quoted(text)}, with a port", f"{better}: the port does not matter")
    several = re.split(r"[,;\s]+", host)
    if len(several) > 1 and all(host_name(one) and "." in one for one in several):
        raise Unclear(
            f"is {quoted(text)}, several in one", f"write them in brackets: [{', '.join(several)}]"
        )
    if name is None or "." not in name or " " in host:
        raise Unclear(f"is {quoted(text)}, which is not a domain", better)
    return name


def without_www(name: str) -> str | None:
    """`example.org` of `www.example.org`, which does not hold it; None of any other name."""
    bare = name.removeprefix("www.")
    return bare if bare != name and "." in bare else None


def weekdays(text: str) -> frozenset[int] | None:
    """`Monday`, `Mon-Fri`, `Monday to Friday`: Monday is 0. None where it is something else."""
    parts = _DASH.split(text)
    numbers = [_weekday(part) for part in parts]
    if len(parts) > 2 or None in numbers:
        return None
    first, last = numbers[0], numbers[-1]
    assert first is not None and last is not None
    count = (last - first) % 7 + 1
    return frozenset((first + step) % 7 for step in range(count))


def nearest_weekday(text: str) -> str | None:
    near = closest(text, WEEKDAYS)
    return f"did you mean {near}?" if near else None


def _weekday(text: str) -> int | None:
    word = text.strip().lower().removesuffix("s")
    if len(word) < 3:
        return None
    for number, name in enumerate(WEEKDAYS):
        if name.lower().startswith(word) and (len(word) < 5 or word == name.lower()):
            return number
    return None
