"""Material -> what an evidence pack says, as plain text in the order of its pages.

Pure. Counts and sentences are made here, and only laid out by `pack.typ`; the fixed words are in
`words.py`. What helps the person is said as plainly as what does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.audit.note import Checkpoint
from bellgate.audit.record import Record
from bellgate.audit.seen import SEEN
from bellgate.review import words
from bellgate.review.attempts import Attempt
from bellgate.review.material import EditionKept, Material, Question
from bellgate.review.phrases import count, length, listed, long_day, lower, moment, short_day
from bellgate.review.visits import GRADES, Visit, visits
from bellgate.review.watch import Gap, gaps

Document = dict[str, Any]
"""Text, lists and tables only: what the layout is given as JSON."""

# Most panels read days of a term; a timetable of a whole year would only be leafed through.
MOST_DAYS: Final = 60
MOST_GAPS: Final = 40
_LONG: Final = 34
_DASH: Final = "–"
_TIMES: Final = "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"
_OPENED: Final = ("log", "answered", "exempted")


@dataclass(frozen=True)
class Findings:
    """Everything that a pack speaks of. `names` gives services the names that people use."""

    question: Question
    material: Material
    editions: Sequence[EditionKept]
    names: Mapping[str, str]
    checkpoint: Checkpoint
    school: str

    @cached_property
    def visits(self) -> Sequence[Visit]:
        return visits(self.material.attempts)

    @property
    def times(self) -> int:
        return sum(v.times for v in self.visits)

    @property
    def carried_over(self) -> int:
        return sum(v.carried_over for v in self.visits)

    def seen(self, grade: str) -> int:
        return sum(n for v in self.visits for g, n in v.seen.items() if g == grade)

    def did(self, *actions: str) -> int:
        return sum(n for v in self.visits for a, n in v.actions.items() if a in actions)

    def name(self, service: str) -> str:
        return self.names.get(service, service)

    @property
    def sessions(self) -> list[tuple[datetime, datetime]]:
        return [(s.start, s.end) for edition in self.editions for s in edition.sessions]


def document(facts: Findings) -> Document:
    """All that the pack's document says."""
    question, material = facts.question, facts.material
    return {
        "school": facts.school,
        "title": f"Record of connections: {question.subject}",
        "period": _period(question),
        "made": moment(question.at, question.zone),
        "day": [question.at.year, question.at.month, question.at.day],
        "simulated": question.simulated,
        "brief": _brief(facts),
        "grades": _grades(facts),
        "not_shown": list(words.NOT_SHOWN),
        "weighs": _weighs(facts),
        "helps": _helps(facts),
        "asked": _asked(facts),
        "log": _log(facts.checkpoint),
        "check": list(words.CHECK),
        "challenge": list(words.CHALLENGE),
        "grounds": _grounds(facts),
        "visits": [_visit_row(v, facts) for v in facts.visits],
        "gaps": _gap_rows(facts),
        "incidents": [_event_row(r, question.zone) for r in material.incidents],
        "exemptions": [_event_row(r, question.zone) for r in material.exemptions],
        "editions": [_edition(e, question.zone) for e in facts.editions],
        "limits": list(words.LIMITS),
        "records": [_record_row(a, facts) for a in material.attempts],
    }


def _period(question: Question) -> str:
    first, last = long_day(question.first), long_day(question.last)
    return first if first == last else f"{first} to {last}, both included"


