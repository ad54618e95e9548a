"""The school that the audit tests speak of, made of real policy objects. No test lives here."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from bellgate.audit import Journal, LogPaths
from bellgate.audit.log.note import Checkpoint
from bellgate.audit.verify.proof import parts_of, write_zip
from bellgate.policy.action import Action
from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.decide import Decision, Edition, Policy, Rule, decide
from bellgate.policy.facts import Connection, SignIn
from bellgate.policy.source import Source
from bellgate.policy.what import Index, Service
from bellgate.policy.when import Period
from bellgate.policy.who import Device, Directory, Group, Holder, Network
from bellgate.policy.year import SchoolYear, Term

LONDON = ZoneInfo("Europe/London")
QUARTER_PAST_TEN = datetime(2026, 11, 23, 10, 15, 3, 123456, tzinfo=UTC)

EDITION = Edition(
    school="Bury C of E Primary School",
    title="Social Media Policy",
    gateway="gateway",
    timezone="Europe/London",
    contact="the school office",
    hash="sha256:" + "ab" * 32,
    list_version="sha256:" + "cd" * 32,
    notice="2026-09",
)
CLAUSE = "Staff should only access social media sites in their own time"

FACEBOOK = Service("facebook", "Facebook", "social-network", domains=("facebook.com",))
WEBLOG = Service("wordpress", "WordPress", "blog-writing", domains=("wordpress.com",))


def policy() -> Policy:
    staff = Group("staff", ("staff",), trusts_certificate=True)
    pupils = Group("pupils", ("pupils",))
    year_5 = Group("year-5", ("year-5", "pupils"))
    september = datetime(2026, 9, 1, tzinfo=UTC)
    return Policy(
        edition=EDITION,
        year=SchoolYear(
            zone=LONDON,
            terms=(
                Term(
                    "Autumn 2026",
                    datetime(2026, 9, 2).date(),  # noqa: DTZ001
                    datetime(2026, 12, 18).date(),  # noqa: DTZ001
                ),
            ),
            open_days=frozenset(range(5)),
            shape=DayShape(
                sessions=(
                    Window("morning", time(8, 30), time(12, 15)),
                    Window("afternoon", time(13, 0), time(15, 45)),
                )
            ),
        ),
        directory=Directory(
            groups={g.name: g for g in (staff, pupils, year_5)},
            networks=(
                Network(ip_network("10.77.10.0/24"), "pupils"),
                Network(ip_network("10.77.20.0/24"), "staff"),
            ),
            devices=(
                Device(
                    "staff-laptop-07",
                    "staff",
                    macs=("3c:22:fb:00:00:31",),
                    holders=(Holder("stf-0042", september),),
                ),
                Device("y5-laptop-03", "year-5", macs=("3c:22:fb:00:00:21",), shared=True),
            ),
            unknown_devices="pupils",
        ),
        index=Index({s.id: s for s in (FACEBOOK, WEBLOG)}, frozenset({"games.example"})),
        rules=(
            _rule("Games", "games.example", 6, "block", "School's own rule"),
            _rule("Staff", "social-media", 8, "block", CLAUSE),
            _rule("Own weblogs", "blog-writing", 9, "log", "Weblogs"),
        ),
    )


def _rule(name: str, what: str, line: int, action: Action, clause: str) -> Rule:
    when = (Period("sessions"),)
    return Rule(name, ("everyone",), (what,), when, action, clause, Source("rules.yaml", line))


POLICY = policy()


def decision(
    host: str = "www.facebook.com",
    at: datetime = QUARTER_PAST_TEN,
    *,
    ip: str = "10.77.20.31",
    mac: str | None = "3c:22:fb:00:00:31",
    sign_in: SignIn | None = None,
) -> Decision:
    connection = Connection(
        source_ip=ip,
        protocol="tls",
        names=(host,),
        mac=mac,
        server_name=host,
        destination_ip="203.0.113.11",
        destination_port=443,
        sign_in=sign_in,
    )
    return decide(POLICY, connection, at)


class Clock:
    """The gate's clock, moved by hand."""

    def __init__(self, at: datetime = QUARTER_PAST_TEN) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


def journal(state: Path, clock: Clock | None = None, **kwargs: object) -> Journal:
    return Journal(LogPaths.of(state), EDITION, clock or Clock(), **kwargs)  # type: ignore[arg-type]


def fill(state: Path, records: int, start: datetime = QUARTER_PAST_TEN, each: float = 1.0) -> Path:
    """A closed log of so many blocks, one every `each` seconds; returns its folder."""
    log = journal(state)
    for n in range(records):
        at = start + timedelta(seconds=n * each)
        log.decision(decision(f"n{n}.facebook.com", at), "block", "page")
    assert log.close() == 0
    return LogPaths.of(state).log


def write_pack(log: Path, sequences: Collection[int], to: Path) -> Checkpoint:
    """Write a pack of the records with these numbers; `to` is a new folder, or ends in `.zip`.

    Returns the checkpoint that the pack speaks of. Raises CannotPack.
    """
    parts, checkpoint = parts_of(log, sequences)
    if to.suffix == ".zip":
        with to.open("xb") as file:
            write_zip(parts, to.stem, file)
    else:
        to.mkdir()
        for name, content in parts.items():
            (to / name).write_bytes(content)
    return checkpoint
