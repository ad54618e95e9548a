"""Material -> what an evidence pack says, as plain text in the order of its pages.

Pure. Counts and sentences are made here and in the files beside it, and only laid out by
`pack.typ`; the fixed words are in `words.py`.
"""

from typing import Any

from bellgate.audit.record.event_kinds import DECISION
from bellgate.audit.record.seen import SEEN
from bellgate.policy.action import OUTCOMES
from bellgate.review.pack import report_words
from bellgate.review.pack.clock_words import clock_words
from bellgate.review.pack.doubts import NOT_OUTSIDE, doubts
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.grounds import helps, weighs
from bellgate.review.pack.holders import (
    handovers_said,
    held_said,
    holders_rows,
    nobodys_said,
    unattributed_said,
    without_others,
)
from bellgate.review.pack.objected import objection_said
from bellgate.review.pack.opened import opened_rows, opened_said
from bellgate.review.pack.other_logs_told import logs_said
from bellgate.review.pack.phrases import at_moment, count, listed, long_day, moment
from bellgate.review.pack.question import Question
from bellgate.review.pack.tables import (
    about_table,
    edition_parts,
    exemptions_table,
    gaps_table,
    incidents_table,
    records_table,
    visits_table,
)
from bellgate.review.visits.visits import GRADES

Document = dict[str, Any]
"""Text, lists and tables only: what the layout is given as JSON."""


def document(facts: Findings) -> Document:
    """All that the pack's document says."""
    question = facts.question
    said: Document = without_others(facts, _said(facts))
    # The rules are shown as they stand in their file.
    editions = edition_parts(facts.editions, question.zone)
    return said | {"editions": editions}


def _said(facts: Findings) -> Document:
    question = facts.question
    return {
        "school": facts.school,
        "title": f"Record of connections: {_kind(question)} {question.subject}",
        "days": _days(question),
        "period": _period(question),
        "clock": " ".join(clock_words(facts)),
        "made": moment(question.at, question.zone),
        "day": [question.at.year, question.at.month, question.at.day],
        "simulated": question.simulated,
        "damaged": [f"{said}." for said in facts.damage],
        "logs": logs_said(facts),
        "brief": _brief(facts),
        "doubts": doubts(facts),
        "holders": holders_rows(facts),
        "objection": objection_said(facts),
        "grades": _grades(facts),
        "not_shown": list(report_words.not_shown(refused=True)),
        "whom": "the person" if question.person else "whoever used it",
        "weighs": weighs(facts),
        "helps": helps(facts),
        "asked": _asked(facts),
        "log": _log(facts),
        "check": list(report_words.CHECK) if facts.anchored else [NOT_OUTSIDE, *report_words.ALONE],
        "challenge": report_words.challenge(
            of_a_person=question.person is not None,
            is_to_staff=any(e.is_to_staff for e in facts.editions),
        ),
        "grounds": _grounds(facts),
        "visits": visits_table(facts),
        "gaps": gaps_table(facts),
        "incidents": incidents_table(facts),
        "exemptions": exemptions_table(facts),
        "opened": opened_rows(facts),
        "about": about_table(facts),
        "limits": list(report_words.LIMITS),
        "records": records_table(facts),
    }


def _kind(question: Question) -> str:
    return "person" if question.person else "device"


def _days(question: Question) -> str:
    first, last = long_day(question.first), long_day(question.last)
    return first if first == last else f"{first} to {last}, inclusive"


def _period(question: Question) -> str:
    said = _days(question)
    if question.cut_short:
        until = at_moment(question.until, question.zone)
        said += f", but only up to {until.removeprefix('at ')}, when this was requested"
    return said


def _brief(facts: Findings) -> list[str]:
    """The answer, for a reader who reads nothing else."""
    if not facts.material.attempts:
        return [_nothing(facts), *_beside(facts), *_what_nothing_shows(facts)]
    # A connection that was only carried over does not make a visit.
    made = [v for v in facts.visits if v.times]
    days = {v.first.astimezone(facts.question.zone).date() for v in made}
    services = sorted({facts.name(v.what) for v in made})
    said = [
        f"{count(facts.times, 'attempt')} to reach {listed(services)} "
        f"{'was' if facts.times == 1 else 'were'} recorded, in {count(len(made), 'visit')} on "
        f"{count(len(days), 'day')}.{_in_or_out_of_sessions(facts)} A visit is a run of attempts, "
        "whether or not they succeeded."
        if made
        else "No attempt was recorded in this period.",
        _how_seen(facts),
        _what_became(facts),
    ]
    if facts.carried_over:
        said.append(report_words.cut_off(facts.carried_over))
    said += _beside(facts)
    if facts.material.deleted:
        gone = facts.deleted_said
        them = "it" if facts.material.deleted == 1 else "them"
        said.append(f"{gone} No figure here includes {them}.")
    return [s for s in said if s]


def _beside(facts: Findings) -> list[str]:
    """What the counts leave out, or hold of several people."""
    said = [
        held_said(facts),
        *handovers_said(facts),
        unattributed_said(facts),
        nobodys_said(facts),
        opened_said(facts),
    ]
    return [s for s in said if s]


def _nothing(facts: Findings) -> str:
    log = "This log" if facts.material.elsewhere else "The log"
    if facts.unattributed and facts.question.person:
        return f"{log} attributes no record to {facts.question.subject} in this period."
    return f"{log} holds no record of {facts.question.subject} in this period."


