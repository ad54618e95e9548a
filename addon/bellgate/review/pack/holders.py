"""Who held a device, and what of it is attributed to whom: apart for each, and nobody else by name.

Pure. A pack names its subject alone. Whoever else held the device is another holder, in every
sentence and table of the report.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.policy.intervals import DAWN
from bellgate.review.pack import report_words
from bellgate.review.pack.findings import Findings, nobodys
from bellgate.review.pack.phrases import at_moment, count, listed, moment, short_day
from bellgate.review.pack.question import Held, Question
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import Visit, visits

_DASH = "–"


def holders_rows(facts: Findings) -> list[list[str]]:
    """Of a device: each holder with the days and their own counts, and what is nobody's. Of a
    person, and of a device that nobody held: nothing."""
    if facts.question.person is not None:
        return []
    labels, attempts, zone = labels_of(facts), facts.material.attempts, facts.question.zone
    rows = []
    for person, label in labels.items():
        spans = [h for h in facts.question.held if h.person == person]
        for held in (*spans, *([None] if not spans else ())):
            theirs = [a for a in attempts if a.person == person and _in(a, held)]
            start = short_day(held.start.astimezone(zone).date()) if held else _DASH
            end = _until(held, zone) if held else _DASH
            rows.append([label, start, end, *_counts(theirs)])
    nobodys = [a for a in attempts if a.person is None]
    if rows and any(a.tried for a in nobodys):
        rows.append(["attributed to nobody", _DASH, _DASH, *_counts(nobodys)])
    return rows


def _until(held: Held, zone: ZoneInfo) -> str:
    """The last day, or a moment within a day."""
    if held.end is None:
        return "still has it"
    there = held.end.astimezone(zone)
    whole = there.time() == time()
    return short_day(_last_day(held.end, zone)) if whole else moment(held.end, zone)


def held_said(facts: Findings) -> str:
    """What a person had in the time asked about, and where that was nothing, what before and after:
    it may be why nothing is there."""
    question = facts.question
    if question.person is None:
        return ""
    spans = sorted((h for h in question.held if h.person == question.person), key=_by_start)
    during = [h for h in spans if _touches(facts, h)]
    if during:
        return f"{_by_the_list(question)} {question.person} {_each_had(facts, during)}."
    said = f"{_by_the_list(question)} {question.person} had no device in this period."
    if before := [h for h in spans if h.start < question.since][-1:]:
        said += f" The last one before it was {_each(facts, before)}."
    if after := [h for h in spans if h.start >= question.until][:1]:
        said += f" The first one after it was {_each(facts, after)}."
    return said


def _by_the_list(question: Question) -> str:
    day = question.at.astimezone(question.zone).date()
    return f"According to the school’s list of devices as it stood on {short_day(day)},"


def _each_had(facts: Findings, spans: Iterable[Held]) -> str:
    """`had A from … until … and has had B since …`."""
    zone = facts.question.zone
    return listed([_had(h, zone) for h in spans])


def _had(held: Held, zone: ZoneInfo) -> str:
    if held.end is not None:
        return f"had {held.device}{_from_to(held, zone)}"
    if held.start <= DAWN:
        return f"has {held.device}"
    return f"has had {held.device} since {short_day(held.start.astimezone(zone).date())}"


def _each(facts: Findings, spans: Iterable[Held]) -> str:
    zone = facts.question.zone
    return listed([f"{h.device}{_from_to(h, zone)}" for h in spans])


def _from_to(held: Held, zone: ZoneInfo) -> str:
    """` from Tue 1 Sep 2026 until Fri 16 Oct 2026`."""
    start = "" if held.start <= DAWN else f" from {short_day(held.start.astimezone(zone).date())}"
    if held.end is None:
        return start
    return f"{start} until {short_day(_last_day(held.end, zone))}"


def _last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day on which somebody had a device that was theirs to before `end`."""
    return (end - datetime.resolution).astimezone(zone).date()


def _by_start(held: Held) -> datetime:
    return held.start


def handovers_said(facts: Findings) -> Iterator[str]:
    """Each change of holder in the time asked about, with what was recorded before and after."""
    question, labels = facts.question, labels_of(facts)
    for before, after in _changes(facts):
        if not question.since < after.start < question.until:
            continue
        device = "the device" if question.device else after.device
        was, now = labels[before.person], labels[after.person]
        if (was, now) == ("one holder", "another holder"):
            now = "another"
        said = _passed(before, after, device, (was, now), question.zone)
        if question.device:
            yield f"{said} {_both(facts, before, after)}"
        else:
            yield f"{said} None of the figures includes anything attributed to another holder."


def _passed(
    before: Held, after: Held, device: str, holders: tuple[str, str], zone: ZoneInfo
) -> str:
    """`At 00:00:00 on Mon 2 Nov 2026 the device passed from one holder to another.`"""
    was, now = holders
    if before.end is None or before.end >= after.start:
        at = at_moment(after.start, zone)
        return f"{at[:1].upper()}{at[1:]} {device} passed from {was} to {now}."
    last = short_day(_last_day(before.end, zone))
    again = short_day(after.start.astimezone(zone).date())
    had = f"{was[:1].upper()}{was[1:]}" if was.startswith(("one", "another")) else was
    return (
        f"{had} had {device} until {last}, and {now} had it from {again}. In between, it had no "
        "holder."
    )


