"""What happened that term, beside the ordinary: each thing on its day, once or every week.

One function a thing. It is given the day and yields what is done at which moment by the clock on
the wall. All names, reasons and people are made up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.policy.exemptions import Exemption
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.who import Device
from bellgate.review.objections import Objection
from bellgate.running.demo import habits
from bellgate.running.demo.days import Tried, Where, at_home, connection, visit
from bellgate.running.demo.made_up_gate import MadeUpGate

FIRST: Final = date(2026, 9, 2)
LAST: Final = date(2026, 12, 18)
HALF_TERM: Final = (date(2026, 10, 24), date(2026, 11, 1))
CHANGE: Final = date(2026, 11, 2)
"""The day on which the second edition of the rules is put in force."""
CASE, CLUB = "made-up-case-1", "made-up-club"
HEAD, CHAIR, TECHNICIAN = "made-up-head", "made-up-chair", "made-up-technician"
OBJECTOR, SUBJECT = "stf-0107", "stf-0103"
OBJECTION: Final = Objection(
    "I was on the playground from 10:30 to 10:45, and my laptop was in the staff room. (Made up.)",
    "2026-11-18T15:55:00+00:00",
    "6d616465207570",
)

Do = Callable[[MadeUpGate], None]
Moment = tuple[datetime, Do]


@dataclass(frozen=True, slots=True)
class Setting:
    """The day, and what a thing that happens may need to know."""

    day: date
    zone: ZoneInfo
    devices: tuple[Device, ...]
    chance: Random

    def at(self, clock: str) -> datetime:
        """`10:15` or `10:15:30` on the wall."""
        return instant_of(self.day, time.fromisoformat(clock), self.zone)

    def where(self, name: str) -> Where:
        number = next(n for n, device in enumerate(self.devices) if device.name == name)
        return at_home(self.devices[number], number)


def is_switched_on(day: date) -> bool:
    """Whether the gateway is: on weekdays, but not in half-term."""
    return day.weekday() < 5 and not HALF_TERM[0] <= day <= HALF_TERM[1]


def outage_on(day: date) -> tuple[str, str] | None:
    """From when to when the gateway was off without having been stopped."""
    return ("10:05", "10:52") if day == date(2026, 11, 17) else None


def wrong_clock_on(day: date) -> tuple[timedelta, str] | None:
    """By how much its clock was ahead from the start, and when it was put right."""
    return (timedelta(minutes=40), "10:20") if day == date(2026, 10, 8) else None


def happenings(setting: Setting) -> list[Moment]:
    """Everything beside the ordinary on a day, in no order."""
    found = [moment for thing in WEEKLY.get(setting.day.weekday(), ()) for moment in thing(setting)]
    return found + [moment for thing in ONCE.get(setting.day, ()) for moment in thing(setting)]


def asks_for_a_video(s: Setting) -> Iterator[Moment]:
    """A teacher opens a video for a lesson: asked what it is for, they say it."""
    where = s.where("staff-laptop-06")
    video = connection("www.youtube.com", where)
    asked, answered = s.at("10:50:10"), s.at("10:50:48")
    yield asked, lambda gate: gate.tried(Tried(asked, video, "page"))
    purpose = f"Year 5 science, lesson of {s.day:%d %B} (made up)"
    id = f"made-up-{s.day:%m%d}"
    yield answered, lambda gate: gate.answered(Tried(answered, video, "page"), id, purpose)


def writes_a_weblog(s: Setting) -> Iterator[Moment]:
    """At lunch, on a weblog of their own: let through and recorded, and it lasts half an hour."""
    weblog = connection("www.blogger.com", s.where("staff-laptop-08"))
    opened, closed = s.at("12:25:05"), s.at("12:53:40")
    yield opened, lambda gate: gate.tried(Tried(opened, weblog, "connection"))
    lasted = closed - opened
    yield (
        closed,
        lambda gate: gate.ended(
            Tried(closed, weblog, "connection"), lasted=lasted, carried=1_482_077
        ),
    )


def left_open_before_the_bell(s: Setting) -> Iterator[Moment]:
    """Tabs left open from people's own time are cut at the bell: nobody did anything."""
    bell = s.at("08:30")
    for name, host, times in (
        ("staff-laptop-03", "www.facebook.com", 3),
        ("staff-laptop-09", "web.whatsapp.com", 1),
    ):
        yield _cut(Tried(bell, connection(host, s.where(name)), "connection"), times)