def _what_nothing_shows(facts: Findings) -> list[str]:
    """Silence is an answer only where the log is whole and there is no other."""
    said = []
    if facts.material.elsewhere:
        said.append("That does not show that nothing was recorded: there are other logs (above).")
    if facts.unattributed and facts.question.person:
        said.append("That does not show that nothing was done on these devices.")
    if facts.material.deleted:
        gone = facts.deleted_said
        said.append(f"That does not show that nothing was recorded. {gone}")
    return said or [
        "So the gate recorded nothing while it was watching (table B lists the times when it may "
        "not have been). It records only what the rules name (table D)."
    ]


def _in_or_out_of_sessions(facts: Findings) -> str:
    """Some rules hold at lunch, or always: what they name may fall in people's own time."""
    outside = [a for a in facts.material.attempts if a.tried and a.session is None]
    if not outside:
        when = "It was during a session" if facts.times == 1 else "All were during sessions"
        return f" {when} (table D)."
    rules = sorted({f"“{a.rule.name}”" for a in outside if a.rule})
    n = sum(a.tried for a in outside)
    whole = "It was" if n == 1 else "All were"
    when = whole if n == facts.times else f"{n:,} of them {'was' if n == 1 else 'were'}"
    by = f", under the rule{'s' if len(rules) > 1 else ''} {listed(rules)}" if rules else ""
    return f" {when} outside sessions{by}."


def _how_seen(facts: Findings) -> str:
    seen = {g: facts.seen(g) for g in GRADES if facts.seen(g)}
    if facts.times == 1:
        return "".join(SEEN[g].one for g in seen)
    parts = [SEEN[g].of_many.format(f"{n:,}", "was" if n == 1 else "were") for g, n in seen.items()]
    return f"Of these attempts, {listed(parts)}." if parts else ""


def _what_became(facts: Findings) -> str:
    if facts.all_refused:
        asked = facts.did("ask")
        whom = "It" if facts.times == 1 else f"{asked:,} of them"
        were = "was" if asked == 1 else "were"
        how = f" {whom} {were} met with the question “What do you need it for?”" if asked else ""
        return f"{report_words.all_refused(facts.times)}{how}"
    parts = [
        f"{n:,} {'was' if n == 1 else 'were'} {kind.report}"
        for action, kind in OUTCOMES.items()
        if kind.is_attempt and (n := facts.did(action))
    ]
    said = f"Of them, {listed(parts)}." if parts else ""
    if facts.answered:
        answers = count(facts.answered, "answer")
        was = "was" if facts.answered == 1 else "were"
        said += f" {answers} {was} given on the page, and the rules then opened the service."
    return said.strip()


def _grades(facts: Findings) -> list[list[str]]:
    rows = []
    for grade in GRADES:
        in_visits = sum(1 for v in facts.visits if v.seen.get(grade))
        word = SEEN[grade]
        rows.append([word.short, word.meaning, f"{facts.seen(grade):,}", f"{in_visits:,}"])
    return rows


def _asked(facts: Findings) -> list[list[str]]:
    question, left_out = facts.question, facts.unattributed + facts.material.others
    whom = "the person with the pseudonym" if question.person else "the device"
    left = (
        f"Nothing that the log still holds about this {_kind(question)}. Records about others are "
        "left out, and so are the gate’s records about itself, except those in table B."
    )
    if left_out:
        left = f"{count(left_out, 'attempt')} " + (
            "not attributed to this person."
            if question.person
            else "from the device’s MAC address on another network."
        )
    if facts.material.deleted:
        left += f" {facts.deleted_said}"
    return [
        ["Requested by", f"{question.by} (account), {at_moment(question.at, question.zone)}"],
        ["Why", question.reason],
        ["About", f"{whom} {question.subject}"],
        ["Period", _period(question)],
        ["The query", question.words],
        ["Left out", left],
        ["Custody", "The log itself records who made this pack, when and why, and the SHA-256 (a "
         "fingerprint) of the pack and of report.pdf."],
    ]  # fmt: skip


def _log(facts: Findings) -> list[list[str]]:
    checkpoint = facts.checkpoint
    return [
        ["Log", checkpoint.origin],
        ["Whole log", f"{count(checkpoint.size, 'record')}"],
        ["Root hash", checkpoint.root.hex()],
        *_numbers(facts),
    ]


def _numbers(facts: Findings) -> list[list[str]]:
    """Which of the subject's records in the log these are."""
    question = facts.question
    # The records of a deletion stand there too, and have no number of the subject's.
    between = sum(r["event"]["dataset"] == DECISION for r in facts.material.between)
    kind = _kind(question)
    numbers = [a.nth[kind] for a in facts.material.attempts if kind in a.nth]
    if not numbers:
        return []
    but = f", except for {between:,} whose dates fall outside the period" if between else ""
    said = (
        f"The records of {question.subject} have their own numbering. This pack has numbers "
        f"{min(numbers):,} to {max(numbers):,}{but}. Table E uses the numbering of the whole log."
    )
    return [["Numbers", said]]


def _grounds(facts: Findings) -> list[list[str]]:
    """What the grounds in the tables mean; only those that occur there."""
    occurring = {a.ground for a in facts.material.attempts}
    return [
        [report_words.GROUNDS_SHORT[ground], said]
        for ground, said in report_words.GROUNDS.items()
        if ground in occurring
    ]
