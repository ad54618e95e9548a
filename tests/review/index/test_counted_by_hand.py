"""Every number that the index gives, counted a second time from the log's lines alone.

Over the demonstration's whole term with all its oddities. Nothing of `review` is used to count:
attempts, visits, days and silence are counted anew, the slow way.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise, product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bellgate.audit import LogPaths
from bellgate.review.index import IN_SESSION, OWN_TIME, Counts, Index, Search, Split, VisitRow
from bellgate.review.pack.question import Held
from bellgate.running.demo import folder

Line = dict[str, Any]
LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 11, 28)
FIRST, LAST = date(2026, 9, 1), date(2026, 12, 31)
FIVE = timedelta(minutes=5)
SEEN = ("page", "embedded", "background", "connection")
ATTEMPTS = ("block", "ask", "log", "exempted")


def at(line: Line) -> datetime:
    return datetime.fromisoformat(line["@timestamp"])


def local(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def number(line: Line) -> int:
    found: int = line["event"]["sequence"]
    return found


def tried(line: Line) -> int:
    ours = line["bellgate"]
    if ours.get("carried_over") or line["event"]["action"] not in ATTEMPTS:
        return 0
    return int(ours["repeat"])


def device(line: Line) -> str | None:
    found: str | None = line.get("device", {}).get("id")
    return found


def person(line: Line) -> str | None:
    found: str | None = line["user"].get("id")
    return found


def what(line: Line) -> str:
    return str(line["network"].get("application") or line.get("url", {}).get("domain"))


@dataclass(frozen=True)
class Counted:
    """One visit, as its lines have it."""

    lines: tuple[Line, ...]

    @property
    def told(self) -> Line:
        return next((x for x in self.lines if tried(x)), self.lines[0])

    @property
    def first(self) -> datetime:
        return at(self.told)

    @property
    def last(self) -> datetime:
        return at(([x for x in self.lines if tried(x)] or [*self.lines])[-1])

    @property
    def day(self) -> date:
        return local(self.first)

    @property
    def seen(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for line in self.lines:
            counts[line["bellgate"]["seen"]] += tried(line)
        return {grade: n for grade, n in counts.items() if n}

    @property
    def grade(self) -> str:
        return next((grade for grade in SEEN if grade in self.seen), "nothing")

    @property
    def actions(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for line in self.lines:
            if not line["bellgate"].get("carried_over"):
                counts[line["event"]["action"]] += line["bellgate"]["repeat"]
        return dict(counts)

    @property
    def carried(self) -> int:
        return sum(x["bellgate"]["repeat"] for x in self.lines if x["bellgate"].get("carried_over"))

    @property
    def session(self) -> str | None:
        found: str | None = self.told["bellgate"].get("session")
        return found

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.told["user"]["roles"])

    def is_as(self, row: VisitRow) -> bool:
        told = self.told
        known = device(told)
        rule = told.get("rule", {})
        return (
            row.number == number(self.lines[0])
            and (row.day, row.first, row.last) == (self.day, self.first, self.last)
            and (row.device, row.person) == (known, person(told))
            and row.address == (None if known else told["source"]["ip"])
            and row.roles == self.roles
            and row.grounds == tuple(sorted({x["bellgate"]["attribution"] for x in self.lines}))
            and row.claimed == next(
                (x["bellgate"]["claimed"] for x in self.lines if "claimed" in x["bellgate"]), None)
            and row.doubt == next(
                (x["bellgate"]["ground"] for x in self.lines if "ground" in x["bellgate"]), None)
            and row.what == what(told)
            and (row.category, row.session) == (rule.get("category"), self.session)
            and (row.rule_name, row.rule_source) == (rule.get("name"), rule.get("id"))
            and (dict(row.seen), dict(row.actions)) == (self.seen, self.actions)
            and (row.grade, row.times) == (self.grade, sum(self.seen.values()))
            and row.carried_over == self.carried
            and row.answered == self.actions.get("answered", 0)
            and row.hosts == len({x["url"]["domain"] for x in self.lines if "url" in x})
            and row.records == len(self.lines)
            and row.sound
        )  # fmt: skip


def visits_in(lines: list[Line]) -> list[Counted]:
    """Newest first: of each device or address, service and person apart."""
    apart: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        apart[device(line) or line["source"]["ip"], what(line), person(line)].append(line)
    found = []
    for theirs in apart.values():
        run: list[Line] = []
        for line in sorted(theirs, key=lambda x: (at(x), number(x))):
            lasted = timedelta(microseconds=line["event"].get("duration", 0) / 1000)
            if run and at(line) - lasted - at(run[-1]) > FIVE:
                found.append(Counted(tuple(run)))
                run = []
            run.append(line)
        found.append(Counted(tuple(run)))
    return sorted(found, key=lambda v: (v.first, number(v.lines[0])), reverse=True)


def split(visits: list[Counted]) -> Split:
    return Split(**Counter(visit.grade for visit in visits))


@dataclass(frozen=True)
class Term:
    """The demonstration's log and the index over it."""

    state: Path
    index: Index
    lines: list[Line]
    """All that have not been emptied."""
    visits: list[Counted]

    @property
    def decisions(self) -> list[Line]:
        return [x for x in self.lines if "seen" in x["bellgate"]]

    def of(self, dataset: str) -> list[Line]:
        return [x for x in self.lines if x["event"]["dataset"] == f"bellgate.{dataset}"]

    @property
    def weeks(self) -> list[date]:
        return [date(2026, 8, 31) + timedelta(days=7 * n) for n in range(18)]


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Term]:
    state = tmp_path_factory.mktemp("demo") / "term"
    folder.make(state, TODAY, folder.SEED, lambda _done, _all: None)
    index = Index.open(state / "index" / "index.sqlite", LONDON, lambda: datetime.now(UTC))
    index.rebuild(LogPaths.of(state))
    lines = [
        line
        for path in sorted((state / "log").glob("*.jsonl"))
        for line in map(json.loads, path.read_text().splitlines())
        if "leaf" not in line
    ]
    decisions = [line for line in lines if "seen" in line["bellgate"]]
    yield Term(state, index, lines, visits_in(decisions))
    index.close()


