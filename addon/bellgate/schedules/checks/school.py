"""school.yaml: the zone, the shape of the day, the terms. Single dates are in `days`."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, time
from itertools import combinations
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import EVERYONE
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import (
    DateForm,
    MailForm,
    SchoolForm,
    TermForm,
    WeekdayForm,
)
from bellgate.schedules.problem import Problem, quoted, suggestion
from bellgate.schedules.rule_times import TAKEN
from bellgate.schedules.rule_words import Vocabulary, group_problem
from bellgate.schedules.scalars import Range
from bellgate.schedules.yaml_tree import Path

Found = Iterator[Problem]
School = Filled[SchoolForm]
Hours = Mapping[str, Range[time]]

# Periods in months are compared as they are from there on.
_ANY_DAY = date(2025, 1, 1)
_WITHOUT_SUMMER_TIME = frozenset(
    ("GMT", "GMT0", "GMT+0", "GMT-0", "GREENWICH", "UCT", "UNIVERSAL", "UTC", "ZULU")
)
_LONGEST_TERM = 150
"""Days that a term may last, where a year is guessed."""
_MAILBOX = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
_SERVER = re.compile(r"[^\s:]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


def time_zone_is_known(school: School, _: Vocabulary) -> Found:
    name = school.form.timezone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = suggestion(name, available_timezones())
        hint = hint if hint.startswith("did") else "in the United Kingdom it is Europe/London"
        yield problem(
            school, ("timezone",), f"timezone is {quoted(name)}, which is not a time zone", hint
        )


def summer_time_is_meant(school: School, _: Vocabulary) -> Found:
    """GMT has no summer time: from March to October every bell would ring an hour late."""
    name = school.form.timezone
    if name.upper().removeprefix("ETC/") in _WITHOUT_SUMMER_TIME:
        yield warning(
            school,
            ("timezone",),
            f"timezone is {name}, which has no summer time: from March to October every session "
            "would be an hour late by the clocks of the United Kingdom",
            "in the United Kingdom write Europe/London",
        )


def there_are_sessions(school: School, _: Vocabulary) -> Found:
    form = school.form
    if not form.sessions and not school.document.hurt(("sessions",)):
        yield problem(school, ("sessions",), "sessions has none", "morning: 08:50-12:00")
    if not form.terms and not form.term_dates and not school.document.hurt(("terms",)):
        yield problem(
            school,
            ("terms",),
            "terms is missing or has none",
            "write each with name, first_day and last_day, or term_dates: with a calendar",
        )


def sessions_are_apart(school: School, _: Vocabulary) -> Found:
    for path, sessions, _breaks in shapes(school.form):
        spans = sorted((sessions or {}).items(), key=lambda item: item[1].first)
        for (one, a), (two, b) in combinations(spans, 2):
            if b.first < a.last:
                yield problem(
                    school,
                    (*path, "sessions", two),
                    f"{one} ({_shown(a)}) and {two} ({_shown(b)}) overlap",
                    "correct the times: one has to end before the next begins",
                )


def names_are_no_other_words(school: School, _: Vocabulary) -> Found:
    """A session's name must not read as another word of a rule's `when`."""
    written: list[tuple[Path, Hours | None]] = []
    for path, sessions, breaks in shapes(school.form):
        written += [((*path, "sessions"), sessions), ((*path, "breaks"), breaks)]
    written += (((*path, "extra"), day.extra) for path, day in changes(school.form))
    for path, names in written:
        for name in names or ():
            if name in TAKEN or name.split(" ")[0].capitalize() in WEEKDAYS:
                message = f"{quoted(name)} already means something in rules.yaml"
                yield problem(school, (*path, name), message, "choose another name")


def names_are_free(school: School, _: Vocabulary) -> Found:
    """No name is that of a session and of a break."""
    sessions: set[str] = set()
    breaks: set[str] = set()
    for path, own_sessions, own_breaks in shapes(school.form):
        sessions.update(own_sessions or ())
        breaks.update(own_breaks or ())
        for name in sorted(sessions & breaks & {*(own_sessions or ()), *(own_breaks or ())}):
            key = "breaks" if name in (own_breaks or ()) else "sessions"
            message = f"{quoted(name)} is the name of a session and of a break"
            yield problem(school, (*path, key, name), message, "choose another name")


def breaks_lie_in_sessions(school: School, _: Vocabulary) -> Found:
    form = school.form
    if school.document.hurt(("sessions",)):
        return
    for path, sessions, breaks in shapes(form):
        around = form.sessions if sessions is None else sessions
        if not around:
            continue
        for name, span in (breaks or {}).items():
            if not any(s.first < span.last and span.first < s.last for s in around.values()):
                yield warning(
                    school,
                    (*path, "breaks", name),
                    f"{name} ({_shown(span)}) is not in any session, so it changes nothing",
                )


def terms_run_forwards(school: School, _: Vocabulary) -> Found:
    for i, term in enumerate(school.form.terms):
        dates = f"({term.first_day} to {term.last_day})"
        if term.last_day < term.first_day:
            message = f"last_day is before first_day {dates}"
            yield problem(school, ("terms", i, "last_day"), message, _year_meant(term))
        elif (term.last_day - term.first_day).days > 366:
            yield problem(
                school,
                ("terms", i, "last_day"),
                f"{term.name} is longer than a year {dates}",
                "is a year mistyped?",
            )


def _year_meant(term: TermForm) -> str:
    """Of a last day that has last year's number. A term is a third of a year, so one year fits."""
    for year in (term.first_day.year, term.first_day.year + 1):
        with suppress(ValueError):  # 29 February
            meant = term.last_day.replace(year=year)
            if 0 < (meant - term.first_day).days <= _LONGEST_TERM:
                return f"did you mean {meant}?"
    return "correct one of the two"


