"""What the calendar of today says: years running out, reviews overdue. Today is an argument."""

from collections.abc import Iterator
from datetime import date, timedelta

from bellgate.policy.source import Source
from bellgate.schedules.checks.place import warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.year.school_year import Given

SOON = timedelta(weeks=6)
STALE = timedelta(weeks=2)


def terms_go_on(school: Filled[SchoolForm], given: Given, today: date) -> Iterator[Problem]:
    if not given.terms or not given.whole:
        return
    last = max(given.terms, key=lambda term: term.last_day)
    if last.last_day < today:
        message = f"the last term ended on {last.last_day}: no session is in force now"
    elif last.last_day - today <= SOON:
        message = f"the last term ends on {last.last_day}, and nothing follows it"
    else:
        return
    for i, term in enumerate(school.form.terms):
        if term.last_day == last.last_day:
            hint = "add the terms of the next year"
            yield warning(school, ("terms", i, "last_day"), message, hint)
            return
    place = last.source or Source(school.document.file, 1)
    hint = "the next year's calendar is needed"
    yield Problem(place.file, place.line, "warning", message, hint)


def calendar_is_fresh(school: Filled[SchoolForm], given: Given, today: date) -> Iterator[Problem]:
    """A copy that could not be renewed for long may lack what the council changed meanwhile."""
    copy = given.copy
    if copy is None or today - copy.checked.date() <= STALE:
        return
    yield warning(
        school,
        ("term_dates",),
        f"term_dates: the copy in use was last confirmed on {copy.checked.date()}",
        "see why with bellgate calendar --refresh",
    )


def review_is_not_overdue(school: Filled[SchoolForm], _: Given, today: date) -> Iterator[Problem]:
    policy = school.form.policy
    if policy is None or policy.agreed is None or policy.review_every is None:
        return
    due = policy.review_every.after(policy.agreed)
    if due < today:
        yield warning(
            school,
            ("policy", "agreed"),
            f"review overdue since {due} (agreed {policy.agreed}, "
            f"due every {policy.review_every.each})",
            "when it has been reviewed, write the new date under agreed",
        )