def test_the_term_is_odd_enough(term: Term) -> None:
    """Each oddity that the counts below could stumble over is there."""
    decisions = term.decisions
    assert 5_000 < len(decisions) < 15_000
    assert any(x["bellgate"].get("carried_over") for x in decisions)
    assert {"shared-mac", "lease-differs"} == {
        x["bellgate"]["ground"] for x in decisions if "ground" in x["bellgate"]
    }
    assert any("claimed" in x["bellgate"] for x in decisions)
    assert {x["bellgate"]["seen"] for x in decisions} == {*SEEN}
    assert {"block", "ask", "answered", "log", "closed", "cut"} <= {
        x["event"]["action"] for x in decisions
    }
    assert any(x["bellgate"]["repeat"] > 1 for x in decisions)
    assert any("session" not in x["bellgate"] for x in decisions)
    holders = {person(x) for x in decisions if device(x) == "staff-laptop-03"}
    assert holders == {"stf-0103", None, "stf-0111"}
    acts = {x["event"]["action"] for x in term.of("gate")}
    assert {"clock-stepped", "records-lost", "policy-changed", "deleted", "error"} <= acts
    assert any(at(a) > at(b) for a, b in pairwise(decisions))


def test_every_visit(term: Term) -> None:
    rows = list(term.index.every_visit(Search()))
    assert len(rows) == len(term.visits) > 1_000
    assert all(visit.is_as(row) for visit, row in zip(term.visits, rows, strict=True))


def test_a_visit_s_own_lines(term: Term) -> None:
    for visit in term.visits[::50]:
        row = term.index.visit(visit.day, number(visit.lines[0]))
        assert row is not None and visit.is_as(row)
        lines = term.index.lines(LogPaths.of(term.state), row)
        assert [line.record for line in lines] == list(visit.lines)


def wanted(term: Term, search: Search) -> list[Counted]:
    def is_wanted(visit: Counted) -> bool:
        told = visit.told
        return (
            search.person in (None, person(told))
            and search.device in (None, device(told))
            and search.address in (None, None if device(told) else told["source"]["ip"])
            and (search.group is None or search.group in visit.roles)
            and search.service in (None, what(told))
            and search.category in (None, told.get("rule", {}).get("category"))
            and (
                search.session in (None, visit.session or OWN_TIME)
                or (search.session == IN_SESSION and visit.session is not None)
            )
            and (search.first is None or search.first <= visit.day)
            and (search.last is None or visit.day <= search.last)
            and search.seen in (None, visit.grade)
            and (search.action is None or search.action in visit.actions)
        )

    return [visit for visit in term.visits if is_wanted(visit)]


def is_own_time(visit: Counted) -> bool:
    return visit.session is None and visit.grade != "nothing"


