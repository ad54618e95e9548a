"""Findings -> what weighs against the person, and what helps. Pure: sentences and nothing else.

What helps is said as plainly as what does not; nobody is scored.
"""

from datetime import timedelta

from bellgate.review.pack import report_words
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import count, length, listed, lower
from bellgate.review.visits.silences import school_days, silences


def weighs(facts: Findings) -> list[str]:
    """What does not help the person."""
    found = []
    pages = [v for v in facts.visits if v.grade == "page"]
    if pages:
        found.append(
            f"In {count(len(pages), 'visit')} the browser asked for a page of the site itself, "
            f"{count(facts.seen('page'), 'time')} in all."
        )
    grounds = {a.ground for a in facts.material.attempts}
    found += [report_words.GROUNDS[g] for g in ("signed-in", "held") if g in grounds]
    clauses = sorted({a.rule.clause for a in facts.material.attempts if a.rule})
    found += [f"The rule names as its ground: “{clause}”." for clause in clauses if clause]
    notices = sorted({e.notice for e in facts.editions if e.notice})
    if notices:
        found.append(
            f"The notice to staff in force was version {listed(notices)}. Whether it was given to "
            "this person is not known here: the school must show it."
        )
    return found or ["Nothing in the record."]


def helps(facts: Findings) -> list[str]:
    """What helps the person."""
    found = []
    if facts.carried_over:
        n = count(facts.carried_over, "connection")
        found.append(f"{n}: {report_words.CARRIED_OVER}.")
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
    if facts.answered:
        found.append(f"A purpose was given: {listed([f'“{r}”' for r in reasons])}.")
    if facts.did("exempted"):
        found.append(
            f"{count(facts.did('exempted'), 'attempt')} fell under an exemption (table C)."
        )
    if facts.all_refused:
        found.append("Every attempt was refused: nothing was seen of these services.")
    found += _uncertain(facts)
    return found or ["Nothing in the record but the limits (page 2)."]


def _uncertain(facts: Findings) -> list[str]:
    """What weakens the record itself."""
    attempts, found = facts.material.attempts, []
    for ground in ("shared", "address", "unknown"):
        n = sum(a.tried for a in attempts if a.ground == ground)
        if n:
            found.append(f"{count(n, 'attempt')}: {lower(report_words.GROUNDS[ground])}")
    if left_out := facts.unattributed:
        found.append(
            f"{count(left_out, 'further attempt')} of the same devices could not be attributed to "
            f"anybody, and {'is' if left_out == 1 else 'are'} not in this pack."
        )
    if others := facts.material.others:
        found.append(
            f"{count(others, 'attempt')} of the same devices {'is' if others == 1 else 'are'} "
            "attributed to another holder, and not in this pack."
        )
    if facts.material.deleted:
        found.append(
            f"{count(facts.material.deleted, 'record')} of these days had been deleted, their time "
            "being up: whose they were cannot be told any more."
        )
    found += _unwatched(facts)
    quiet = _quiet_days(facts)
    if quiet:
        found.append(quiet)
    return found


def _unwatched(facts: Findings) -> list[str]:
    """In sessions, where these are not known, and where no sign of life could be left by now."""
    found, silent = [], silences(facts)
    blank = [s.length for s in silent if s.deleted]
    in_sessions = [s.length for s in silent if s.in_session and not s.deleted]
    at_any_time = [s.length for s in silent if not s.in_session and not s.deleted]
    if in_sessions:
        said = length(sum(in_sessions, timedelta()))
        found.append(f"In session times the gate was not watching for {said} (table B).")
    if at_any_time:
        said = length(sum(at_any_time, timedelta()))
        found.append(
            f"For {said} the gate was not watching, in sessions or not: of that time the timetable "
            "is not known (tables B and D)."
        )
    if blank:
        said = length(sum(blank, timedelta()))
        found.append(
            f"For {said} it cannot be told any more whether the gate was watching: its own records "
            "of that time have been deleted, their time being up (table B)."
        )
    return found


def _quiet_days(facts: Findings) -> str:
    days = school_days(facts)
    if not days.quiet:
        return ""
    if days.watched == days.all:
        return f"On {len(days.quiet)} of {count(len(days.all), 'school day')} nothing was recorded."
    rest = len(days.all) - len(days.watched)
    return (
        f"On {len(days.quiet)} of {count(len(days.watched), 'school day')} that were watched "
        f"throughout nothing was recorded; {rest} more "
        f"{'was' if rest == 1 else 'were'} not watched throughout, or it cannot be told (table B)."
    )
