"""A week in totals, as text: for the mail to the head, and for `bellgate report`. Nobody is named.

The figures are those of the page “This week”: they come from the index, and nothing is worked out
here. No printing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from textwrap import wrap
from typing import Final

from bellgate.audit import LogPaths
from bellgate.audit.record.seen import SEEN
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.what import UNNAMED
from bellgate.review.index import Counts, Index, Search, Split, Totals
from bellgate.review.pack.phrases import count, long_day
from bellgate.review.visits.visits import GRADES
from bellgate.running.counted import beside
from bellgate.running.folders import index_file, log_base
from bellgate.running.watched import Watch, watched_in
from bellgate.running.week_in_totals import WEEK, Report

_WIDTH: Final = 88
"""Characters of a line at most."""
_ROWS: Final = 20
"""Lines of a table at most; the rest is one line."""


def report_on(
    policy: Policy, state: Path, first: date, now: datetime, *, simulated: bool = False
) -> Report:
    """The report on the week that begins on a Monday, after the log was read on. Raises OSError."""
    paths, zone = LogPaths.of(state, simulated=simulated), policy.year.zone
    index = Index.open(index_file(log_base(state, simulated=simulated)), zone, lambda: now)
    try:
        index.follow(paths)
        last = first + WEEK - timedelta(days=1)
        week = index.totals(first, last)
        counts = index.count(Search(first=first, last=last))
        since, until = (instant_of(day, time(), zone) for day in (first, first + WEEK))
        watch = watched_in(policy, paths, index, since, until, now=now)
        unsound = [log.log for log in index.state().logs if log.problem or log.unsound]
    finally:
        index.close()
    said = "\n".join(_lines(policy, week, counts, watch, unsound))
    return Report(policy.edition.school, first, said + "\n", watch.session_time)


def _lines(
    policy: Policy, week: Totals, counts: Counts, watch: Watch, unsound: Sequence[str]
) -> Iterator[str]:
    last, whole = week.last, week.whole
    yield f"{policy.edition.school}: {long_day(week.first)} to {long_day(last)}"
    yield ""
    if not whole.whole:
        yield watch.unmeasured or "Nothing is on record for this week."
    else:
        so_far = ", so far" if watch.so_far else ""
        yield f"{count(counts.visits, 'visit')} to sites that the rules cover{so_far}."
        for sentence in beside(counts):
            yield from ("", *wrap(sentence, _WIDTH))
        yield from _table("By day", _by_day(week))
        yield from _table("By service", _by_service(policy, week))
        yield from _table("By group, with those inside it", _by_group(week))
        yield from _table("By what could be seen of it", _by_grade(whole))
    yield from ("", *wrap(watch.said, _WIDTH))
    if unsound:
        yield "Part of the record is not what was signed. Do not use it as evidence before your"
        yield f"IT technician has looked at it ({', '.join(unsound)}; bellgate audit verify)."
    yield ""
    yield "A device is not a person, and a connection does not show that anybody read or watched"
    yield "anything. This report names nobody; the pages show more."


def _table(title: str, rows: Iterable[tuple[str, int]]) -> Iterator[str]:
    found = [(name, number) for name, number in rows if number]
    if not found:
        return
    shown, rest = found[:_ROWS], found[_ROWS:]
    if rest:
        shown.append((f"{len(rest)} more", sum(number for _, number in rest)))
    width = max(len(name) for name, _ in shown)
    yield ""
    yield f"{title}:"
    for name, number in shown:
        yield f"  {name.ljust(width)}  {number:>7,}"


def _by_day(week: Totals) -> Iterator[tuple[str, int]]:
    for day in sorted({day for day, _ in week.sessions}):
        split = sum((s for (d, _), s in week.sessions.items() if d == day), Split())
        yield long_day(day), split.attempted


def _by_service(policy: Policy, week: Totals) -> list[tuple[str, int]]:
    known = {**UNNAMED, **policy.index.services}
    named = {known[id].name if id in known else id: s for id, s in week.services.items()}
    return _whole_of(named, "no service")


def _by_group(week: Totals) -> Iterator[tuple[str, int]]:
    """A group inside another stands under it, further in."""
    for path, split in week.within.items():
        yield "  " * (len(path) - 1) + (path[-1] or "no group"), split.attempted


def _whole_of(splits: Mapping[str, Split], nothing: str) -> list[tuple[str, int]]:
    rows = [(name or nothing, split.attempted) for name, split in splits.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0].lower()))


def _by_grade(whole: Split) -> Iterator[tuple[str, int]]:
    for grade in GRADES:
        yield SEEN[grade].short, getattr(whole, grade)