def _brief(facts: Findings) -> list[str]:
    """The answer, for who reads nothing else."""
    if not facts.material.attempts:
        return [
            f"The log holds no record of {facts.question.subject} in this time.",
            "That shows that the gate recorded nothing, in the times when it was watching "
            "(table B); it records only what the rules name (table D).",
        ]
    # What was only carried over is no visit of anybody's.
    made = [v for v in facts.visits if v.times]
    days = {v.first.astimezone(facts.question.zone).date() for v in made}
    services = sorted({facts.name(v.what) for v in made})
    said = [
        f"{count(facts.times, 'attempt')} to reach {listed(services)} "
        f"{'was' if facts.times == 1 else 'were'} recorded, in {count(len(made), 'visit')} on "
        f"{count(len(days), 'day')}.{_in_or_out_of_sessions(facts)}"
        if made
        else "No attempt was recorded in this time.",
        _how_seen(facts),
        _what_became(facts),
    ]
    if facts.carried_over:
        said.append(
            f"{count(facts.carried_over, 'connection')} had been opened in the person’s own time "
            "and met the bell: no breach, and in none of the counts."
        )
    return [s for s in said if s]


def _in_or_out_of_sessions(facts: Findings) -> str:
    """Some rules hold at lunch, or always: what they name was in people's own time."""
    tried = [a for v in facts.visits if v.times for a in v.attempts if not a.carried_over]
    outside = [a for a in tried if a.session is None]
    if not outside:
        return " All in session times."
    rules = sorted({f"“{a.rule.name}”" for a in outside if a.rule})
    when = "All" if len(outside) == len(tried) else f"{sum(a.times for a in outside):,} of them"
    by = f", by the rule {listed(rules)}" if rules else ""
    return f" {when} outside session times{by}."


def _how_seen(facts: Findings) -> str:
    parts = [f"{facts.seen(g):,}{_TIMES}{SEEN[g].short}" for g in GRADES if facts.seen(g)]
    return f"What could be seen: {'; '.join(parts)}." if parts else ""


def _what_became(facts: Findings) -> str:
    refused, opened = facts.did("block", "ask"), facts.did(*_OPENED)
    if refused and not opened:
        return "Every attempt was refused: nothing of these services was shown."
    parts = [f"{refused:,} refused"] if refused else []
    parts += [
        f"{facts.did(action):,} {said}"
        for action, said in words.ACTIONS.items()
        if action in _OPENED and facts.did(action)
    ]
    return f"What became of them: {'; '.join(parts)}." if parts else ""


def _grades(facts: Findings) -> list[list[str]]:
    rows = []
    for grade in GRADES:
        in_visits = sum(1 for v in facts.visits if v.seen.get(grade))
        word = SEEN[grade]
        rows.append([word.short, word.meaning, f"{facts.seen(grade):,}", f"{in_visits:,}"])
    return rows


def _weighs(facts: Findings) -> list[str]:
    """What does not help the person."""
    found = []
    pages = [v for v in facts.visits if v.grade == "page"]
    if pages:
        found.append(
            f"In {count(len(pages), 'visit')} the browser asked for a page of the site itself, "
            f"{count(facts.seen('page'), 'time')} in all."
        )
    grounds = {a.ground for a in facts.material.attempts}
    found += [words.GROUNDS[g] for g in ("signed-in", "held") if g in grounds]
    clauses = sorted({a.rule.clause for a in facts.material.attempts if a.rule})
    found += [f"The clause that the rule names: “{clause}”." for clause in clauses if clause]
    notices = sorted({e.notice for e in facts.editions if e.notice})
    if notices:
        found.append(
            f"The notice to staff in force was version {listed(notices)}. Whether it was given to "
            "this person is not known here: the school must show it."
        )
    return found or ["Nothing in the record."]


def _helps(facts: Findings) -> list[str]:
    """What helps the person."""
    found = []
    if facts.carried_over:
        n = count(facts.carried_over, "connection")
        found.append(f"{n}: {words.CARRIED_OVER}.")
    by_itself = facts.seen("embedded") + facts.seen("background")
    if by_itself:
        found.append(
            f"{by_itself:,} of {count(facts.times, 'attempt')} were made by other sites’ pages, "
            "or by a browser or app on its own."
        )
    if facts.seen("connection"):
        found.append(
            f"{facts.seen('connection'):,} of {count(facts.times, 'attempt')} showed a connection "
            "only, and not whether a person made it."
        )
    reasons = sorted(
        {a.reason for a in facts.material.attempts if a.action == "answered" and a.reason}
    )
    if facts.did("answered"):
        found.append(f"A purpose was given: {listed([f'“{r}”' for r in reasons])}.")
    if facts.did("exempted"):
        found.append(
            f"{count(facts.did('exempted'), 'attempt')} fell under an exemption (table C)."
        )
    if facts.times and facts.did("block", "ask") == facts.times:
        found.append("Every attempt was refused: nothing was seen of these services.")
    found += _uncertain(facts)
    return found or ["Nothing in the record but the limits (page 2)."]


