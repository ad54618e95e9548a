"""Schools built by hand for the tests of the policy: no file is read here."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from bellgate.policy.action import Action
from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.decide import Edition, Policy, Rule
from bellgate.policy.source import Source
from bellgate.policy.what import Index, Service
from bellgate.policy.when import Always, Named, Period, Weekly, When
from bellgate.policy.who import Device, Directory, Group, Holder, Network
from bellgate.policy.year import SchoolYear, SpecialDay, Term

LONDON = ZoneInfo("Europe/London")
EDITION = Edition("School", "Policy", "gate", "Europe/London", "the office", "sha256:0", "sha256:1")

GROUPS = {
    g.name: g
    for g in (
        Group("pupils", ("pupils",), True, "pupils"),
        Group("year-5", ("year-5", "pupils"), True, "pupils"),
        Group("staff", ("staff",), True, "staff"),
        Group("guests", ("guests",)),
    )
}
NETWORKS = (
    Network(ip_network("10.77.0.0/16"), "guests"),
    Network(ip_network("10.77.10.0/24"), "pupils"),
    Network(ip_network("10.77.20.0/24"), "staff"),
    Network(ip_network("2001:db8:20::/64"), "staff"),
)
DEVICES = (
    Device("shared-laptop", "year-5", macs=("3c:00:00:00:00:21",), shared=True),
    Device(
        "staff-laptop",
        "staff",
        macs=("3c:00:00:00:00:31",),
        trusts_certificate=True,
        holders=(
            Holder("stf-1", datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
            Holder("stf-2", datetime(2026, 11, 30, tzinfo=UTC)),
        ),
    ),
    Device("office-pc", "staff", ips=("10.77.20.5",)),
    Device("server", "staff", macs=("3c:00:00:00:00:41",), ips=("10.77.20.6",)),
)
SERVICES = (
    Service("facebook", "Facebook", "social-network", ("facebook.com",)),
    Service("youtube", "YouTube", "video", ("youtube.com",), stays_open=("accounts.youtube.com",)),
    Service("some-vpn", "Some VPN", "circumvention", ("vpn.example.com",)),
    Service("blog", "Blog (writing)", "blog-writing", ("blog.example.com",)),
)

DAY = DayShape(
    (Window("morning", time(8, 50), time(12)), Window("afternoon", time(13), time(15, 15))),
    (Window("playtime", time(10, 30), time(10, 45)),),
)
# Sessions on both sides of the hour that clocks repeat or skip, and across it.
NIGHT = DayShape(
    (
        Window("early", time(0, 30), time(1, 30)),
        Window("middle", time(1, 30), time(2, 30)),
        Window("late", time(2, 30), time(4)),
    )
)
STAFF_DAY = DayShape(
    (Window("morning", time(8, 30), time(12, 15)), Window("afternoon", time(13), time(15, 45)))
)


def year(shape: DayShape = DAY, *dates: SpecialDay, every_day: bool = False) -> SchoolYear:
    return SchoolYear(
        zone=LONDON,
        terms=(
            Term(
                "Autumn",
                date(2026, 9, 2),
                date(2026, 12, 18),
                None if every_day else (date(2026, 10, 26), date(2026, 10, 30)),
            ),
            Term("Spring", date(2027, 1, 5), date(2027, 3, 31)),
        ),
        open_days=frozenset(range(7 if every_day else 5)),
        shape=shape,
        shapes_for={} if every_day else {"staff": STAFF_DAY},
        dates=dates
        or (
            SpecialDay(
                "INSET day", date(2026, 11, 27), date(2026, 11, 27), closed_to=frozenset({"pupils"})
            ),
        ),
    )


def rule(  # the order is that of a line in rules.yaml
    line: int, who: str, what: str, action: Action, *when: When
) -> Rule:
    words = tuple(who.split()), tuple(what.split())
    return Rule(f"rule {line}", *words, when, action, "A clause", Source("rules.yaml", line))


RULES = (
    rule(1, "office-pc", "facebook", "allow", Always()),
    rule(2, "everyone", "circumvention", "block", Always()),
    rule(3, "everyone", "no-name", "block", Period("sessions")),
    rule(4, "year-5", "youtube", "log", Weekly(frozenset({3}), time(10), time(11), "Thu")),
    rule(5, "pupils guests", "social-media", "block", Period("school day")),
    rule(6, "staff", "video", "ask", Period("lessons"), Named("playtime")),
    rule(7, "staff", "social-media dropbox.com", "block", Period("sessions")),
    rule(8, "staff", "blog-writing", "log", Always()),
)


def policy(rules: Iterable[Rule] = RULES, school_year: SchoolYear | None = None) -> Policy:
    rules = tuple(rules)
    domains = frozenset(word for r in rules for word in r.what if "." in word)
    return Policy(
        EDITION,
        school_year or year(),
        Directory(GROUPS, NETWORKS, DEVICES, "guests"),
        Index({s.id: s for s in SERVICES}, domains),
        rules,
    )