def searches() -> list[Search]:
    whose: list[dict[str, Any]] = [
        {}, {"person": "stf-0103"}, {"device": "staff-laptop-03"}, {"person": "nobody"},
        {"device": "y5-set-02", "person": "stf-0103"}, {"address": "10.20.10.201"},
    ]  # fmt: skip
    kind: list[dict[str, Any]] = [
        {}, {"service": "youtube"}, {"group": "pupils"}, {"group": "year-6", "session": "morning"},
        {"session": OWN_TIME}, {"session": OWN_TIME, "service": "youtube"},
        {"session": IN_SESSION, "group": "staff"},
        {"category": "messenger"}, {"seen": "page"}, {"seen": "nothing"}, {"action": "answered"},
        {"action": "cut", "group": "staff"}, {"service": "facebook", "seen": "embedded"},
        {"service": "no such service"},
    ]  # fmt: skip
    when: list[dict[str, Any]] = [
        {}, {"first": date(2026, 10, 12), "last": date(2026, 10, 12)}, {"first": date(2026, 11, 1)},
    ]  # fmt: skip
    return [Search(**a, **b, **c) for a, b, c in product(whose, kind, when)]


THROUGH = {"log", "exempted", "answered"}
"""What lets something through."""


def test_every_search(term: Term) -> None:
    for search in searches():
        expected = wanted(term, search)
        found = term.index.visits(search)
        assert found.total == len(expected), search
        tried = [visit for visit in expected if visit.grade != "nothing"]
        assert (
            found.counts
            == term.index.count(search)
            == Counts(
                visits=len(tried),
                own_time=sum(map(is_own_time, tried)),
                answered=sum("answered" in visit.actions for visit in tried),
                without_attempt=len(expected) - len(tried),
                refused=sum(THROUGH.isdisjoint(visit.actions) for visit in tried),
            )
        )
        assert found.pages == max(1, -(-len(expected) // 50))
        numbers = [row.number for row in found.rows]
        assert numbers == [number(visit.lines[0]) for visit in expected[:50]], search
        every = [row.number for row in term.index.every_visit(search)]
        assert every == [number(visit.lines[0]) for visit in expected], search


@pytest.mark.parametrize("asked", [{}, {"group": "staff"}, {"device": "y6-tablet-01"}])
def test_page_after_page_is_everything(term: Term, asked: dict[str, Any]) -> None:
    expected = [number(visit.lines[0]) for visit in wanted(term, Search(**asked))]
    pages = range(1, term.index.visits(Search(**asked)).pages + 1)
    found = [r.number for n in pages for r in term.index.visits(Search(**asked, page=n)).rows]
    assert found == expected
    assert term.index.visits(Search(**asked, page=len(pages) + 1)).rows == ()


def test_every_week(term: Term) -> None:
    busy = 0
    for monday in term.weeks:
        theirs = [v for v in term.visits if monday <= v.day < monday + timedelta(days=7)]
        week = term.index.totals(monday, monday + timedelta(days=6))

        def by(key: Any, theirs: list[Counted] = theirs) -> dict[Any, Split]:
            apart: dict[Any, list[Counted]] = defaultdict(list)
            for visit in theirs:
                apart[key(visit)].append(visit)
            return {each: split(visits) for each, visits in apart.items()}

        assert week.whole == split(theirs)
        assert week.sessions == by(lambda v: (v.day, v.session))
        assert week.groups == by(lambda v: v.roles)
        assert week.outer == by(lambda v: v.roles[-1])
        for path, counted in week.within.items():
            assert counted == split([v for v in theirs if path[-1] in v.roles])
        assert {path[-1] for path in week.within} == {group for v in theirs for group in v.roles}
        assert week.own_time == split([v for v in theirs if v.session is None])
        assert week.services == by(lambda v: what(v.told))
        busy += bool(theirs)
    assert busy >= 10


def test_every_service(term: Term) -> None:
    for service in {what(visit.told) for visit in term.visits}:
        days = term.index.service(service, FIRST, LAST)
        theirs = [v for v in term.visits if what(v.told) == service]
        assert [day.day for day in days] == sorted({v.day for v in theirs})
        for day in days:
            of_day = [v for v in theirs if v.day == day.day]
            attempts: Counter[str] = Counter()
            for visit in of_day:
                attempts.update(visit.seen)
            assert day.visits == split(of_day)
            assert day.attempts == Split(**attempts)
            assert day.own_time == sum(is_own_time(v) for v in of_day)
            who = term.index.who(service, day.day)
            assert term.index.who(service, day.day, 3) == who[-3:]
            assert [row.number for row in who] == [number(v.lines[0]) for v in of_day[::-1]]


def test_a_service_in_part_of_the_term(term: Term) -> None:
    days = term.index.service("youtube", date(2026, 10, 5), date(2026, 10, 9))
    assert 1 <= len(days) <= 5
    assert {day.day.month for day in days} == {10}


def test_every_device(term: Term) -> None:
    names = {device(x) for x in term.decisions if device(x)}
    assert len(names) > 20
    for name in names:
        page = term.index.device(str(name), FIRST, LAST)
        theirs = [v for v in term.visits if device(v.told) == name]
        assert page.visits == split(theirs)
        runs = [(who, [*run]) for who, run in groupby(theirs[::-1], key=lambda v: person(v.told))]
        assert [(h.person, h.first, h.last, h.visits) for h in page.held] == [
            (who, run[0].day, run[-1].day, split(run)) for who, run in runs
        ]
        own = [x for x in term.decisions if device(x) == name]
        apart: dict[str, list[Line]] = defaultdict(list)
        for line in own:
            apart[line["source"]["ip"]].append(line)
        assert {(a.address, a.first, a.last, a.records) for a in page.addresses} == {
            (ip, min(local(at(x)) for x in lines), max(local(at(x)) for x in lines), len(lines))
            for ip, lines in apart.items()
        }
        doubts = Counter((local(at(x)), x["bellgate"].get("ground")) for x in own)
        assert {(d.day, d.doubt): d.records for d in page.doubts} == {
            key: n for key, n in doubts.items() if key[1]
        }
        claims = [x for x in term.decisions if x["bellgate"].get("claimed") == name]
        assert sum(c.records for c in page.claimed) == len(claims)
        assert sum(c.attempts for c in page.claimed) == sum(map(tried, claims))
        assert {(c.day, c.address) for c in page.claimed} == {
            (local(at(x)), x["source"]["ip"]) for x in claims
        }
    both = term.index.device("staff-laptop-03", FIRST, LAST)
    assert {"stf-0103", "stf-0111"} <= {held.person for held in both.held}


HELD = (
    Held("staff-laptop-05", "stf-0105", datetime(2026, 9, 1, tzinfo=LONDON)),
    Held("staff-laptop-02", "stf-0102", datetime(2026, 9, 1, tzinfo=LONDON),
         datetime(2026, 11, 10, tzinfo=LONDON)),
    Held("staff-laptop-02", "stf-0199", datetime(2026, 11, 10, tzinfo=LONDON)),
)  # fmt: skip


@pytest.mark.parametrize("held", [(), HELD])
def test_every_person(term: Term, held: tuple[Held, ...]) -> None:
    persons = {person(x) for x in term.decisions if person(x)}
    assert len(persons) > 15
    for who in persons:
        page = term.index.person(str(who), FIRST, LAST, held)
        theirs = [v for v in term.visits if person(v.told) == who]
        weeks: dict[tuple[date, str], list[Counted]] = defaultdict(list)
        for visit in theirs:
            monday = visit.day - timedelta(days=visit.day.weekday())
            weeks[monday, what(visit.told)].append(visit)
        assert [(w.monday, w.service, w.visits, w.own_time) for w in page.weeks] == [
            (*key, split(visits), sum(map(is_own_time, visits)))
            for key, visits in sorted(weeks.items())
        ]
        named = {device(v.told) for v in theirs} | {h.device for h in held if h.person == who}
        assert page.devices == tuple(sorted(filter(None, named)))
        nobodys: Counter[tuple[str, str]] = Counter()
        attempts: Counter[tuple[str, str]] = Counter()
        for line in term.decisions:
            claimed = line["bellgate"].get("claimed")
            name = claimed or device(line)
            spans = [h for h in held if h.device == name and h.person == who]
            at_the_time = not spans or any(h.holds(at(line)) for h in spans)
            if person(line) is None and name in page.devices and at_the_time:
                ground = line["bellgate"]["attribution"]
                why = "unheld" if ground == "unknown" else ground
                key = str(name), "claimed" if claimed else why
                nobodys[key] += 1
                attempts[key] += tried(line)
        assert {(u.device, u.reason): (u.records, u.attempts) for u in page.unattributed} == {
            key: (n, attempts[key]) for key, n in nobodys.items()
        }
        said = [
            number(x) for x in term.of("review")
            if x["event"]["action"] == "objected" and x["user"]["target"]["id"] == who
        ]  # fmt: skip
        assert [each.number for each in page.objections] == said
    assert term.index.person("stf-0105", FIRST, LAST).unattributed
    assert term.index.person("stf-0107", FIRST, LAST).objections


def test_what_there_is_to_choose_from(term: Term) -> None:
    for first, last in ((FIRST, LAST), (date(2026, 11, 9), date(2026, 11, 13))):
        lines = [x for x in term.decisions if first <= local(at(x)) <= last]
        visits = [v for v in term.visits if first <= v.day <= last]
        found = term.index.on_record(first, last)
        claimed = {x["bellgate"].get("claimed") for x in lines}
        assert found.devices == tuple(sorted(({*map(device, lines)} | claimed) - {None}))  # type: ignore[type-var]
        assert found.addresses == tuple(
            sorted({x["source"]["ip"] for x in lines if device(x) is None})
        )
        assert found.persons == tuple(sorted({*map(person, lines)} - {None}))  # type: ignore[type-var]
        assert found.services == tuple(sorted({what(v.told) for v in visits}))
        assert found.categories == tuple(
            sorted({v.told["rule"]["category"] for v in visits if "category" in v.told["rule"]})
        )
        assert found.groups == tuple(sorted({group for v in visits for group in v.roles}))
        assert found.sessions == ("afternoon", "morning")


def test_who_looked(term: Term) -> None:
    expected = sorted(term.of("review"), key=lambda x: (at(x), number(x)), reverse=True)
    page = term.index.looked(None, None)
    assert page.total == len(expected) > 20
    assert [
        (x.number, x.at, x.user, x.action, x.target, x.reason, x.message) for x in page.rows
    ] == [
        (number(x), at(x), x["user"]["id"], x["event"]["action"],
         x["user"].get("target", {}).get("id"), x["event"].get("reason"), x["message"])
        for x in expected[:50]
    ]  # fmt: skip
    day = date(2026, 10, 15)
    [*rows] = term.index.looked(day, day).rows
    assert [x.action for x in rows] == ["exported", "revealed", "viewed", "held"]
    assert rows[-1].facts["case"] == "made-up-case-1"


def test_what_the_gate_did(term: Term) -> None:
    said = [x for x in term.of("gate") if x["event"]["action"] != "heartbeat"]
    granted = [x for x in term.of("decision") if "seen" not in x["bellgate"]]
    expected = sorted([*said, *granted], key=lambda x: (at(x), number(x)))
    found = term.index.gate_events(FIRST, LAST)
    assert [(e.number, e.at, e.action, e.message) for e in found] == [
        (number(x), at(x), x["event"]["action"], x["message"]) for x in expected
    ]
    incidents = ("policy-rejected", "records-lost", "clock-stepped", "error")
    assert [e.action for e in term.index.gate_events(FIRST, LAST, incidents=True)] == [
        x["event"]["action"] for x in expected if x["event"]["action"] in incidents
    ]
    [lost] = [e for e in found if e.action == "records-lost"]
    assert lost.facts["lost"] == 17


def test_when_nobody_was_watching(term: Term) -> None:
    signs = term.of("gate")
    [step] = [x for x in signs if x["event"]["action"] == "clock-stepped"]
    start = max(
        number(x) for x in signs if x["event"]["action"] == "started" and number(x) < number(step)
    )
    by = timedelta(seconds=step["bellgate"]["seconds"])
    times = [(at(x), x["event"]["action"]) for x in signs]
    times += [
        (at(x) + by, x["event"]["action"]) for x in signs if start <= number(x) < number(step)
    ]
    times.sort()
    since, until = (datetime(2026, m, d, tzinfo=UTC) for m, d in ((9, 1), (11, 28)))
    expected = [
        (a, b, what == "stopped")
        for (a, what), (b, _) in pairwise([(since, ""), *times, (until, "")])
        if b - a > timedelta(minutes=2.5) or what == "stopped"
    ]
    watched = term.index.watched(since, until)
    assert [(gap.start, gap.end, gap.stopped) for gap in watched.gaps] == expected
    outage = [
        (a, b) for a, b, stopped in expected if b - a == timedelta(minutes=48) and not stopped
    ]
    assert len(outage) == 1
    assert [(s.at, s.by) for s in watched.steps] == [(at(step), by)]


def test_the_newest_decisions(term: Term) -> None:
    newest = sorted(term.decisions, key=number, reverse=True)
    paths = LogPaths.of(term.state)
    found = term.index.feed(paths, limit=20)
    assert [each.number for each in found] == [number(x) for x in newest[:20]]
    assert [each.attempt.message for each in found] == [x["message"] for x in newest[:20]]
    since = number(newest[3])
    assert [e.number for e in term.index.feed(paths, since)] == [number(x) for x in newest[:3]]


def test_the_index_says_that_it_is_whole(term: Term) -> None:
    state = term.index.state()
    [log] = state.logs
    assert (log.size, log.signed, log.unsound, log.problem) == (log.signed, log.size, 0, None)
    assert log.size > len(term.lines)
    assert log.newest == max(map(at, term.lines[-5:]))
    assert state.behind == 0 and not state.rebuilding and state.problems == ()