def head_looks(s: Setting) -> Iterator[Moment]:
    """On Mondays the head signs in; the totals of a week are nobody's, and leave no record."""
    yield _look(s.at("08:05"), "signed-in", f"{HEAD} signed in", user=HEAD)


def records_are_lost(s: Setting) -> Iterator[Moment]:
    until = s.at("13:18")
    facts = {"lost": 17, "delayed": 4, "from": _utc(s.at("13:10")), "to": _utc(until)}
    said = "The log could not be written for 8 minutes (the disk was full): 17 records lost"
    yield until, lambda gate: gate.did("records-lost", said, until, reason="disk full", **facts)


def code_fails(s: Setting) -> Iterator[Moment]:
    at = s.at("11:14:22")
    said = "Bellgate failed in reading a connection (ValueError): ads.example.net was passed"
    yield at, lambda gate: gate.did("error", said, at, host="ads.example.net", done="passed")


def a_file_is_rejected(s: Setting) -> Iterator[Moment]:
    at = s.at("15:52")
    problem = 'rules.yaml:44: "facebok" is not known: did you mean "facebook"?'
    said = f"The files have a problem; the last good policy stays: {problem}"
    yield at, lambda gate: gate.did("policy-rejected", said, at, problems=[problem])


def a_mac_is_shared(s: Setting) -> Iterator[Moment]:
    """Somebody's MAC sends from two addresses at once: it proves nobody that morning."""
    where = s.where("staff-laptop-05")
    doubted = Where(where.ip, where.mac, "shared-mac")
    yield from _each(visit(habits.FACEBOOK, s.at("09:41"), doubted, s.chance))
    yield from _each(visit(habits.WHATSAPP, s.at("10:02"), doubted, s.chance))


def a_lease_differs(s: Setting) -> Iterator[Moment]:
    where = s.where("y6-tablet-02")
    doubted = Where(where.ip, where.mac, "lease-differs")
    yield from _each(visit(habits.TIKTOK, s.at("13:32"), doubted, s.chance))


def a_laptop_is_seen_elsewhere(s: Setting) -> Iterator[Moment]:
    """A teacher's MAC on the pupils' network: whoever shows it there need not be the teacher."""
    elsewhere = Where("10.20.10.201", s.where("staff-laptop-02").mac)
    yield from _each(visit(habits.TIKTOK, s.at("11:20"), elsewhere, s.chance))
    yield from _each(visit(habits.SNAPCHAT, s.at("14:05"), elsewhere, s.chance))


def a_panel_will_ask(s: Setting) -> Iterator[Moment]:
    """What the case is about: pages in a lesson, an app, and what a news site loads."""
    where = s.where("staff-laptop-03")
    yield from _each(visit(habits.FACEBOOK, s.at("10:55"), where, s.chance))
    yield from _each(visit(habits.WHATSAPP, s.at("11:05"), where, s.chance))
    yield from _each(visit(habits.BUTTONS, s.at("13:40"), where, s.chance))


def a_case_is_opened(s: Setting) -> Iterator[Moment]:
    at = s.at("16:10")
    reason = "Complaint of a parent about 12 October (made up)"
    held = {
        "case": CASE, "device": None, "from": "2026-10-05", "to": "2026-10-16",
        "devices": ["staff-laptop-03"],
    }  # fmt: skip
    said = f"Case {CASE} was opened by {HEAD}: {reason}"
    yield _look(at, "held", said, user=HEAD, target=SUBJECT, reason=reason, **held)
    later = "To prepare the hearing (made up)"
    for minute, action, did in (
        (12, "viewed", f"{HEAD} looked at the page of {SUBJECT}"),
        (14, "revealed", f"{HEAD} was shown the name behind {SUBJECT}"),
        (20, "exported", f"{HEAD} made an evidence pack about {SUBJECT}"),
    ):
        moment = at + timedelta(minutes=minute)
        # A look needs no reason; a name and a pack do.
        reasons = {} if action == "viewed" else {"reason": later}
        packed = {"case": CASE} if action == "exported" else {}
        yield _look(moment, action, did, user=HEAD, target=SUBJECT, **reasons, **packed)


