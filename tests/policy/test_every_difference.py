"""Every field of a compiled policy: a change of it is named, or it is written here why not."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.decide import Edition, Policy, Rule
from bellgate.policy.difference import differences
from bellgate.policy.source import Source
from bellgate.policy.what import Index, Listed, Service
from bellgate.policy.when import Always, Between, Dates, Weekly
from bellgate.policy.who import Device, Directory, Group, Holder, Network
from bellgate.policy.year import Limits, SchoolYear, SpecialDay, Term, WeekDay

LINE = Source("rules.yaml", 3)
MONDAY = date(2026, 11, 23)
WEEKLY = Weekly(frozenset({0}), time(9), time(10), "Monday 09:00-10:00")
DATES = Dates(MONDAY, MONDAY, "23 November")
UNTIL = Between(Always(), None, MONDAY, "always until 23 November")
SHAPE = DayShape((Window("morning", time(9), time(12)),), (Window("lunch", time(12), time(13)),))
SPECIAL = SpecialDay(
    name="Fair", first=MONDAY, last=MONDAY, shape=SHAPE, starts=time(9), ends=time(14),
    extra=(Window("evening", time(18), time(19)),),
)  # fmt: skip
EARLY = WeekDay(
    name="Early", days=frozenset({4}), shape=SHAPE, starts=time(9), ends=time(14),
    extra=(Window("club", time(15), time(16)),), limits=Limits(MONDAY, date(2026, 12, 18)),
)  # fmt: skip


class Names(frozenset[str]):
    """A list's names."""

    def find(self, name: str) -> str | None:
        return name if name in self else None

    def each(self) -> Iterator[tuple[str, bool]]:
        return ((name, True) for name in sorted(self))


FACEBOOK = Service(
    "facebook", "Facebook", "social-network", ("facebook.com",), ("fb.me",), ("fbcdn.net",),
    ("edge.example",), ("open.example",),
)  # fmt: skip
SCHOOL = Policy(
    Edition("School", "Policy", "gateway", "Europe/London", "office", "sha256:1", "sha256:2", "hi"),
    SchoolYear(
        ZoneInfo("Europe/London"),
        (Term("Autumn", date(2026, 9, 1), date(2026, 12, 18), (MONDAY, MONDAY)),),
        frozenset({0, 1}), SHAPE, {"pupils": SHAPE}, (SPECIAL,),
        (EARLY,), limits_for={"pupils": Limits(MONDAY, date(2026, 12, 18))},
    ),
    Directory(
        {"pupils": Group("pupils", ("pupils",), days_a_year=190, sessions_a_year=380)},
        (Network(ip_network("10.0.0.0/24"), "pupils"),),
        (Device("laptop", "pupils", ("02:00:00:00:00:01",), ("10.0.0.5",), False, False,
                (Holder("pup-1", datetime(2026, 9, 1, tzinfo=UTC),
                        datetime(2027, 7, 1, tzinfo=UTC)),)),),
        "pupils",
    ),
    Index({"facebook": FACEBOOK}, lists=(Listed(FACEBOOK, "a.txt", Names({"x.example"})),),
          needed=frozenset({"school.example"})),
    (Rule("Ask", ("pupils",), ("facebook",), (Always(), WEEKLY, DATES, UNTIL), "ask", "4.1", LINE,
          timedelta(minutes=30)),),
)  # fmt: skip

UNSAID = {
    ("Edition", "hash"): "it says that bytes differ, not what of them",
    ("Edition", "list_version"): "likewise, of the shipped services",
    ("Edition", "timezone"): "the year has the same zone, and is asked",
    ("SchoolYear", "only"): "no file says it",
    ("DayShape", "starts"): "what cuts a day says it, and is asked",
    ("DayShape", "ends"): "likewise",
    ("SchoolYear", "open_days_source"): "a line",
    ("Term", "half_term_source"): "a line",
    ("Group", "name"): "the key that it stands under, and that is asked",
    ("Service", "id"): "likewise",
    ("Index", "rule_domains"): "the rules' own words, and the rules are asked",
}
NESTED = {
    ("Policy", "edition"), ("Policy", "year"), ("Policy", "directory"), ("Policy", "index"),
    ("SchoolYear", "shape"), ("WeekDay", "limits"), ("SpecialDay", "shape"),
    ("WeekDay", "shape"), ("Listed", "service"),
}  # fmt: skip
"""Parts that are tried field by field."""


def changed(value: Any) -> Iterator[tuple[str, str, Any]]:
    """Each way to change one leaf of a value, with the class and the field that it is in."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            there = getattr(value, field.name)
            if not field.init or isinstance(there, Source) or field.name == "source":
                continue
            where = type(value).__name__, field.name
            for inner in leaves(there):
                name, part, new = inner
                yield (*(where if not name else (name, part)), replace(value, **{field.name: new}))


def leaves(there: Any) -> Iterator[tuple[str, str, Any]]:
    if is_dataclass(there):
        found = list(changed(there))
        yield from found
        if not found:
            yield "", "", WEEKLY
    elif isinstance(there, tuple) and there and is_dataclass(there[0]):
        yield "", "", there[1:]
        for n, each in enumerate(there):
            yield from ((a, b, (*there[:n], new, *there[n + 1 :])) for a, b, new in leaves(each))
    elif isinstance(there, dict):
        yield "", "", {}
        for key, each in there.items():
            yield from ((a, b, {**there, key: new}) for a, b, new in leaves(each))
    else:
        yield "", "", other(there)


def other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str():
            return f"{value}x" if value != "ask" else "block"
        case int():
            return value + 1
        case None:
            return (MONDAY, MONDAY)
        case ZoneInfo():
            return ZoneInfo("Europe/Paris")
        case time():
            return time(value.hour, 30)
        case timedelta():
            return value + timedelta(hours=1)
        case datetime():
            return value + timedelta(days=1)  # a holder's days: the files know no hours
        case date():
            return value + timedelta(days=1)
        case Names():
            return Names({"y.example"})
        case frozenset():
            return frozenset({5}) if value <= {0, 1, 4} and value else frozenset({"teachers"})
        case tuple():
            return tuple(map(other, value)) if value else ("more",)
    return ip_network("10.0.1.0/24")


CASES = [(f"{name}.{field}", new) for name, field, new in changed(SCHOOL)]


def test_every_field_is_tried() -> None:
    tried = {where for where, _ in CASES}
    parts = (Edition, Policy, SchoolYear, Term, SpecialDay, WeekDay, DayShape, Window, Group,
             Holder, Device, Network, Directory, Service, Listed, Index, Rule)  # fmt: skip
    for kind in parts:
        for field in (f for f in fields(kind) if f.init and not f.name.endswith("source")):
            nested = (kind.__name__, field.name) in NESTED
            assert nested or f"{kind.__name__}.{field.name}" in tried, (kind, field.name)


@pytest.mark.parametrize("where", sorted({where for where, _ in CASES}))
def test_a_change_of_any_field_is_named(where: str) -> None:
    name, _, field = where.partition(".")
    said = [differences(SCHOOL, new) for w, new in CASES if w == where]
    assert all(said) != ((name, field) in UNSAID), (where, said)


def test_the_same_policy_has_none() -> None:
    assert differences(SCHOOL, replace(SCHOOL, observe=False)) == ()
