"""A rule that can be got round: whom the way round is open to, and when."""

from tests.schedules.edited import below, told

RULE = """\
  - name: {name}
    who: everyone
    what: {what}
    when: {when}
    do: block
    clause: Ours"""


def rule(name: str, what: str, when: str) -> str:
    (said,) = told(below("rules.yaml", "rules:", RULE.format(name=name, what=what, when=when)))
    return said


def test_the_minutes_before_school_are_told_as_minutes() -> None:
    said = rule("SATs", "youtube", "2027-05-10 to 2027-05-13 08:30-11:30")
    assert (
        "SATs can be got round: while it applies, sites that hide their name (no-name) stay "
        in said
    )
    assert (
        "stay open to pupils, guests, except at the times of Hidden names, Hidden from view, "
        "such as "
        "from 08:30 to 08:50 on Monday 10 May 2027 / where that matters, add a rule with"
    ) in said


def test_a_rule_for_all_times_says_which_rules_close_the_way_in_school() -> None:
    said = rule("Gambling", "bet365.com", "always")
    assert (
        "(no-name) stay open to pupils, staff, guests, except at the times of Hidden names, "
        "Hidden from view / where that matters"
    ) in said


def test_where_nothing_closes_it_no_rule_is_named() -> None:
    said = rule("Evening", "facebook", "2027-05-10 18:00-20:00")
    assert "staff, guests, such as from 18:00 to 20:00 on Monday 10 May 2027 /" in said
