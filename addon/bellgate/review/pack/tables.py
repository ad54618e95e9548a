"""Findings -> the rows of a pack's tables, as plain text. Pure.

A table is never longer than the machine that guards the school's network can print. A note under
the table says what it leaves out, and where to find that.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.audit.record.record import Record
from bellgate.audit.record.seen import SEEN
from bellgate.policy.action import OUTCOMES
from bellgate.policy.timetable import Span
from bellgate.review.pack import report_words
from bellgate.review.pack.edition import EditionKept
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import clock, count, length, listed, moment, short_day
from bellgate.review.visits import visits
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.silences import Silence, silences
from bellgate.review.visits.visits import GRADES, Visit

Table = dict[str, Any]
"""`rows`, and in `said` what there is to say about them."""

MOST_ROWS: Final = 2_000
"""Visits printed at most, and as many records; records.csv has all."""
MOST_EVENTS: Final = 500
"""Events printed at most; the records themselves lie beside the report."""
MOST_GAPS: Final = 40
"""Silences printed at most."""
MOST_DAYS: Final = 60
"""Days of the timetable printed at most: a panel looks at some days of a term."""
TIMES: Final = "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"
_DASH: Final = "–"
_ALL_OF_THEM: Final = "All of them are in records.csv and records.jsonl"


def visits_table(facts: Findings) -> Table:
    """Table A: the visits, and the length of the pause that ends one."""
    found = facts.visits
    rows = [_visit_row(v, facts) for v in found[:MOST_ROWS]]
    said = _first_of(len(found), MOST_ROWS, "visit", "their records")
    if any(not v.times for v in found):
        said.append(
            "A row that shows only connections cut off at the bell does not count as a visit."
        )
    return {"rows": rows, "said": said, "gap": length(visits.GAP)}


def records_table(facts: Findings) -> Table:
    """Table E: the records one by one."""
    found = facts.material.attempts
    rows = [_record_row(a, facts) for a in found[:MOST_ROWS]]
    return {"rows": rows, "said": _first_of(len(found), MOST_ROWS, "record")}


def incidents_table(facts: Findings) -> Table:
    """What went wrong with the gate itself."""
    return _events(facts.material.incidents, facts.question.zone)


def about_table(facts: Findings) -> Table:
    """Who was shown what of the person, or kept it, where they ask for all there is."""
    return _events(facts.material.about, facts.question.zone)


def exemptions_table(facts: Findings) -> Table:
    """Table C: what was open for a time."""
    table = _events(facts.material.exemptions, facts.question.zone)
    gone = facts.material.deleted_of_people
    said = "According to the records that remain, no" if gone else "No"
    theirs = (
        "this person, for any group they"
        if facts.question.person
        else "this device, for any group it"
    )
    belong = "belong" if facts.question.person else "belongs"
    table["empty"] = (
        f"{said} exemption was granted or in force during this period, whether for {theirs} "
        f"{belong} to, or for the whole school."
    )
    if facts.answered:
        table["said"].append(
            f"Apart from exemptions, {count(facts.answered, 'answer')} given on the page opened a "
            "service for a time (listed below)."
        )
    if gone:
        have = "has" if gone == 1 else "have"
        whose = "" if facts.deleted_may_be_theirs else " for others or for everybody"
        table["said"].append(
            f"{count(gone, 'record')} from this period {have} been deleted, and an exemption"
            f"{whose} may have been among them."
        )
    return table


def gaps_table(facts: Findings) -> Table:
    """When nothing was watching: in session time; where that is not known, at any time."""
    found, said = silences(facts), ["Once a minute the gate records that it is running."]
    if found:
        said.append(_times_listed(facts))
    else:
        said = [f"{said[0][:-1]}, and it did so throughout every session in this period."]
    more = len(found) - MOST_GAPS
    return {
        "intro": " ".join(said),
        "rows": [_gap_row(s, facts.question.zone) for s in found[:MOST_GAPS]],
        "said": [f"For {more:,} more, see the log."] if more > 0 else [],
    }


def _times_listed(facts: Findings) -> str:
    if all(e.timetable for e in facts.editions) and facts.editions:
        return "This table lists the times during sessions for which there is no such record."
    if any(e.timetable for e in facts.editions):
        return (
            "This table lists the times during sessions for which there is no such record and, "
            "where the timetable is not known (table D), all such times."
        )
    return (
        "This table lists the times, in session or out, for which there is no such record: the "
        "timetable is not known (table D)."
    )


def edition_parts(editions: Sequence[EditionKept], zone: ZoneInfo) -> list[Table]:
    """Table D: the editions of the policy, the rules of each as far as they differ from those of
    the edition before it."""
    parts, before = [], None
    for edition in editions:
        parts.append(_edition_part(edition, before, zone))
        before = edition if edition.kept else None
    return parts


def _edition_part(edition: EditionKept, before: EditionKept | None, zone: ZoneInfo) -> Table:
    """One edition, with its timetable and its rules."""
    old = {(r.name, r.text) for r in before.rules} if before else set()
    rules = [r for r in edition.rules if (r.name, r.text) not in old]
    names = {r.name for r in edition.rules}
    days: dict[date, list[str]] = {}
    for span in edition.sessions:
        within = [_hours(b, zone) for b in edition.breaks if span.start <= b.start < span.end]
        said = f"{_hours(span, zone)}{f' (with {listed(within)})' if within else ''}"
        days.setdefault(span.start.astimezone(zone).date(), []).append(said)
    return {
        "hash": edition.hash,
        "since": _since(edition.since, zone),
        "kept": edition.kept,
        "timetable": edition.timetable,
        "title": edition.title,
        "notice": edition.notice or _DASH,
        "to_staff": edition.is_to_staff,
        "files": [list(f) for f in edition.files],
        "rules": [[r.name, r.source, r.text, r.said] for r in rules],
        "rules_said": _rules_said(
            before, len(rules), [n for n, _ in sorted(old) if n not in names]
        ),
        "days": _alike(list(days.items())[:MOST_DAYS]),
        "breaks": bool(edition.breaks),
        "more_days": max(0, len(days) - MOST_DAYS),
    }


def _hours(span: Span, zone: ZoneInfo) -> str:
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    return f"{span.name} {start:%H:%M}{_DASH}{end:%H:%M}"


def _since(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    return short_day(there.date()) if there.time() == time() else moment(at, zone)


def _rules_said(before: EditionKept | None, changed: int, gone: Sequence[str]) -> str:
    if before is None:
        return ""
    if not changed and not gone:
        return "The rules are the same as those above."
    said = []
    if changed:
        this = "this one is" if changed == 1 else "these are"
        said.append(f"{this} new or changed")
    if gone:
        were = "is" if len(gone) == 1 else "are"
        said.append(f"{listed(gone)} {were} no longer there")
    return f"The rules are the same as those above, except that {listed(said)}."


def _first_of(whole: int, most: int, noun: str, whose: str = "") -> list[str]:
    if whole <= most:
        return []
    where = _ALL_OF_THEM.replace("All of them", f"All {whose}") if whose else _ALL_OF_THEM
    return [f"These are the first {most:,} of {count(whole, noun)}. {where}."]


def _events(records: Sequence[Record], zone: ZoneInfo) -> Table:
    rows = [_event_row(r, zone) for r in records[:MOST_EVENTS]]
    return {"rows": rows, "said": _first_of(len(records), MOST_EVENTS, "record")}


def _visit_row(visit: Visit, facts: Findings) -> list[str]:
    zone = facts.question.zone
    day = visit.first.astimezone(zone).date()
    first, last = (clock(at.astimezone(zone)) for at in (visit.first, visit.last))
    hours = first if first == last else f"{first} {_DASH} {last}"
    seen = [f"{n:,}{TIMES}{SEEN[g].short}" for g in GRADES if (n := visit.seen.get(g))]
    if visit.carried_over:
        seen.append(f"{visit.carried_over}{TIMES}{report_words.CARRIED_OVER}")
    became = [
        f"{n:,}{TIMES}{OUTCOMES[a].report}" for a, n in visit.actions.items() if a != "closed"
    ]
    return [
        short_day(day),
        hours,
        facts.name(visit.what),
        visit.who,
        "; ".join(seen) or _DASH,
        "; ".join(became) or ("cut off" if visit.carried_over else _DASH),
        ", ".join(report_words.GROUNDS_SHORT[g] for g in visit.grounds),
    ]


def _record_row(attempt: Attempt, facts: Findings) -> list[str]:
    there = attempt.at.astimezone(facts.question.zone)
    became = OUTCOMES[attempt.action].report
    return [
        str(attempt.number),
        f"{there:%d %b} {clock(there)}",
        attempt.host or f"{facts.name(attempt.what)} (many names)",
        "opened before the bell" if attempt.carried_over else SEEN[attempt.seen].short,
        f"{attempt.times:,}{TIMES}{became}" if attempt.times > 1 else became,
        attempt.rule.name if attempt.rule else _DASH,
        report_words.GROUNDS_SHORT[attempt.ground],
    ]


def _event_row(record: Record, zone: ZoneInfo) -> list[str]:
    at = datetime.fromisoformat(record["@timestamp"])
    reason = record["event"].get("reason", "")
    said = _own_words(record) or str(record["message"])
    if reason and not said.endswith(f": {reason}"):
        said = f"{said} ({reason})"
    return [str(record["event"]["sequence"]), moment(at, zone), said]


def _own_words(record: Record) -> str | None:
    """Of the gate's events that a panel could not follow as the log words them."""
    ours, reason = record["bellgate"], record["event"].get("reason", "")
    match record["event"]["action"]:
        case "clock-stepped":
            way = "forward" if ours["seconds"] > 0 else "back"
            return f"The clock was put {way} by {length(timedelta(seconds=abs(ours['seconds'])))}"
        case "policy-rejected":
            why = reason or str(record["message"]).partition(": ")[2]
            return f"A changed file had a mistake, so it was not used: {why}"
    return None


def _gap_row(silence: Silence, zone: ZoneInfo) -> list[str]:
    if silence.deleted:
        why = f"not known: the gate’s own records were deleted ({silence.deleted})"
    else:
        why = "shut down normally" if silence.stopped else "not known"
    start, end = moment(silence.start, zone), moment(silence.end, zone)
    return [start, end, length(silence.length), why]


def _alike(days: Iterable[tuple[date, list[str]]]) -> list[list[str]]:
    """Days in a row with the same sessions share a line."""
    runs: list[tuple[list[date], list[str]]] = []
    for day, sessions in days:
        if runs and runs[-1][1] == sessions:
            runs[-1][0].append(day)
        else:
            runs.append(([day], sessions))
    return [[_run(dates), ", ".join(sessions)] for dates, sessions in runs]


def _run(dates: list[date]) -> str:
    if len(dates) == 1:
        return short_day(dates[0])
    # A weekend between school days needs no word; a longer break does.
    broken = any(b - a > timedelta(days=3) for a, b in pairwise(dates))
    said = f"{short_day(dates[0])} to {short_day(dates[-1])}"
    return f"{said}, {len(dates)} school days" if broken else said
