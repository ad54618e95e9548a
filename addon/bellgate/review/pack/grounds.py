"""Findings -> the points against the person, and those in favour. Pure: sentences, nothing else.

What helps is said as plainly as what does not, and nobody is given a score.
"""

from datetime import timedelta

from bellgate.review.pack import report_words
from bellgate.review.pack.findings import Findings, nobodys
from bellgate.review.pack.phrases import count, length, listed, some_of
from bellgate.review.visits.silences import school_days, silences


def weighs(facts: Findings) -> list[str]:
    """What does not help the person."""
    found = []
    pages = [v for v in facts.visits if v.grade == "page"]
    if pages:
        found.append(
            f"In {count(len(pages), 'visit')}, the browser asked for a page on the site itself "
            f"({count(facts.seen('page'), 'attempt')} in all)."
        )
    grounds = {a.ground for a in facts.material.attempts}
    found += [report_words.GROUNDS[g] for g in ("signed-in", "held") if g in grounds]
    clauses = sorted({a.rule.clause for a in facts.material.attempts if a.rule})
    found += [
        f"The rule rests on this clause of the policy: “{clause}”." for clause in clauses if clause
    ]
    # The notice is to staff; a person may be a pupil, and a device may be anybody's.
    notices = sorted({e.notice for e in facts.editions if e.notice and e.is_to_staff})
    if notices and facts.question.person:
        versions = "Versions" if len(notices) > 1 else "Version"
        was = "were" if len(notices) > 1 else "was"
        found.append(
            f"{versions} {listed(notices)} of the notice to staff {was} in force. Whether the "
            "person was given it is for the school to show."
        )
    return found or ["Nothing in the record."]


def helps(facts: Findings) -> list[str]:
    """What helps the person."""
    found = []
    if facts.carried_over:
        n = count(facts.carried_over, "connection")
        was = "was" if facts.carried_over == 1 else "were"
        found.append(f"{n} {was} {report_words.CARRIED_OVER}. {report_words.NO_BREACH}")
    by_itself = facts.seen("embedded") + facts.seen("background")
    if by_itself:
        found.append(
            f"{some_of(by_itself, facts.times, 'attempt')} came from other sites’ pages, or "
            "from a browser or app acting on its own."
        )
    if facts.seen("connection"):
        found.append(
            f"{some_of(facts.seen('connection'), facts.times, 'attempt')} showed only a "
            "connection. Whether a person made it is not known."
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
        whole = "The attempt" if facts.times == 1 else "Every attempt"
        one = len({a.what for a in facts.material.attempts if a.tried}) == 1
        these = "this service" if one else "these services"
        found.append(f"{whole} was refused, so nothing from {these} was shown.")
    found += _uncertain(facts)
    return found or ["Nothing in the record, apart from its limits (see below)."]


def _uncertain(facts: Findings) -> list[str]:
    """What weakens the record itself."""
    attempts, found = facts.material.attempts, []
    for why, n in nobodys(attempts).items():
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
    if facts.material.deleted:
        found.append(
            f"{count(facts.material.deleted, 'record')} from these days had been deleted when due. "
            f"Nobody can now say whom {'it' if facts.material.deleted == 1 else 'they'} concerned."
        )
    found += _unwatched(facts)
    quiet = _quiet_days(facts)
    if quiet:
        found.append(quiet)
    return found


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
            f"For {said} of session time in all, the gate may not have been watching (table B)."
        )
    if at_any_time:
        said = length(sum(at_any_time, timedelta()))
        found.append(
            f"For {said} in all, in or out of session, the gate may not have been watching. The "
            "timetable for that time is not known (tables B and D)."
        )
    if blank:
        said = length(sum(blank, timedelta()))
        found.append(
            f"For {said} in all, nobody can now say whether the gate was watching, because its own "
            "records from that time were deleted when due (table B)."
        )
    return found


def _quiet_days(facts: Findings) -> str:
    days = school_days(facts)
    if not days.quiet:
        return ""
    if days.watched == days.all:
        if len(days.all) == 1:
            return "On the one school day, nothing was recorded."
        return f"On {len(days.quiet)} of the {len(days.all)} school days, nothing was recorded."
    rest = len(days.all) - len(days.watched)
    others = "school day" if rest == 1 else count(rest, "school day")
    return (
        f"The gate was watching throughout {len(days.watched)} of the {len(days.all)} school days, "
        f"and on {len(days.quiet)} of those it recorded nothing. On the other {others} it may not "
        "have been watching throughout (table B)."
    )
