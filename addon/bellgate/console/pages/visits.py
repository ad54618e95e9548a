"""The search: visits by person or device, group, service, session, days and what was seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args

from flask import Flask, Response, render_template, request, stream_with_context, url_for

from bellgate.audit.record.spreadsheet import inert, line_of_cells
from bellgate.console.dates import british
from bellgate.console.desk import Desk, signed_in
from bellgate.console.known import is_known, is_service, nobody_called
from bellgate.console.pages.periods import BACKWARDS, LOOKS_BACK, period_of, present_term
from bellgate.console.pictures import KINDS, kind_said
from bellgate.console.says import says
from bellgate.console.service_words import category_said, service_name
from bellgate.console.visit_rows import outcome_called, row_of, rows_of
from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.review.index import IN_SESSION, OWN_TIME, Search, VisitRow
from bellgate.running.typed import NotUnderstood, day_back, last_day_back

_SAID_OF = {OWN_TIME: "in people’s own time", IN_SESSION: "in session time"}
_IN_WORDS = {"own-time": OWN_TIME, "any-session": IN_SESSION}
"""How an address asks for what was outside of all sessions, or in any."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was typed, what it means, and what was not understood."""

    given: dict[str, str]
    search: Search
    problems: tuple[dict[str, str], ...] = ()

    @property
    def query(self) -> str:
        """The search in one line, as it can be repeated."""
        said = [f"{name} is {value}" for name, value in self.given.items() if name != "page"]
        return ", ".join(said) or "all"

    def said(self, desk: Desk) -> str:
        """The search in words: `by stf-0042 to YouTube, 23 November 2026 to 27 November 2026`."""
        search, who = self.search, self.given.get("who")
        assert search.first and search.last
        by = [f"by {who}"] if who else []
        by += [f"by the group {search.group}"] if search.group else []
        to = service_name(desk, search.service) if search.service else None
        to = to or (category_said(search.category) if search.category else None)
        named = f"in the {search.session} session" if search.session else ""
        when = _SAID_OF.get(search.session or "", named) if search.session is not None else ""
        more = [
            " ".join([*(by or ["by everybody"]), *([f"to {to}"] if to else [])]),
            when,
            kind_said(search.seen) if search.seen else "",
            outcome_called(search.action) if search.action else "",
            british(f"{search.first} to {search.last}" if search.first != search.last
                    else f"{search.first}"),
            f"{WEEKDAYS[search.weekday]}s only" if search.weekday is not None else "",
        ]  # fmt: skip
        return ", ".join(filter(None, more))


def register(app: Flask, desk: Desk) -> None:
    @app.get("/visits")
    def visits() -> str | tuple[str, int]:
        asked = asked_for(desk)
        if asked.problems:
            return _page(desk, asked, None), 400
        _recorded(desk, "searched", "searched for visits", asked)
        return _page(desk, asked, desk.index.visits(asked.search))

    @app.get("/visits.csv")
    def visits_csv() -> Response | tuple[str, int]:
        asked = asked_for(desk)
        if asked.problems:
            return _page(desk, asked, None), 400
        _recorded(desk, "exported", "exported visits as a table", asked, format="csv")
        rows = desk.index.every_visit(replace(asked.search, page=1))
        return Response(
            stream_with_context(_csv(desk, rows)),
            mimetype="text/csv",
            headers={"Content-Disposition": 'attachment; filename="visits.csv"'},
        )


def _recorded(desk: Desk, action: str, did: str, asked: Asked, **facts: object) -> None:
    who = signed_in().name
    facts |= {"query": asked.query, "device": asked.search.device, "page": "/visits"}
    said = f"{who} {did}: {asked.said(desk)}"
    desk.looks.leave(who, action, said, target=asked.search.person, reason=None, **facts)