def terms_are_apart(school: School, _: Vocabulary) -> Found:
    for (_i, a), (j, b) in combinations(enumerate(school.form.terms), 2):
        if a.first_day <= b.last_day and b.first_day <= a.last_day:
            yield problem(
                school,
                ("terms", j),
                f"{a.name} and {b.name} overlap",
                "correct the dates: one has to end before the next begins",
            )
        elif a.name == b.name:
            yield warning(school, ("terms", j), f"two terms are named {quoted(a.name)}")


def half_terms_lie_in_terms(school: School, _: Vocabulary) -> Found:
    for i, term in enumerate(school.form.terms):
        half = term.half_term
        if term.last_day < term.first_day:
            continue
        if half and not term.first_day <= half.first <= half.last <= term.last_day:
            message = f"half_term is not inside {term.name} ({half.first} to {half.last})"
            hint = f"the term is from {term.first_day} to {term.last_day}: correct one of them"
            yield problem(school, ("terms", i, "half_term"), message, hint)


def groups_are_known(school: School, known: Vocabulary) -> Found:
    for group in school.form.days_for:
        if wrong := group_problem(group, known):
            yield problem(
                school, ("days_for", group), f"{quoted(group)} is not a group", wrong.hint
            )
    for path, day in changes(school.form):
        yield from _groups_of_day(school, path, day, known)
    for whose in school.form.retention:
        if wrong := group_problem(whose, known, "reviewers", "gate"):
            yield problem(
                school, ("retention", whose), f"{quoted(whose)} is not a group", wrong.hint
            )


def records_are_kept_for_days(school: School, _: Vocabulary) -> Found:
    for whose, length in school.form.retention.items():
        if length.unit in ("second", "minute", "hour"):
            said = f"{whose} is {length}, but records are kept for whole days"
            yield problem(school, ("retention", whose), said, "write 1 day or more")


def the_gates_own_records_last_longest(school: School, _: Vocabulary) -> Found:
    """Without its signs of life nobody can tell later that it was silent and not that all was."""
    periods = school.form.kept_for
    people = {whose: periods[whose] for whose in periods if whose not in ("reviewers", "gate")}
    ends = {whose: length.after(_ANY_DAY) for whose, length in people.items()}
    longest = max(ends, key=lambda whose: ends[whose])
    if periods["gate"].after(_ANY_DAY) < ends[longest]:
        whose = "gate" if "gate" in school.form.retention else longest
        yield warning(
            school,
            ("retention", whose),
            f"gate is {periods['gate']}, but {longest} {people[longest]}: for the older records, "
            "no pack could show whether the gate was watching",
            f"write gate: {people[longest]}, or more",
        )


