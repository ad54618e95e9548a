"""One number on every page: what the front page, a report, the search, a service, a device and a
person say of the same visits, over the demonstration's whole term, counted again from the log.

And what stands beside a number: of what, from when to when, what is among it, what is missing.
"""

import html
import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from tests.cli.weeks import lines_of
from tests.console.desk import Browser, Desk, text_of
from tests.review.index.test_counted_by_hand import (
    THROUGH,
    Counted,
    device,
    person,
    visits_in,
    what,
)

MONDAY, TERM = date(2026, 10, 5), (date(2026, 9, 2), date(2026, 11, 28))
WEEK = (MONDAY, MONDAY + timedelta(days=6))
ROW = re.compile(r'<tr class="govuk-table__row"><th scope="row"[^>]*>(.*?)</tr>', re.DOTALL)


@dataclass(frozen=True)
class Term:
    """The demonstration, a head who reads it, and its visits counted from the lines alone."""

    desk: Desk
    head: Browser
    visits: list[Counted]

    def number(self, path: str) -> int:
        """The number of visits that a page begins with."""
        found = re.search(r"([\d,]+) visits?\b", text_of(self.page(path)).partition("Skip to")[2])
        assert found, path
        return int(found[1].replace(",", ""))

    def page(self, path: str) -> str:
        answer = self.head.get(path)
        assert answer.status_code == 200, path
        return answer.text

    def said(self, path: str) -> str:
        return text_of(self.page(path))

    def tried(self, days: tuple[date, date], **theirs: object) -> list[Counted]:
        """The visits with an attempt that are somebody's or something's."""
        known = {
            "group": lambda v: v.roles, "what": lambda v: {what(v.told)},
            "person": lambda v: {person(v.told)}, "device": lambda v: {device(v.told)},
            "session": lambda v: {v.session}, "category": lambda v: {v.told["rule"]["category"]},
        }  # fmt: skip
        return [
            v
            for v in self.visits
            if days[0] <= v.day <= days[1]
            and v.grade != "nothing"
            and all(value in known[name](v) for name, value in theirs.items())
        ]


@pytest.fixture(scope="module")
def term(demonstration: Desk) -> Term:
    lines = lines_of(demonstration.school.state)
    seen = [x for x in lines if "leaf" not in x and "seen" in x["bellgate"]]
    return Term(demonstration, demonstration.browser(role="head"), visits_in(seen))


def asked(days: tuple[date, date]) -> str:
    return f"first={days[0]}&last={days[1]}"


def rows(page: str, title: str) -> dict[str, list[int]]:
    """A table's rows by their names: the numbers of each."""
    table = page.partition(f"{title}</caption>")[2].partition("</table>")[0]
    found = {}
    for row in ROW.findall(table):
        name, *cells = [text_of(cell) for cell in re.split(r"</t[hd]>", row)]
        found[name] = [int(c.replace(",", "")) if c != "–" else 0 for c in cells if c]
    return found


def test_the_front_page_a_report_and_the_search_have_one_number(term: Term) -> None:
    assert term.number(f"/?week={MONDAY}") == len(term.tried(WEEK)) > 100
    assert term.number(f"/visits?{asked(WEEK)}") == len(term.tried(WEEK))
    assert term.number(f"/reports/term?{asked(WEEK)}") == len(term.tried(WEEK))
    whole = len(term.tried(TERM))
    assert term.number(f"/visits?{asked(TERM)}") == term.number("/reports/term") == whole > 1_500


def test_a_report_counts_its_own_days_and_no_whole_week(term: Term) -> None:
    tuesday = (date(2026, 10, 6), date(2026, 10, 6))
    path = f"/reports/term?{asked(tuesday)}"
    assert term.number(path) == len(term.tried(tuesday)) == 30
    for title in ("By service", "By group"):
        assert sum(numbers[0] for numbers in rows(term.page(path), title).values()) == 30, title


