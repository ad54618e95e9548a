"""What speaks for the person stands on each of their visits: what they say themselves, a clock that
was wrong, and nothing that does not hold for this one."""

import html
import re

import pytest

from bellgate.console.dates import british
from tests.console.desk import Browser, Desk, text_of

TERM = "first=2026-09-02&last=2026-11-28"
WRONG = "first=2026-10-08&last=2026-10-08"


@pytest.fixture(scope="module")
def head(demonstration: Desk) -> Browser:
    return demonstration.browser(role="head")


def said(head: Browser, path: str) -> str:
    return html.unescape(text_of(head.get(path).text))


def rows(head: Browser, path: str) -> list[tuple[str, str]]:
    """The rows of a list: where each leads, and what it says."""
    page = head.get(path).text
    found = [
        row.partition("</tr>")[0] for row in page.split("<tr ") if 'href="/visits/2026-' in row
    ]
    link = re.compile(r'href="(/visits/2026-[^"]+)"')
    return [(html.unescape(link.findall(r)[0]), text_of(f"<tr {r}")) for r in found]


def test_what_the_person_says_stands_on_each_of_their_visits(head: Browser) -> None:
    theirs = rows(head, f"/visits?{TERM}&who=stf-0107")
    for path, _ in (theirs[0], theirs[-1]):
        visit = said(head, path)
        theirs_said = (
            "What the person says It may be about this visit or about others. I was on the "
            "playground"
        )
        assert theirs_said in visit
        assert "Written down at 15:55 on Wednesday 18 November 2026." in visit
        in_favour = visit.partition("In the person’s favour")[2]
        assert "playground" not in in_favour, "it may be an admission"
    other = rows(head, f"/visits?{TERM}&who=stf-0108")[0][0]
    assert "What the person says" not in said(head, other)
    assert "stf-0107 has said something about the record" in said(
        head, f"/visits?{TERM}&who=stf-0107"
    )
    assert "has said something" not in said(head, f"/visits?{TERM}&who=stf-0108")


def test_a_doubtful_time_says_when_else_it_may_have_been(head: Browser) -> None:
    path, row = next(r for r in rows(head, f"/visits?{WRONG}") if "08:50–08:53" in r[1])
    assert "up to 40 minutes late " in row and "morning, or before school" in row
    visit = said(head, path)
    assert "08:50 to 08:53 going by a clock that was up to 40 minutes fast" in visit
    assert (
        "Going by that clock, it was in the morning session; going by the right time, it may have "
        "been before school, in people’s own time." in visit
    )
    later, row = next(r for r in rows(head, f"/visits?{WRONG}") if "09:34–09:36" in r[1])
    assert "morning, or" not in row and "going by the right time" not in said(head, later)


def test_a_cut_at_a_bell_that_rang_at_the_wrong_time_says_so(head: Browser) -> None:
    path, row = next(r for r in rows(head, f"/visits?{WRONG}&who=stf-0103") if "09:10" in r[1])
    assert row.endswith("cut at the bell, going by the clock that was wrong")
    assert "The bell that cut it off also went by the clock that was wrong." in said(head, path)
    right = next(r for p, r in rows(head, f"/visits?{TERM}&who=stf-0103") if "15 Oct, 08:30" in r)
    assert right.endswith("cut at the bell")


def test_of_what_was_opened_nothing_is_said_that_holds_for_what_was_refused(head: Browser) -> None:
    refused = "Nothing from this service was shown, because"
    blocked = said(head, rows(head, f"/visits?{TERM}&action=block")[0][0])
    assert f"{refused} every attempt was refused." in blocked
    opened = said(head, rows(head, f"/visits?{TERM}&action=answered")[0][0])
    assert refused not in opened and "A connection does not show that anybody read" in opened


def test_the_words_of_the_log_stand_where_they_are_said_to_be_its_own(head: Browser) -> None:
    opened = said(head, rows(head, f"/visits?{TERM}&action=answered")[0][0])
    ours, _, logs = opened.partition("The entries in the log")
    assert "Opened after an answer" in logs
    assert "Opened after an answer" not in ours and "Asked about" not in ours


def test_one_form_for_each_outcome_and_each_service(head: Browser) -> None:
    listed = said(head, f"/visits?{TERM}")
    assert "opened after an answer" not in listed and "hid its name" not in listed
    assert "permitted after somebody gave a purpose" in listed
    recorded = [row for _, row in rows(head, f"/visits?{TERM}&action=log")]
    assert recorded and all(" closed" not in row for row in recorded)


def test_a_day_in_the_name_of_a_file_is_left_as_it_is() -> None:
    name = "made the pack pack-stf-0106-2026-09-01-to-2026-11-28.zip about stf-0106, "
    assert british(f"{name}2026-09-01") == f"{name}1 September 2026"


def test_a_visit_at_playtime_says_that_it_counts_as_session_by_the_schools_files(
    head: Browser,
) -> None:
    path, _ = next(r for r in rows(head, f"/visits?{TERM}&who=stf-0107") if "(playtime)" in r[1])
    in_favour = said(head, path).partition("In the person’s favour")[2]
    assert "It was at playtime (10:30 to 10:45 by the present timetable)." in in_favour
    assert "According to the school’s files, a break counts as part of its session" in in_favour
    other = next(p for p, r in rows(head, f"/visits?{TERM}&who=stf-0107") if "(playtime)" not in r)
    assert "playtime" not in said(head, other)


def test_the_colours_of_the_timetable_have_a_key(head: Browser) -> None:
    timetable = said(head, "/timetable?from=2026-11-23")
    assert "session break within a session: it counts as session time" in timetable


def test_how_long_a_connection_was_open_is_not_taken_for_use(head: Browser) -> None:
    logged = said(head, rows(head, f"/visits?{TERM}&action=log")[0][0])
    assert "the connection was open for" in logged and "and carried" in logged
    assert "A connection may stay open longer than anybody uses the site" in logged
    assert logged.count("how long anything was used for") == 1


def test_why_a_visit_is_nobodys_is_said_of_this_one(head: Browser) -> None:
    """The pages know which it was: a laptop between two holders, here."""
    without = f"/visits?{TERM}&who=staff-laptop-03"
    path = next(p for p, row in rows(head, without) if " nobody " in row)
    visit = said(head, path)
    assert "because the device had no holder at the time." in visit
    assert "was away from its own network" not in visit


def test_a_case_is_offered_with_all_that_it_would_keep(head: Browser) -> None:
    path = rows(head, f"/visits?{TERM}&who=stf-0106")[0][0]
    page = html.unescape(head.get(path).text)
    link = next(x for x in re.findall(r'href="(/cases\?[^"]+)"', page))
    assert "person=stf-0106&device=&" in link, "one or the other"
    assert "everything on record about stf-0106 on" in text_of(page)