def asked_for(desk: Desk) -> Asked:
    """What the address asks for. Empty fields ask for nothing."""
    given = {
        name: value.strip()[:200]
        for name in ("who", "group", "service", "category", "session", "first", "last",
                     "weekday", "seen", "action", "page")
        if (value := request.args.get(name, "")).strip()
    }  # fmt: skip
    today, problems = desk.school.today, []

    def day(name: str, read: Callable[[str], date]) -> date | None:
        try:
            return read(given[name]) if name in given else None
        except NotUnderstood as error:
            problems.append({"text": str(error), "href": f"#{name}"})
            return None

    begins = day("first", lambda text: day_back(text, today))
    last = day("last", lambda text: last_day_back(text, today, begins)) or today
    whole = present_term(desk).first if "last" not in given else last - LOOKS_BACK
    first = begins or whole
    if first > last and not problems:
        problems.append({"text": BACKWARDS, "href": "#first"})
    if (who := given.get("who")) and not is_known(desk, who):
        problems.append(nobody_called(who, "who"))
    if (service := given.get("service")) and not is_service(desk, service):
        problems.append({"text": f"No service is called “{service}”", "href": "#service"})
    seen, action, weekday = (given.get(name) for name in ("seen", "action", "weekday"))
    person, device, address = _who(desk, given.get("who", ""), first, last)
    number, session = given.get("page", "1"), given.get("session", "")
    search = Search(
        person=person,
        device=device,
        address=address,
        group=given.get("group"),
        service=given.get("service"),
        category=given.get("category"),
        session=_IN_WORDS.get(session, session or None),
        first=first,
        last=last,
        weekday=WEEKDAYS.index(weekday) if weekday in WEEKDAYS else None,
        seen=seen if seen in KINDS else None,  # type: ignore[arg-type]
        action=action if action in get_args(Outcome) else None,  # type: ignore[arg-type]
        page=int(number) if number.isdigit() and 0 < int(number) < 10**6 else 1,
    )
    return Asked(given, search, tuple(problems))


def _who(
    desk: Desk, text: str, first: date, last: date
) -> tuple[str | None, str | None, str | None]:
    """A person, a device or an address: whichever of them is called that."""
    if not text:
        return None, None, None
    known = desk.index.on_record(first, last)
    if text in known.devices:
        return None, text, None
    if text in known.addresses or (":" in text or text.replace(".", "").isdigit()):
        return None, None, text
    if text in {d.name for d in desk.school.policy.directory.devices}:
        return None, text, None
    return text, None, None


def _page(desk: Desk, asked: Asked, found: Any) -> str:
    search = asked.search
    assert search.first and search.last
    known = desk.index.on_record(search.first, search.last)

    def to(page: int) -> str:
        return url_for("visits", **{**asked.given, "page": page})  # type: ignore[arg-type]

    return render_template(
        "visits.html",
        asked=asked.given,
        search=search,
        problems=list(asked.problems),
        found=found,
        rows=rows_of(desk, found.rows) if found else [],
        period=period_of(desk, search.first, search.last),
        watch=desk.school.watch(desk.index, search.first, search.last),
        known=known,
        says=bool(says(desk, search.person)) if found and search.person else False,
        services=_items(sorted(((s, service_name(desk, s)) for s in known.services), key=_text)),
        categories=_items(sorted(((c, category_said(c)) for c in known.categories), key=_text)),
        groups=_items((g, g) for g in known.groups),
        sessions=[
            *_items((s, s) for s in known.sessions),
            {"value": "any-session", "text": "in session time (any session)"},
            {"value": "own-time", "text": "own time"},
        ],
        seen=_items((k, kind_said(k)) for k in KINDS),
        weekdays=_items((day, day) for day in WEEKDAYS),
        actions=_items((name, outcome_called(name)) for name in OUTCOMES),
        to=to,
        to_let_through=url_for("visits", **{**asked.given, "action": "log", "page": None}),  # type: ignore[arg-type]
        csv=url_for("visits_csv", **{k: v for k, v in asked.given.items() if k != "page"}),  # type: ignore[arg-type]
    )


def _text(pair: tuple[str, str]) -> str:
    """Menus are in the order of what is printed."""
    return pair[1].lower()


def _items(pairs: Any) -> list[dict[str, str]]:
    return [{"value": "", "text": "any"}, *({"value": v, "text": t} for v, t in pairs)]


def _csv(desk: Desk, rows: Iterator[VisitRow]) -> Iterator[bytes]:
    # The mark that tells Excel which letters these are.
    yield b"\xef\xbb\xbf" + line_of_cells(
        ["Day", "First", "Last", "Service", "Device", "Person", "Group", "Session",
         "What could be seen", "Outcome", "Attempts", "As signed", "Times in doubt"]
    )  # fmt: skip
    zone = desk.school.zone
    steps = desk.index.clock_steps()
    for visit in rows:
        row = row_of(desk, visit, steps)
        first, last = visit.first.astimezone(zone), visit.last.astimezone(zone)
        cells = (
            visit.day.isoformat(), f"{first:%H:%M:%S}", f"{last:%H:%M:%S}", row.service,
             visit.who, visit.person or "", row.group, row.session,
            row.seen, row.outcome, visit.times, "yes" if visit.sound else "NO",
            row.doubt,
        )  # fmt: skip
        yield line_of_cells([inert(cell) for cell in cells])