def test_each_group_has_the_number_of_the_search_for_it(term: Term) -> None:
    page = term.page(f"/?week={MONDAY}")
    table = rows(page, "By group")
    assert {"staff", "of these, office", "pupils", "of these, year-6"} <= table.keys()
    for name, numbers in table.items():
        group = name.removeprefix("of these, ")
        assert numbers[0] == len(term.tried(WEEK, group=group)), name
        assert term.number(f"/visits?{asked(WEEK)}&group={group}") == numbers[0]


def test_each_service_has_the_number_of_its_page_and_of_the_search_for_it(term: Term) -> None:
    for service in ("facebook", "youtube", "whatsapp", "vpn-nordvpn"):
        theirs = term.tried(TERM, what=service)
        assert term.number(f"/services/{service}?{asked(TERM)}") == len(theirs) > 10
        assert term.number(f"/visits?{asked(TERM)}&service={service}") == len(theirs)
        table = rows(term.page(f"/services/{service}?{asked(TERM)}"), "choose a day to see who")
        assert sum(numbers[0] for numbers in table.values()) == len(theirs)
    day = (date(2026, 10, 15), date(2026, 10, 15))
    assert term.number(f"/services/facebook?day={day[0]}") == len(term.tried(day, what="facebook"))


def test_a_person_and_a_device_have_the_number_of_the_search_for_them(term: Term) -> None:
    for id in ("stf-0103", "stf-0108", "pup-0601"):
        theirs = term.tried(TERM, person=id)
        assert term.number(f"/people/{id}?{asked(TERM)}") == len(theirs) > 5
        assert term.number(f"/visits?{asked(TERM)}&who={id}") == len(theirs)
        page = term.page(f"/people/{id}?{asked(TERM)}")
        for title in ("By week", "By service"):
            assert sum(n[0] for n in rows(page, title).values()) == len(theirs), (id, title)
    for name in ("staff-laptop-03", "y5-set-02"):
        theirs = term.tried(TERM, device=name)
        assert term.number(f"/devices/{name}?{asked(TERM)}") == len(theirs) > 5
        assert term.number(f"/visits?{asked(TERM)}&who={name}") == len(theirs)


def test_own_time_stands_in_every_table_and_adds_up(term: Term) -> None:
    own = term.tried(TERM, person="stf-0108", session=None)
    page = term.page(f"/people/stf-0108?{asked(TERM)}")
    assert len(own) > 5
    for title in ("By week", "By service"):
        assert sum(n[-1] for n in rows(page, title).values()) == len(own), title
    service = term.page(f"/services/youtube?{asked(TERM)}")
    table = rows(service, "choose a day to see who")
    theirs = term.tried(TERM, what="youtube", session=None)
    assert sum(n[-1] for n in table.values()) == len(theirs) > 5
    assert f"{len(theirs)} were in people’s own time." in text_of(service)


def test_what_a_visit_is_and_how_many_were_refused_stands_beside_every_number(term: Term) -> None:
    is_one = "A visit is one device trying to reach one service, once or several times close"
    person, days = "stf-0106", asked(TERM)
    for path, of in {
        f"/?week={MONDAY}": term.tried(WEEK),
        f"/reports/term?{days}": term.tried(TERM),
        f"/visits?{days}&group=staff": term.tried(TERM, group="staff"),
        f"/services/youtube?{days}": term.tried(TERM, what="youtube"),
        f"/people/{person}?{days}": term.tried(TERM, person=person),
        f"/people/{person}?{days}&all=yes": term.tried(TERM, person=person),
    }.items():
        refused = sum(THROUGH.isdisjoint(visit.actions) for visit in of)
        said = term.said(path)
        beside = f"Of these, {refused:,} {'was' if refused == 1 else 'were'} refused throughout"
        assert 0 < refused < len(of) and beside in said, path
        assert said.count(is_one) == 1, path
    assert "All of these were refused throughout." in term.said("/cases/made-up-case-1")
    opened = term.said(f"/visits?{days}&action=answered")
    assert "All of these were permitted after somebody gave a purpose." in opened