def unattributed_said(facts: Findings) -> str:
    """How many attempts on a person's devices are attributed to nobody, and why."""
    found = [a for a in facts.material.unattributed if a.tried]
    if not found or not facts.question.person:
        return ""
    whole, reasons = sum(a.tried for a in found), nobodys(found)
    because = [f"{n:,} because {report_words.NOBODYS[why]}" for why, n in reasons.items()]
    said = f", because {report_words.NOBODYS[next(iter(reasons))]}"
    if len(reasons) > 1:
        said = f": {listed(because)}"
    devices = sorted({a.device or a.claimed or "" for a in found})
    attempts = count(whole, "attempt")
    is_ = "is" if whole == 1 else "are"
    return (
        f"On the person’s {'devices' if len(devices) > 1 else 'device'} {listed(devices)}, "
        f"{attempts} {is_} attributed to nobody{said}."
    )


def nobodys_said(facts: Findings) -> str:
    """Of a device: how many of its attempts are attributed to nobody."""
    if facts.question.device is None:
        return ""
    theirs = [a for a in facts.material.attempts if a.person is None and a.tried]
    if not theirs:
        return ""
    n, made = sum(a.tried for a in theirs), len(visits(theirs))
    are = "is" if n == 1 else "are"
    return f"{count(n, 'attempt')}, in {count(made, 'visit')}, {are} attributed to nobody."


def by_holder(facts: Findings, found: Iterable[Visit]) -> str:
    """` (2 of one holder, 1 attributed to nobody)`: of a device, whose visits these are."""
    if facts.question.device is None:
        return ""
    labels = labels_of(facts)
    whose = Counter(labels.get(v.attempts[0].person or "", "") for v in found)
    if len(whose) < 2 and "" not in whose:
        return ""
    parts = [
        f"{n} of {label}" if label else f"{n} attributed to nobody" for label, n in whose.items()
    ]
    return f" ({', '.join(parts)})"


def labels_of(facts: Findings) -> Mapping[str, str]:
    """What each holder is called: the subject by their pseudonym, nobody else by theirs."""
    question = facts.question
    held = (h.person for h in sorted(question.held, key=lambda h: h.start) if _touches(facts, h))
    recorded = (a.person for a in facts.material.attempts if a.person)
    labels: dict[str, str] = {}
    for person in dict.fromkeys((*held, *recorded)):
        others = [each for each in labels if each != question.person]
        if person == question.person:
            labels[person] = person
        elif question.device and not others:
            labels[person] = "one holder"
        else:
            number = len(others) + (0 if question.device else 1)
            labels[person] = "another holder" + (f" ({number})" if number > 1 else "")
    return labels


def without_others(facts: Findings, said: Any) -> Any:
    """The same text, lists and tables, and in them nobody's pseudonym but the subject's."""
    names = {p: label for p, label in labels_of(facts).items() if p != facts.question.person}
    if not names:
        return said
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])")
    return _replaced(said, pattern, names)


def _replaced(said: Any, pattern: re.Pattern[str], names: Mapping[str, str]) -> Any:
    match said:
        case str():
            return pattern.sub(lambda m: names[m[1]], said)
        case list():
            return [_replaced(each, pattern, names) for each in said]
        case dict():
            return {name: _replaced(each, pattern, names) for name, each in said.items()}
    return said


def _changes(facts: Findings) -> Iterator[tuple[Held, Held]]:
    """Two holders of one device that follow each other."""
    by_device: dict[str, list[Held]] = {}
    for held in sorted(facts.question.held, key=lambda h: h.start):
        by_device.setdefault(held.device, []).append(held)
    for spans in by_device.values():
        for before, after in pairwise(spans):
            labels = labels_of(facts)
            if before.person != after.person and {before.person, after.person} <= labels.keys():
                yield before, after


def _both(facts: Findings, before: Held, after: Held) -> str:
    first, made = _made(facts, before)
    _, then = _made(facts, after)
    are = "is" if first == 1 else "are"
    return f"{made} {are} attributed to the first of these holders, and {then} to the second."


def _made(facts: Findings, held: Held) -> tuple[int, str]:
    theirs = (a for a in facts.material.attempts if a.person == held.person and _in(a, held))
    attempts, visited = map(int, _counts(theirs))
    return attempts, f"{count(attempts, 'attempt')} in {count(visited, 'visit')}"


def _counts(attempts: Iterable[Attempt]) -> list[str]:
    theirs = list(attempts)
    made = [visit for visit in visits(theirs) if visit.times]
    return [str(sum(a.tried for a in theirs)), str(len(made))]


def _in(attempt: Attempt, held: Held | None) -> bool:
    return held is None or held.holds(attempt.at)


def _touches(facts: Findings, held: Held) -> bool:
    question = facts.question
    return held.start < question.until and (held.end is None or question.since < held.end)
