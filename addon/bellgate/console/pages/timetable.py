"""The timetable as it will be enforced, and why a site is shut: for the head and the technician."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask, render_template, request
from markupsafe import Markup

from bellgate.console.desk import Desk, signed_in
from bellgate.console.week_page import week_page
from bellgate.policy.academic_year import academic_year_of, alike, groups_apart
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Sighting, address
from bellgate.policy.walk import walk
from bellgate.policy.wall_clock import instant_of
from bellgate.running.address_question import Known
from bellgate.running.typed import HALF_A_YEAR, NotUnderstood, day_back, day_near, moment_ahead
from bellgate.running.what_if import connection_to


def register(app: Flask, desk: Desk) -> None:
    @app.get("/timetable")
    def timetable() -> str:
        policy, today = desk.school.policy, desk.school.today
        first, problem = today - timedelta(days=today.weekday()), ""
        if asked := request.args.get("from"):
            try:
                first = day_near(asked, today)
            except NotUnderstood as error:
                problem = str(error)
        year = academic_year_of(policy.year, first)
        return render_template(
            "timetable.html",
            problem=problem,
            first=first,
            before=first - timedelta(days=7),
            after=first + timedelta(days=7),
            # The template escapes what it is given; this is the same page's own.
            week=Markup(
                week_page(policy, first, today=today, whole=False, sources=_is_technician())
            ),
            year=year,
            special=_special(desk, year.dates()),
        )

    @app.get("/timetable/try")
    def try_it() -> str | tuple[str, int]:
        given = {k: v.strip()[:200] for k, v in request.args.items()}
        if not given.get("site") and not given.get("who"):
            return _page(desk, given, [], None)
        answer, problems = _tried(desk, given)
        return _page(desk, given, problems, answer), 400 if problems else 200


def _is_technician() -> bool:
    return signed_in().role == "technician"


@dataclass(frozen=True, slots=True)
class Special:
    """Days in a row that are not as usual, and for whom."""

    first: date
    last: date
    groups: str
    why: str


def _special(desk: Desk, dates: Iterable[date]) -> list[Special]:
    """The weekdays of a year on which some group's day is not that of its term: days in a row and
    groups alike together."""
    policy = desk.school.policy
    terms = {t.name for t in policy.year.terms}
    every = groups_apart(policy)
    found: list[Special] = []
    for when in (d for d in dates if d.weekday() < 5):
        for day, names in alike(policy, every, when):
            if day.why in terms or day.source is None:
                continue
            groups = "everyone" if len(names) == len(every) else ", ".join(names)
            before = next(
                (s for s in found if (s.groups, s.why) == (groups, day.why)
                 and _follows(s.last, when)), None,
            )  # fmt: skip
            if before is not None:
                found.remove(before)
            found.append(Special(before.first if before else when, when, groups, day.why))
    return sorted(found, key=lambda s: (s.first, s.groups))


def _follows(day: date, after: date) -> bool:
    """Whether no school day lies between the two."""
    return 0 < (after - day).days <= (3 if after.weekday() == 0 else 1)


def _tried(desk: Desk, given: dict[str, str]) -> tuple[object, list[dict[str, str]]]:
    school, problems = desk.school, []
    policy, now = school.policy, school.now()
    who, site = given.get("who", ""), given.get("site", "")
    devices = {d.name: d for d in policy.directory.devices}
    ip, known = address(who), Known()
    if who in devices:
        meant = devices[who]
        ip, known = (
            policy.directory.own_address(meant),
            Known(Sighting(meant.macs[0] if meant.macs else None)),
        )
    elif ip is None:
        problems.append({"text": "Choose a device, or give an address", "href": "#who"})
    host, read_as = _site(policy, site)
    if host is None:
        problems.append({"text": read_as, "href": "#site"})
    at = now
    if given.get("at"):
        try:
            at = _moment(given["at"], desk)
        except NotUnderstood as error:
            problems.append({"text": str(error), "href": "#at"})
    if problems or ip is None or host is None:
        return None, problems
    decision = decide(policy, connection_to(host, ip, known), at, school.granted.read())
    return (decision, walk(policy, decision), at, read_as), []


def _site(policy: Policy, text: str) -> tuple[str | None, str]:
    """The host that somebody means, with how it was read; else None, and why there is none."""
    words = text.casefold()
    for service in policy.index.services.values():
        if words in (service.id, service.name.casefold()) and service.names:
            host = service.names[0]
            return host, f"For {service.name}, the site {host} was tried."
    if not text or text.split() != [text]:
        return None, "Give a site, such as www.facebook.com, or a service, such as Facebook"
    if "." not in text and address(text) is None:
        return None, f"There is no site or service called “{text}”: write www.facebook.com"
    return text, ""


def _moment(text: str, desk: Desk) -> datetime:
    """A moment, past or to come: `23/11/2026 10:15`, `Tuesday 10:15`, `10:15`."""
    policy, now = desk.school.policy, desk.school.now()
    day, _, clock = text.strip().rpartition(" ")
    if not day:
        return moment_ahead(text, policy, "", now)
    with suppress(NotUnderstood):
        # Of a date without a year, the nearer one is meant: last Tuesday's, not next year's.
        if (ahead := moment_ahead(text, policy, "", now)) - now < HALF_A_YEAR:
            return ahead
    wall = moment_ahead(clock, policy, "", now).astimezone(policy.year.zone).time()
    return instant_of(day_back(day, desk.school.today), wall, policy.year.zone)


def _page(desk: Desk, given: dict[str, str], problems: list[dict[str, str]], answer: object) -> str:
    names = [d.name for d in desk.school.policy.directory.devices]
    return render_template(
        "try.html", given=given, problems=problems, answer=answer,
        devices=[{"value": "", "text": "choose one"}, *({"value": n, "text": n} for n in names)],
    )  # fmt: skip