def test_no_visit_is_left_over(term: Term) -> None:
    """Refused, permitted, let through: the few that went through are said, and can be found."""
    recorded = [v for v in term.tried(TERM) if "log" in v.actions]
    assert len(recorded) > 5
    path = f"/visits?{asked(TERM)}"
    assert f"and {len(recorded)} were let through and recorded." in term.said(path)
    assert f"{len(recorded)} were let through and recorded." in term.said("/reports/term")
    [to] = {x for x in re.findall(r'href="(/visits[^"]+)"', term.page(path)) if "action=log" in x}
    to = html.unescape(to)
    assert term.number(to) == len(recorded)
    visit = term.said(re.findall(r'href="(/visits/2026-[^"]+)"', term.page(to))[0])
    assert "The rule does not close the site: it lets people through, and records that." in visit


def test_no_page_says_that_own_time_is_not_recorded_beside_visits_in_it(term: Term) -> None:
    for path in (f"/?week={MONDAY}", "/?week=2026-10-26", "/visits?first=2026-11-27&who=stf-0101"):
        assert "own time is not recorded" not in term.said(path), path
        assert SAME[1] in term.said(path), path


SAME = (
    "It counts under that rule, and not as use of session time.",
    "A visit in people’s own time (before or after school, or at lunch) is recorded only where",
)


def test_what_a_visit_in_own_time_counts_for_is_said_in_the_same_words_everywhere(
    term: Term,
) -> None:
    own = f"/visits?{asked(WEEK)}&session=own-time"
    visit = re.findall(r'href="(/visits/2026-[^"]+)"', term.page(own))[0]
    for path in (f"/?week={MONDAY}", own, visit, f"/reports/term?{asked(WEEK)}"):
        assert all(sentence in term.said(path) for sentence in SAME), path
    in_session = term.page(f"/visits?{asked(WEEK)}&session=morning")
    assert SAME[0] not in text_of(in_session)


def test_what_was_only_cut_or_ended_is_listed_and_is_in_no_number(term: Term) -> None:
    thursday = (date(2026, 10, 8), date(2026, 10, 8))
    said = term.said(f"/visits?{asked(thursday)}&group=staff")
    n = len(term.tried(thursday, group="staff"))
    assert f"{n} visits on Thursday 8 October 2026." in said
    assert (
        "In addition, something opened earlier was cut at the bell, or ended, twice. Nothing new "
        "was tried, so these are listed, but not counted among the visits." in said
    )
    assert "3 opened before the bell" in said and "cut at the bell" in said


def test_what_was_opened_after_a_purpose_is_told_apart(term: Term) -> None:
    video = f"{asked(TERM)}&service=youtube&group=staff"
    said = term.said(f"/visits?{video}")
    assert "All of these were permitted after somebody gave a purpose." in said
    assert "refused pending an answer, 1 opened" not in said
    assert "10 were permitted after somebody gave a purpose" in term.said("/reports/term")
    visit = re.findall(r'href="(/visits/2026-[^"]+)"', term.page(f"/visits?{video}"))[0]
    assert (
        "staff-laptop-06 made 1 attempt to reach YouTube. This was permitted: the page asked for a "
        "purpose, somebody gave one, and YouTube was opened until 11:20." in term.said(visit)
    )
    in_favour = term.said(visit).partition("In the person’s favour")[2]
    assert "It was permitted: the rule opens the service to anybody who says what they" in in_favour


def test_a_wrong_clock_stands_beside_the_times_that_it_wrote(term: Term) -> None:
    shown = (
        "Times shown from 07:40 to 11:00 on Thursday 8 October 2026 may be up to 40 minutes later "
        "than the true ones."
    )
    thursday = f"/visits?{asked((date(2026, 10, 8), date(2026, 10, 8)))}"
    doubt = ">up to 40 minutes late<"
    assert shown in term.said(f"/?week={MONDAY}")
    assert shown in term.said(f"/health?{asked(WEEK)}")
    page = term.page(thursday)
    assert f"{shown} These are the times marked below. A time in those hours that" in text_of(page)
    doubtful = [row for row in page.split("<tr ") if doubt in row]
    assert 10 < len(doubtful) < page.count("<tr ") - 10
    right = next(r for r in page.split("<tr ") if "Thu 8 Oct" in r and doubt not in r)
    for row, wrong in ((doubtful[0], True), (right, False)):
        [visit] = re.findall(r'href="(/visits/2026-10-08/[^"]+)"', row)
        said = term.said(visit)
        assert ("These times may be up to 40 minutes later than the true ones" in said) is wrong
        assert shown in said