def mail_can_be_sent(school: School, _: Vocabulary) -> Found:
    form = school.form
    if form.mail is not None:
        yield from _mail_server_is_one(school, form.mail)
    named = (
        ("anchors", "mail_to", form.anchors.mail_to),
        ("alerts", "mail_to", form.alerts.mail_to),
        ("reports", "weekly_to", form.reports.weekly_to),
    )
    for keys, key, addresses in named:
        for address in addresses:
            if not _MAILBOX.fullmatch(address):
                said = f"{key} is {quoted(address)}, which is not an e-mail address"
                yield problem(school, (keys, key), said, "write it like it@example.sch.uk")
        if addresses and form.mail is None and not school.document.hurt(("mail",)):
            yield problem(
                school,
                (keys, key),
                f"{key} needs a mail server, and none is named",
                "add mail: with from and server",
            )


def _mail_server_is_one(school: School, mail: MailForm) -> Found:
    if not _SERVER.fullmatch(mail.server):
        said = f"server is {quoted(mail.server)}, which is not in the form HOST:PORT"
        yield problem(school, ("mail", "server"), said, "mail.example.sch.uk:587")
    if not _MAILBOX.fullmatch(mail.sender):
        said = f"from is {quoted(mail.sender)}, which is not an e-mail address"
        yield problem(school, ("mail", "from"), said, "write it like bellgate@example.sch.uk")


def anchors_can_be_reached(school: School, _: Vocabulary) -> Found:
    folder = school.form.anchors.folder
    if folder is not None and not folder.startswith("/"):
        said = f"folder is {quoted(folder)}, which depends on where Bellgate starts"
        yield problem(school, ("anchors", "folder"), said, "write its full path: /mnt/backup")


def alerts_go_somewhere(school: School, _: Vocabulary) -> Found:
    alerts = school.form.alerts
    for key, address in (("webhook", alerts.webhook), ("ping", alerts.ping)):
        if address is None:
            continue
        try:
            parts = urlsplit(address)
            is_one = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        except ValueError:
            is_one = False
        if not is_one or any(c.isspace() for c in address):
            said = f"{key} is {quoted(address)}, which is not a web address"
            yield problem(school, ("alerts", key), said, "write it whole: https://example.org/…")


def _groups_of_day(
    school: School, path: Path, day: WeekdayForm | DateForm, known: Vocabulary
) -> Found:
    named = (("closed_to", day.closed_to), ("open_to", day.open_to), ("for", day.for_groups))
    for key, groups in named:
        for group in groups:
            if wrong := group_problem(group, known, EVERYONE):
                yield unclear(school, (*path, key), key, wrong)


def shapes(form: SchoolForm) -> Iterator[tuple[Path, Hours | None, Hours | None]]:
    """Every place where the sessions or breaks of a whole day are written."""
    yield (), form.sessions, form.breaks
    for group, shape in form.days_for.items():
        yield ("days_for", group), shape.sessions, shape.breaks
    for path, day in changes(form):
        yield path, day.sessions, day.breaks


def changes(form: SchoolForm) -> Iterator[tuple[Path, WeekdayForm | DateForm]]:
    """Every entry for days that differ."""
    for i, weekly in enumerate(form.weekdays):
        yield ("weekdays", i), weekly
    for j, day in enumerate(form.dates):
        yield ("dates", j), day


def _shown(span: Range[time]) -> str:
    return f"{span.first:%H:%M}-{span.last:%H:%M}"


def observing_is_for_the_first_week(school: School, _: Vocabulary) -> Found:
    if school.form.gate.observe:
        yield warning(
            school,
            ("gate", "observe"),
            "the gate only observes: it refuses nothing and records no device",
            "this is meant for the first week: after that, take the line out",
        )
