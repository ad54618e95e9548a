"""Two policies -> whose days in school no longer come to what a year should have. Words only.

A snow day is seldom made up for unless somebody is told at once that it is missing.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from bellgate.policy.academic_year import AcademicYear, academic_year_of, is_part_time
from bellgate.policy.decide import Policy
from bellgate.policy.who import Group

_COUNTED = ("on {} days", "for {} sessions")


def counted_days(old: Policy, new: Policy, today: date) -> Iterator[str]:
    """`pupils in 2026-27: in school now on 189 days, instead of 190`, for this school year and
    the next. Of a year that is still being written nothing is said."""
    if old.year == new.year:
        return
    this = academic_year_of(new.year, today)
    following = academic_year_of(new.year, this.last + timedelta(days=1))
    for group in new.groups.values():
        before = old.groups.get(group.name)
        if before is None or len(group.chain) > 1 or is_part_time(new.year, group):
            continue
        for year in (this, following):
            was, now = _count(old, before, year), _count(new, group, year)
            wanted = (group.days_a_year, group.sessions_a_year)
            for what, before_that, now_is, due in zip(_COUNTED, was, now, wanted, strict=True):
                if said := _said(what, before_that, now_is, due):
                    yield f"{group.name} in {year.name}: in school now {said}"
                    break


def _count(policy: Policy, group: Group, year: AcademicYear) -> tuple[int, int]:
    """The days and the sessions of a year."""
    each = [len(policy.year.day(group.chain, day).sessions) for day in year.dates()]
    return sum(map(bool, each)), sum(each)


def _said(what: str, was: int, now: int, wanted: int | None) -> str | None:
    if wanted is None or now in (was, wanted) or 2 * was < wanted:
        return None
    before = "" if was == wanted else f" (before: {was})"
    return what.format(now) + f"{before}, instead of {wanted}"