def test_ways_round_and_refused_pages_stand_on_the_front_page_with_what_they_are(
    term: Term,
) -> None:
    days = (date(2026, 11, 16), date(2026, 11, 22))
    n = len(term.tried(days, category="circumvention"))
    said = term.said("/?week=2026-11-16")
    assert f"Ways round the school’s rules: {n} visits, all refused: NordVPN (2)" in said
    assert "These are VPNs, web proxies and name servers outside the school." in said
    assert "NordVPN – a way round the school’s rules" in said
    assert (
        "made-up-technician (IT technician) tried to open a person’s page at 17:20 on Thursday "
        "19 November 2026. That is not for their role, and was refused." in said
    )


@pytest.mark.parametrize(
    "path",
    ["/?week=2026-08-03", "/visits?first=1 Jun&last=31 Jul", "/services/youtube?first=1 Jun&last="
     "31 Jul", "/people/stf-0103?first=1 Jun&last=31 Jul", "/reports/term?first=1 Jun&last=31 Jul",
     "/devices/staff-laptop-03?first=1 Jun&last=31 Jul", "/health?first=1 Jun&last=31 Jul"],
)  # fmt: skip
def test_before_the_record_nothing_was_measured_and_no_number_stands(term: Term, path: str) -> None:
    said = term.said(path)
    assert "Nothing was measured on these days: the record begins on Wednesday 2 September" in said
    assert " 0 visits" not in said


def test_where_the_record_begins_later_it_is_said(term: Term) -> None:
    later = "The record begins on Wednesday 2 September 2026: nothing was measured before that."
    for path in ("/?week=2026-08-31", "/reports/term?first=1 Jun", "/visits?first=1 Jun"):
        assert later in term.said(path), path
    page = term.page("/?week=2026-08-31")
    assert rows(page, "By day and session")["Mon 31 Aug, nothing measured"][0] == 0
    assert re.search(r"Mon 31 Aug, nothing measured</a></th><td[^>]*>–", page)


def test_what_was_deleted_when_due_is_said_beside_the_numbers_that_lack_it(term: Term) -> None:
    # The gateway was off from then to the end of half-term.
    gone = "Records of guests up to and including Friday 23 October 2026 were deleted when due"
    for path in ("/reports/term", f"/visits?{asked(TERM)}", f"/visits?{asked(TERM)}&group=guests"):
        assert gone in term.said(path), path
    for path in (f"/visits?{asked(TERM)}&group=staff", "/people/stf-0103", "/?week=2026-11-23"):
        assert "were deleted when due" not in term.said(path), path


def test_what_is_not_over_is_said_to_be_so_far(term: Term) -> None:
    for path in ("/", "/reports/term", "/reports/year", "/people/stf-0103", "/services/youtube"):
        assert ", so far" in term.said(path), path
    for path in (f"/?week={MONDAY}", "/reports/week", f"/reports/term?{asked(WEEK)}"):
        assert "visits, so far" not in term.said(path), path


def test_every_share_stands_with_its_time_and_its_whole(term: Term) -> None:
    for path in ("/", "/health", "/reports/term", "/reports/year", "/?week=2026-11-16"):
        for share in re.finditer(r"[\d.]+% of (\w+ \w+): (.{40})", term.said(path)):
            assert re.match(r"\d+ hours( \d+ minutes)? of \d+ hours", share[2]), (path, share[0])
            before = term.said(path)[: share.start()].rpartition(". ")[2]
            assert re.search(r"[Ff]rom \w+day \d+ \w+ 2026 to \w+day \d+ \w+ 2026", before), path
        assert term.said(path).count("%") == len(
            re.findall(r"[\d.]+% of session time: ", term.said(path))
        ), path