def somebody_objects(s: Setting) -> Iterator[Moment]:
    said = f"{HEAD} recorded the objection of {OBJECTOR}"
    words = OBJECTION.sha256
    yield _look(s.at("15:55"), "objected", said, user=HEAD, target=OBJECTOR, text_sha256=words)


def others_look(s: Setting) -> Iterator[Moment]:
    yield _look(s.at("17:00"), "signed-in", f"{CHAIR} signed in", user=CHAIR)
    said = f"{TECHNICIAN} was refused a person’s page, which is not for their role"
    facts = {"role": "technician", "page": "/people/<id>"}
    yield _look(s.at("17:20"), "refused", said, user=TECHNICIAN, target=SUBJECT, **facts)


def head_searches(s: Setting) -> Iterator[Moment]:
    said = f"{HEAD} searched for visits: by the group year-6 to YouTube"
    yield _look(s.at("16:30"), "searched", said, user=HEAD, group="year-6")


def head_opens_a_service(s: Setting) -> Iterator[Moment]:
    """Opened for an afternoon, and taken back early."""
    at, back = s.at("13:05"), s.at("14:10")
    granted = Exemption(
        "made-up-1", ("year-6",), ("youtube",), at, s.at("15:15"), HEAD, "Film about Bury (made up)"
    )
    yield at, lambda gate: gate.exempted(granted, at=at)
    yield back, lambda gate: gate.exempted(granted, revoked=True, at=back)


def a_club_opens(s: Setting) -> Iterator[Moment]:
    """What is still open at the end of the term."""
    at = s.at("12:40")
    yield at, lambda gate: gate.exempted(club(at), at=at)


def club(at: datetime) -> Exemption:
    until = datetime(2026, 12, 18, 15, 15, tzinfo=UTC)
    reason = "Chess club (made up)"
    return Exemption(CLUB, ("y6-tablet-08",), ("youtube",), at, until, HEAD, reason)


def _each(tried: Iterator[Tried]) -> Iterator[Moment]:
    return map(_try, tried)


def _try(tried: Tried) -> Moment:
    return tried.at, lambda gate: gate.tried(tried)


def _cut(tried: Tried, times: int) -> Moment:
    return tried.at, lambda gate: gate.cut_at_the_bell(tried, times)


def _look(at: datetime, action: str, message: str, **facts: Any) -> Moment:
    return at, lambda gate: gate.looked(action, message, at, facts)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Thing = Callable[[Setting], Iterator[Moment]]
WEEKLY: Final[dict[int, tuple[Thing, ...]]] = {
    0: (head_looks,),
    1: (asks_for_a_video,),
    2: (writes_a_weblog,),
    3: (left_open_before_the_bell,),
}
ONCE: Final[dict[date, tuple[Thing, ...]]] = {
    date(2026, 9, 16): (code_fails,),
    date(2026, 9, 24): (records_are_lost,),
    date(2026, 9, 30): (others_look,),
    date(2026, 10, 12): (a_panel_will_ask,),
    date(2026, 10, 14): (a_file_is_rejected,),
    date(2026, 10, 15): (a_case_is_opened,),
    date(2026, 10, 20): (head_opens_a_service,),
    date(2026, 11, 3): (a_mac_is_shared,),
    date(2026, 11, 5): (a_lease_differs,),
    date(2026, 11, 10): (a_laptop_is_seen_elsewhere,),
    date(2026, 11, 11): (a_club_opens,),
    date(2026, 11, 13): (head_searches,),
    date(2026, 11, 18): (somebody_objects,),
    date(2026, 11, 19): (others_look,),
}