def _uncertain(facts: Findings) -> list[str]:
    """What weakens the record itself."""
    attempts, found = facts.material.attempts, []
    for ground in ("shared", "address", "unknown"):
        n = sum(a.times for a in attempts if a.ground == ground)
        if n:
            found.append(f"{count(n, 'attempt')}: {lower(words.GROUNDS[ground])}")
    if facts.material.left_out:
        found.append(
            f"{count(facts.material.left_out, 'further attempt')} of the same devices "
            "could not be put down to this person, and are not in this pack."
        )
    if facts.material.deleted:
        found.append(
            f"{count(facts.material.deleted, 'record')} of these days had been deleted, their time "
            "being up: whose they were cannot be told any more."
        )
    if any(a.clock == "unsynchronised" for a in attempts):
        found.append("The gate’s clock was not synchronised for some records: times may be wrong.")
    silent = _silent_in_sessions(facts)
    if silent:
        total = sum((g.end - g.start for g in silent), timedelta())
        found.append(f"In session times the gate was not watching for {length(total)} (table B).")
    quiet = _quiet_days(facts)
    if quiet:
        found.append(quiet)
    return found


def _quiet_days(facts: Findings) -> str:
    zone = facts.question.zone
    days = {start.astimezone(zone).date() for start, _ in facts.sessions}
    busy = {a.at.astimezone(zone).date() for a in facts.material.attempts}
    if not days or days <= busy:
        return ""
    return f"On {len(days - busy)} of {count(len(days), 'school day')} nothing was recorded."


def _asked(facts: Findings) -> list[list[str]]:
    question, left_out = facts.question, facts.material.left_out
    whom = "the person with the pseudonym" if question.person else "the device"
    left = (
        "nothing that fits the query; of the gate’s own records its heartbeats and what concerns "
        "others"
    )
    if left_out:
        left = f"{count(left_out, 'attempt')} of the same devices, not put down to this person"
    if facts.material.deleted:
        left += f"; {count(facts.material.deleted, 'record')}, of whomever, deleted in time"
    return [
        ["Asked by", f"{question.by}, on {moment(question.at, question.zone)}"],
        ["Why", question.reason],
        ["About", f"{whom} {question.subject}"],
        ["Period", _period(question)],
        ["The query", question.words],
        ["Left out", left],
        ["Custody", "That this pack was made, by whom and why, is itself a record of the log, "
         "with the pack’s SHA-256."],
    ]  # fmt: skip


def _log(checkpoint: Checkpoint) -> list[list[str]]:
    return [
        ["Log", checkpoint.origin],
        ["Records signed", f"{checkpoint.size:,}"],
        ["Root", checkpoint.root.hex()],
    ]


def _grounds(facts: Findings) -> list[list[str]]:
    """What the grounds in the tables mean: those that occur."""
    occurring = {a.ground for a in facts.material.attempts}
    return [[ground, said] for ground, said in words.GROUNDS.items() if ground in occurring]


