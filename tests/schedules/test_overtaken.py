"""A rule on top of the file takes what an exception below it opened, and the save says so."""

from datetime import date

import pytest

from bellgate.policy.noticed import noticed
from tests.schedules.edited import FILES, Edit, below, changes, policy

TODAY = date(2026, 11, 29)
MEETING = """\
  - name: Staff meeting
    who: staff
    what: [whatsapp, facebook, no-name]
    when: Tuesday 15:45-16:45 from 2027-01-05
    do: block
    clause: Ours"""
TOLD = (
    "rule Staff meeting is above School accounts, which allows facebook for office-pc: from "
    "Tuesday 2027-01-05 15:45 it is closed there; to leave that as it was, move Staff meeting "
    "below School accounts"
)
LAST_LINE = "    clause: Official weblog"


def felt(*edits: Edit) -> list[str]:
    return list(noticed(policy(), policy(*edits), TODAY))


def test_a_staff_meeting_on_top_takes_the_offices_own_pages() -> None:
    assert felt(below("rules.yaml", "rules:", MEETING)) == [TOLD]


def test_below_the_exception_it_takes_nothing() -> None:
    assert felt(below("rules.yaml", LAST_LINE, "\n" + MEETING)) == []


def test_a_rule_that_was_there_is_not_told_again() -> None:
    on_top = below("rules.yaml", "rules:", MEETING)
    more = below(
        "devices.yaml", "devices:", "  - name: hall\n    group: guests\n    ip: 10.77.30.7"
    )
    assert list(noticed(policy(on_top), policy(on_top, more), TODAY)) == []


def test_an_exception_that_opens_is_no_news() -> None:
    lesson = MEETING.replace("do: block", "do: allow").replace("who: staff", "who: year-5")
    assert felt(below("rules.yaml", "rules:", lesson)) == []


def test_what_asks_where_it_was_open_says_that_it_asks() -> None:
    asks = MEETING.replace("do: block", "do: ask\n    for: 20 minutes")
    assert "15:45 it is asked about there" in "".join(felt(below("rules.yaml", "rules:", asks)))


def test_a_rule_that_is_moved_up_takes_it_as_well() -> None:
    rule = FILES["rules.yaml"].partition("  - name: Staff\n")[2].partition("\n\n")[0]
    staff = f"  - name: Staff\n{rule}"
    up: tuple[Edit, ...] = (
        ("rules.yaml", staff, "  - name: Stuff"),
        ("rules.yaml", "rules:\n", f"rules:\n{staff}\n"),
        ("rules.yaml", "  - name: Stuff\n\n", ""),
    )
    said = felt(*up)
    assert len(said) == 1
    assert (
        "rule Staff is above School accounts, which allows facebook, twitter for office-pc"
        in said[0]
    )
    assert "from Monday 2026-11-30 08:30 they are closed there" in said[0]
    assert [s for s in changes((), up) if "at the top" in s] == ["rule Staff is now at the top"]


@pytest.mark.parametrize(
    ("moved", "to", "says"),
    [
        ("Hidden names", "Pupils", "rule Hidden names is now below Pupils"),
        ("School accounts", "Staff", "rule School accounts is now below Staff"),
        ("Own weblogs", "Ways round", "rule Own weblogs is now below Ways round"),
    ],
)
def test_the_one_that_moved_is_named(moved: str, to: str, says: str) -> None:
    head, *rules = FILES["rules.yaml"].split("  - name: ")
    named = {each.partition("\n")[0]: each for each in rules}
    order = [name for name in named if name != moved]
    order.insert(order.index(to) + 1, moved)
    text = head + "".join(f"  - name: {named[name].rstrip()}\n" for name in order)
    said = changes((), (("rules.yaml", FILES["rules.yaml"], text),))
    assert [s for s in said if " is now " in s] == [says]
