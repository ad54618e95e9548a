"""Findings -> the points against the person, and those in favour. Pure: sentences, nothing else.

What helps is said as plainly as what does not, and nobody is given a score.
"""

from datetime import timedelta

from bellgate.review.pack import report_words
from bellgate.review.pack.findings import Findings, nobodys
from bellgate.review.pack.holders import by_holder
from bellgate.review.pack.phrases import count, length, listed, lower, some_of
from bellgate.review.visits.silences import school_days, silences


def weighs(facts: Findings) -> list[str]:
    """What does not help the person."""
    if not facts.times:
        return ["Nothing in the record."]
    found = []
    # What the rule permits is held against nobody.
    pages = [v for v in facts.visits if v.grade == "page" and v not in facts.permitted]
    if pages:
        asked = sum(v.seen["page"] for v in pages)
        in_ = "Apart from the visits that were permitted, in" if facts.permitted else "In"
        found.append(
            f"{in_} {count(len(pages), 'visit')}{by_holder(facts, pages)}, the browser asked for a "
            f"page on the site itself ({count(asked, 'attempt')}{' in all' if asked > 1 else ''})."
        )
    found += [
        _of_so_many(facts, ground, said)
        for ground, said in report_words.SHOWS.items()
        if _tried(facts, ground)
    ]
    permitted = {a.number for v in facts.permitted for a in v.attempts}
    against = (a for a in facts.material.attempts if a.tried and a.number not in permitted)
    clauses = sorted({a.rule.clause for a in against if a.rule and a.rule.clause})
    some = "some of " if len(clauses) > 1 else ""
    these = f"{some}the other attempts" if facts.permitted else f"{some}these attempts"
    found += [
        f"The rule that covers {these} rests on this clause of the policy: “{clause}”."
        for clause in clauses
    ]
    # The notice is to staff; a person may be a pupil, and a device may be anybody's.
    notices = sorted({e.notice for e in facts.editions if e.notice and e.is_to_staff})
    if notices and facts.question.person:
        versions = "Versions" if len(notices) > 1 else "Version"
        found.append(
            f"{versions} {listed(notices)} of the notice to staff applied at the time. It is for "
            "the school to show that the person was given it."
        )
    return found


def helps(facts: Findings) -> list[str]:
    """What helps the person."""
    found = [said for ground, said in report_words.YET.items() if _tried(facts, ground)]
    if facts.carried_over:
        found.append(report_words.cut_off(facts.carried_over))
    if by_itself := facts.seen("embedded") + facts.seen("background"):
        found.append(report_words.by_itself(by_itself, facts.times))
    if facts.seen("connection"):
        found.append(report_words.connection_only(facts.seen("connection"), facts.times))
    if at_break := facts.at_break:
        found.append(
            f"According to the times shown, {lower(some_of(at_break, facts.times, 'attempt'))} "
            "fell in a break within a session (table D). According to the school’s files, a break "
            "counts as part of its session; people may have thought of it as their own time."
        )
    given = [a for a in facts.material.attempts if a.action == "answered" and a.reason]
    reasons = dict.fromkeys(a.reason for a in sorted(given, key=lambda a: a.at))
    if facts.permitted:
        found.append(report_words.permitted(len(facts.permitted)))
    if facts.answered:
        found.append(f"A purpose was given: {listed([f'“{r}”' for r in reasons])}.")
    if facts.did("exempted"):
        found.append(
            f"{count(facts.did('exempted'), 'attempt')} fell under an exemption (table C)."
        )
    if facts.all_refused:
        found.append(report_words.all_refused(facts.times))
    found += _uncertain(facts)
    return found or ["Nothing in the record, apart from its limits (see below)."]


def _tried(facts: Findings, ground: str) -> int:
    return sum(a.tried for a in facts.material.attempts if a.ground == ground)


def _of_so_many(facts: Findings, ground: str, said: str) -> str:
    """The same sentence, with how many attempts it is true of where that is not all."""
    n = _tried(facts, ground)
    if n == facts.times:
        return said
    return f"For {n:,} of the {count(facts.times, 'attempt')}, {lower(said)}"


def _uncertain(facts: Findings) -> list[str]:
    """What weakens the record itself."""
    found = []
    for why, n in nobodys(facts.material.attempts).items():
        be = "is" if n == 1 else "are"
        because = report_words.NOBODYS[why]
        found.append(f"{count(n, 'attempt')} {be} attributed to nobody, because {because}.")
    if left_out := facts.unattributed:
        further = count(left_out, "further attempt")
        be = "is" if left_out == 1 else "are"
        found.append(
            f"{further} from {_same_devices(facts)} could not be attributed to anybody, and {be} "
            "not in this pack."
            if facts.question.person
            else f"{further} came from the device’s MAC address on another network, where it may "
            f"be a copy, and {be} not in this pack."
        )
    if others := facts.material.others:
        be = "is" if others == 1 else "are"
        found.append(
            f"{count(others, 'attempt')} from {_same_devices(facts)} {be} attributed to another "
            f"holder and {be} not included in this pack."
        )
    if facts.material.deleted and facts.deleted_may_be_theirs:
        found.append(facts.deleted_said)
    return [*found, *_unwatched(facts), *_quiet_days(facts)]


def _same_devices(facts: Findings) -> str:
    several = len({held.device for held in facts.question.held}) > 1
    return f"the same device{'s' if several else ''}"


def _unwatched(facts: Findings) -> list[str]:
    """In sessions; where these are not known; and where any sign of life has been deleted."""
    found, silent = [], silences(facts)
    blank = [s.length for s in silent if s.deleted]
    in_sessions = [s.length for s in silent if s.in_session and not s.deleted]
    at_any_time = [s.length for s in silent if not s.in_session and not s.deleted]
    if in_sessions:
        said = length(sum(in_sessions, timedelta()))
        found.append(
            f"For {said} of session time in all, the gate may not have been watching (table B), so "
            "the record may not be complete."
        )
    if at_any_time:
        said = length(sum(at_any_time, timedelta()))
        found.append(
            f"For {said} in all, in or out of session, the gate may not have been watching, so the "
            "record may not be complete. The timetable for that time is not known (tables B and D)."
        )
    if blank:
        said = length(sum(blank, timedelta()))
        found.append(
            f"For {said} in all, nobody can now tell whether the gate was watching, because its "
            "own records from that time have been deleted (table B)."
        )
    return found


def _quiet_days(facts: Findings) -> list[str]:
    days = school_days(facts)
    if not days.quiet:
        return []
    whom = "this person" if facts.question.person else "this device"
    if len(days.all) == 1:
        return [f"On the one school day, nothing was recorded about {whom}."]
    on = f"On {len(days.quiet)} of the {len(days.all)} school days"
    if days.watched == days.all:
        return [f"{on}, nothing was recorded about {whom}."]
    said = f"{on}, the gate was watching throughout and recorded nothing about {whom}."
    if days.unsure:
        others = "one other day" if len(days.unsure) == 1 else f"{len(days.unsure)} other days"
        said += (
            f" On {others} it recorded nothing either, but may not have been watching all the time "
            "(table B)."
        )
    return [said]