def _visit_row(visit: Visit, facts: Findings) -> list[str]:
    zone = facts.question.zone
    day = visit.first.astimezone(zone).date()
    first, last = (f"{at.astimezone(zone):%H:%M:%S}" for at in (visit.first, visit.last))
    hours = first if first == last else f"{first} {_DASH} {last}"
    seen = [f"{n:,}{_TIMES}{SEEN[g].short}" for g in GRADES if (n := visit.seen.get(g))]
    if visit.carried_over:
        seen.append(f"{visit.carried_over}{_TIMES}{words.CARRIED_OVER}")
    became = [f"{words.ACTIONS[a]} {n:,}" for a, n in visit.actions.items() if a != "closed"]
    return [
        short_day(day),
        hours,
        facts.name(visit.what),
        visit.who,
        "; ".join(seen) or _DASH,
        "; ".join(became) or _DASH,
        ", ".join(visit.grounds),
    ]


def _record_row(attempt: Attempt, facts: Findings) -> list[str]:
    zone = facts.question.zone
    there = attempt.at.astimezone(zone)
    became = words.ACTIONS[attempt.action]
    return [
        str(attempt.number),
        f"{there:%d %b %H:%M:%S}",
        _breakable(attempt.host or f"{facts.name(attempt.what)} (many names)"),
        "carried over" if attempt.carried_over else SEEN[attempt.seen].short,
        f"{became} × {attempt.times}" if attempt.times > 1 else became,
        attempt.rule.name if attempt.rule else _DASH,
        attempt.ground,
    ]


def _breakable(host: str) -> str:
    """A long name with places to break it, which nobody sees, lest it run out of its column."""
    if len(host) <= _LONG:
        return host
    return "\N{ZERO WIDTH SPACE}".join(host[i : i + 12] for i in range(0, len(host), 12))


def _event_row(record: Record, zone: ZoneInfo) -> list[str]:
    at = datetime.fromisoformat(record["@timestamp"])
    reason = record["event"].get("reason", "")
    said: str = record["message"]
    if reason and reason not in said:
        said = f"{said} ({reason})"
    return [str(record["event"]["sequence"]), moment(at, zone), said]


def _silent_in_sessions(facts: Findings) -> list[Gap]:
    silent = gaps(facts.material.signs, facts.question.since, _known_until(facts.question))
    return [
        part
        for gap in silent
        for start, end in facts.sessions
        if (part := gap.within(start, end)) is not None
    ]


def _gap_rows(facts: Findings) -> Document:
    """When nothing was watching: in session times; where these are not known, at any time."""
    zone = facts.question.zone
    known = bool(facts.sessions)
    silent = gaps(facts.material.signs, facts.question.since, _known_until(facts.question))
    found = _silent_in_sessions(facts) if known else silent
    rows = [
        [
            moment(g.start, zone),
            moment(g.end, zone),
            length(g.end - g.start),
            "stopped in good order" if g.stopped else "no sign of life",
        ]
        for g in found
    ]
    return {"in_sessions": known, "rows": rows[:MOST_GAPS], "more": max(0, len(rows) - MOST_GAPS)}


def _known_until(question: Question) -> datetime:
    """A gate cannot have been silent in what is still to come."""
    return min(question.until, question.at)


def _edition(edition: EditionKept, zone: ZoneInfo) -> Document:
    days: dict[date, list[str]] = {}
    for span in edition.sessions:
        start, end = span.start.astimezone(zone), span.end.astimezone(zone)
        said = f"{span.name} {start:%H:%M}{_DASH}{end:%H:%M}"
        days.setdefault(start.date(), []).append(said)
    return {
        "hash": edition.hash,
        "since": moment(edition.since, zone),
        "kept": edition.kept,
        "title": edition.title,
        "notice": edition.notice or _DASH,
        "files": [list(f) for f in edition.files],
        "rules": [[r.name, r.source, r.text] for r in edition.rules],
        "days": _alike(list(days.items())[:MOST_DAYS]),
        "more_days": max(0, len(days) - MOST_DAYS),
    }


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
    # A weekend lies between school days without a word; a longer pause is said.
    broken = any(b - a > timedelta(days=3) for a, b in pairwise(dates))
    said = f"{short_day(dates[0])} to {short_day(dates[-1])}"
    return f"{said}, {len(dates)} school days" if broken else said
