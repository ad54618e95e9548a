"""Until when it is so: `explain` and the page give the hour at which somebody can have the site."""

from datetime import datetime, timedelta

import pytest

from bellgate.gate.page import answer_for
from bellgate.policy.decide import Decision, decide
from bellgate.policy.decide import Policy as School
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection
from bellgate.policy.walk import walk
from tests.schedules.edited import below, policy

STAFF, PUPIL, GUEST = "10.77.20.31", "10.77.10.77", "10.77.30.9"
LAPTOP = "3c:22:fb:00:00:31"


def rule(who: str, what: str, when: str, do: str) -> str:
    """A rule in rules.yaml. `do` may go on in a second line."""
    return (
        f"  - name: Special\n    who: {who}\n    what: {what}\n    when: {when}\n    do: {do}\n"
        "    clause: Ours"
    )


def school(*rules: str) -> School:
    return policy(*[below("rules.yaml", "rules:", each) for each in rules])


def asked(at_school: School, ip: str, host: str, at: str, mac: str | None = None) -> Decision:
    shown = Connection(ip, "tls", (host,), mac=mac, server_name=host)
    when = datetime.fromisoformat(at).replace(tzinfo=at_school.year.zone)
    return decide(at_school, shown, when)


def said(at_school: School, decision: Decision) -> str:
    return walk(at_school, decision)[-1].text


def page(decision: Decision, dest: str = "document") -> str:
    return answer_for(decision, {"sec-fetch-dest": dest}, "https://x").body.decode()


SATS = school(rule("everyone", "youtube", "2027-05-10 to 2027-05-13 08:30-11:30", "block"))


def test_what_the_next_rule_asks_about_is_closed_until_then() -> None:
    teacher = asked(SATS, STAFF, "www.youtube.com", "2027-05-11 10:15", LAPTOP)
    assert "until Tuesday 2027-05-11 11:30; then the page asks what it is for." in said(
        SATS, teacher
    )
    assert teacher.until == teacher.opens
    whole = page(teacher)
    assert (
        "It can be opened again <strong>at 11:30</strong>: this page then asks what it is for."
        in whole
    )
    assert "The school’s rules close this site at the moment." in whole
    assert "for your own time" not in whole
    assert "It can be opened again at 11:30: the page then asks" in page(teacher, "iframe")


def test_who_sees_no_page_to_answer_on_waits_until_it_opens() -> None:
    own_laptop = policy(
        below("rules.yaml", "rules:", rule("staff", "youtube", "2027-05-11 08:30-11:30", "block")),
        ("devices.yaml", f"mac: {LAPTOP}\n    trusts_certificate: true", f"mac: {LAPTOP}"),
        ("devices.yaml", "staff:\n    trusts_certificate: true", "staff:"),
    )
    teacher = asked(own_laptop, STAFF, "www.youtube.com", "2027-05-11 10:15", LAPTOP)
    assert "until Tuesday 2027-05-11 12:15 (from 11:30 by the rule Video for teaching)." in said(
        own_laptop, teacher
    )


def test_a_pupil_is_told_the_end_of_the_school_day() -> None:
    pupil = asked(SATS, PUPIL, "www.youtube.com", "2027-05-11 10:15")
    assert "until Tuesday 2027-05-11 15:15 (from 11:30 by the rule Pupils)." in said(SATS, pupil)
    assert "It opens again <strong>at 15:15</strong>." in page(pupil)
    assert "It is the morning session." in page(pupil)


def test_what_is_asked_about_until_it_is_closed_says_so() -> None:
    evening = school(rule("staff", "youtube", "2027-05-11 11:30-12:00", "block"))
    teacher = asked(evening, STAFF, "www.youtube.com", "2027-05-11 10:15", LAPTOP)
    assert (
        "until Tuesday 2027-05-11 11:30; then it is closed by the rule Special, and no answer "
        "opens it." in said(evening, teacher)
    )


SPORTS_DAY = school(rule("guests", "[facebook, instagram]", "2027-06-24 13:00-16:00", "allow"))


def test_what_stays_open_after_the_rule_is_not_said_to_end() -> None:
    parent = asked(SPORTS_DAY, GUEST, "www.facebook.com", "2027-06-24 14:00")
    assert (
        "until Thursday 2027-06-24 16:00 by this rule; it then stays open "
        "until Friday 2027-06-25 08:50." in said(SPORTS_DAY, parent)
    )


def test_what_closes_at_the_rules_end_is_said_to_end() -> None:
    visit = school(rule("guests", "facebook", "2026-12-08 09:00-12:00", "allow"))
    author = asked(visit, GUEST, "www.facebook.com", "2026-12-08 10:00")
    assert "until Tuesday 2026-12-08 12:00." in said(visit, author)


def test_what_is_recorded_from_then_on_stays_open() -> None:
    club = school(rule("pupils", "flickr", "2027-01-14 15:30-16:15", "log"))
    pupil = asked(club, PUPIL, "www.flickr.com", "2027-01-14 15:20")
    assert (
        "until Thursday 2027-01-14 15:30; it then stays open, recorded by the rule Special, "
        "until Friday 2027-01-15 08:50." in said(club, pupil)
    )


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("11:00", "until Thursday 2027-01-14 11:00."),
        ("15:30", "until Thursday 2027-01-14 15:30; it then stays open until Friday"),
    ],
)
def test_an_exemption_ends_likewise(end: str, says: str) -> None:
    there = policy()
    at = asked(there, PUPIL, "www.facebook.com", "2027-01-14 10:00")
    until = datetime.fromisoformat(f"2027-01-14 {end}").replace(tzinfo=there.year.zone)
    granted = Exemption("1", ("pupils",), ("facebook",), at.instant, until, "head", "A visit")
    decision = decide(there, at.connection, at.instant, (granted,))
    assert says in said(there, decision)


def test_an_exemption_without_a_reason_says_so() -> None:
    there = policy()
    at = asked(there, PUPIL, "www.facebook.com", "2027-01-14 10:00")
    until = at.instant + timedelta(hours=1)
    granted = Exemption("1", ("pupils",), ("facebook",), at.instant, until, "head", "")
    decision = decide(there, at.connection, at.instant, (granted,))
    assert decision.sentence.endswith("(opened by head: no reason given)")
