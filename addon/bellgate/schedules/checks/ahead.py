"""What the calendar of today says: years running out, reviews overdue. Today is an argument."""

from collections.abc import Iterator
from datetime import date, timedelta

from bellgate.schedules.checks.place import warning
from bellgate.schedules.english import Filled
from bellgate.schedules.forms.school import SchoolForm
from bellgate.schedules.problem import Problem

SOON = timedelta(weeks=6)


def terms_go_on(school: Filled[SchoolForm], today: date) -> Iterator[Problem]:
    terms = list(enumerate(school.form.terms))
    if not terms or school.document.hurt(("terms",)):
        return
    i, last = max(terms, key=lambda item: item[1].last_day)
    if last.last_day < today:
        message = f"the last term ended on {last.last_day}: no session is in force any more"
    elif last.last_day - today <= SOON:
        message = f"the last term ends on {last.last_day}, and nothing follows it"
    else:
        return
    yield warning(school, ("terms", i, "last_day"), message, "add the terms of the next year")


def review_is_not_overdue(school: Filled[SchoolForm], today: date) -> Iterator[Problem]:
    policy = school.form.policy
    if policy is None or policy.agreed is None or policy.review_every is None:
        return
    due = policy.review_every.after(policy.agreed)
    if due < today:
        yield warning(
            school,
            ("policy", "agreed"),
            f"review overdue since {due} (agreed {policy.agreed}, "
            f"reviewed every {policy.review_every})",
            "when it has been reviewed, write the new date under agreed",
        )
