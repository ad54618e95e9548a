"""Two school years -> what is different, in sentences: terms, the week, single days, the zone.

Words only, about what the files say; what people notice of it is in `day_difference`. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.renamed import renamed
from bellgate.policy.wall_clock import WEEKDAYS, dates_in_words
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import EVER, Limits, SchoolYear, SpecialDay, Term, WeekDay

Entry = SpecialDay | WeekDay


def year_differences(old: SchoolYear, new: SchoolYear) -> Iterator[str]:
    """What the new year says otherwise, in the order of the file."""
    if str(old.zone) != str(new.zone):
        yield f"the time zone is now {new.zone}, was {old.zone}"
    if old.open_days != new.open_days:
        yield f"open days are now {_days(new.open_days)}, were {_days(old.open_days)}"
    yield from _of_a_shape(old.shape, new.shape)
    for group in dict.fromkeys((*old.shapes_for, *new.shapes_for)):
        nothing = DayShape()
        before, after = old.shapes_for.get(group, nothing), new.shapes_for.get(group, nothing)
        limits, were = (year.limits_for.get(group, EVER) for year in (new, old))
        yield from _of_a_group(group, before, after, limits)
        if limits != were and before != nothing != after:
            now, before_that = (str(each) or " always" for each in (limits, were))
            yield f"the hours of {group} now apply{now}, before{before_that}"
    yield from _of_the_terms(old.terms, new.terms)
    yield from _of_days(old.dates, new.dates)
    yield from _of_days(old.weekdays, new.weekdays)
    if _in_order(old.dates, new.dates) or _in_order(old.weekdays, new.weekdays):
        yield (
            "days that differ are now in another order: if two are about the same day, the later "
            "one counts"
        )


def _of_a_shape(old: DayShape, new: DayShape) -> Iterator[str]:
    yield from _of_windows(
        old,
        new,
        is_new=lambda name, span: f"{name} is new, {span}",
        is_gone=lambda name, span: f"{name} is no longer there, was {span}",
    )


def _of_a_group(group: str, old: DayShape, new: DayShape, limits: Limits) -> Iterator[str]:
    """What a group has of its own: a morning that it leaves out is the school's, and no new one."""
    yield from _of_windows(
        old,
        new,
        is_new=lambda name, span: f"{group} now has its own {name}, {span}{limits}",
        is_gone=lambda name, span: f"{group} no longer has its own {name}, was {span}",
        whose=f"{group} ",
    )


def _of_windows(
    old: DayShape,
    new: DayShape,
    *,
    is_new: Callable[[str, str], str],
    is_gone: Callable[[str, str], str],
    whose: str = "",
) -> Iterator[str]:
    """What becomes of each; `is_new` and `is_gone` are given its name and its hours."""
    for name, was, now in _windows(old, new):
        if was is None and now is not None:
            yield is_new(name, _span(now))
        elif now is None and was is not None:
            yield is_gone(name, _span(was))
        elif was is not None and now is not None:
            yield from _of_a_window(f"{whose}{name}", was, now)


def _windows(old: DayShape, new: DayShape) -> Iterator[tuple[str, Window | None, Window | None]]:
    """Each session and break by its name, with what it was and what it is."""
    for before, after in ((old.sessions, new.sessions), (old.breaks, new.breaks)):
        earlier = {w.name: w for w in before or ()}
        later = {w.name: w for w in after or ()}
        called = renamed(earlier, later, lambda window: (window.start, window.end))
        for name in dict.fromkeys((*earlier, *later)):
            if name not in called.values():
                yield name, earlier.get(called.get(name, name)), later.get(name)


def _span(window: Window) -> str:
    return f"{window.start:%H:%M} to {window.end:%H:%M}"


def _of_a_window(what: str, old: Window, new: Window) -> Iterator[str]:
    if old.name != new.name:
        yield f"{what.removesuffix(new.name)}{old.name} is now called {new.name}"
    if old.start != new.start:
        yield f"{what} now starts {new.start:%H:%M}, was {old.start:%H:%M}"
    if old.end != new.end:
        yield f"{what} now ends {new.end:%H:%M}, was {old.end:%H:%M}"


def _of_the_terms(old: Iterable[Term], new: Iterable[Term]) -> Iterator[str]:
    before, after = ({term.name: term for term in terms} for terms in (old, new))
    called = renamed(before, after, lambda term: (term.first_day, term.last_day, term.half_term))
    for name in dict.fromkeys((*before, *after)):
        if name in called:
            yield f"{called[name]} is now called {name}"
        elif name not in called.values():
            yield from _of_a_term(before.get(name), after.get(name))


def _of_a_term(old: Term | None, new: Term | None) -> Iterator[str]:
    if old is None and new is not None:
        yield f"{new.name} is new, {dates_in_words(new.first_day, new.last_day)}"
    elif new is None and old is not None:
        yield f"{old.name} is no longer there"
    elif old is not None and new is not None:
        for what, was, now in (
            ("starts", old.first_day, new.first_day),
            ("ends", old.last_day, new.last_day),
        ):
            if was != now:
                yield f"{new.name} now {what} {dates_in_words(now)}, was {dates_in_words(was)}"
        if old.half_term != new.half_term:
            now_off, was_off = (
                dates_in_words(*half) if half else "none" for half in (new.half_term, old.half_term)
            )
            yield f"half-term of {new.name} is now {now_off}, was {was_off}"


def moved_days(old: SchoolYear, new: SchoolYear) -> Iterator[tuple[SpecialDay, SpecialDay]]:
    """Each entry for single dates that has other dates now, as it was and as it is."""
    gone = [day for day in old.dates if not _among(day, new.dates)]
    come = [day for day in new.dates if not _among(day, old.dates)]
    for i, earlier in _corrected(gone, come).items():
        was, now = gone[earlier], come[i]
        if (was.first, was.last) != (now.first, now.last):
            yield was, now


def _of_days(old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[str]:
    gone = [day for day in old if not _among(day, new)]
    come = [day for day in new if not _among(day, old)]
    corrected = _corrected(gone, come)
    for i, day in enumerate(gone):
        if i not in corrected.values():
            yield f"{_dated(day)}{_for(day)} is no longer there"
    for i, day in enumerate(come):
        if i in corrected:
            yield _of_an_entry(gone[corrected[i]], day)
        else:
            yield f"{_dated(day)}{_for(day)} is new"


def _corrected(gone: Sequence[Entry], come: Sequence[Entry]) -> dict[int, int]:
    """Which of the new entries is which of the old ones: by name and dates, by dates alone, by
    name alone. Where several could be meant, none is."""
    found: dict[int, int] = {}
    for likeness in (lambda d: (d.name, _when(d)), _when, lambda d: d.name):
        befores = [likeness(d) if i not in found.values() else None for i, d in enumerate(gone)]
        afters = [likeness(d) if i not in found else None for i, d in enumerate(come)]
        for i, after in enumerate(afters):
            if after is not None and befores.count(after) == afters.count(after) == 1:
                found[i] = befores.index(after)
    return found


def _of_an_entry(old: Entry, new: Entry) -> str:
    was, now = _said(old), _said(new)
    if [key for key in now if now[key] != was[key]] == ["date"]:
        return f"{new.name} was moved to {_on(new)}, from {_on(old)}"
    return f"{_dated(new)} was corrected: {_otherwise(old, new)}"


def _otherwise(old: Entry, new: Entry) -> str:
    """`ends is now 14:00, was 13:00`, by the words of the file."""
    was, now = _said(old), _said(new)
    return "; ".join(_of_a_key(key, was[key], now[key]) for key in now if now[key] != was[key])


def _of_a_key(key: str, was: str, now: str) -> str:
    if key == "for":
        return f"now for {now} only, was for {was}" if now != EVERYONE else f"now for {now}"
    if not was:
        return f"{key} is now {now}"
    return f"{key} is now {now}, was {was}" if now else f"{key} is taken out, was {was}"


def _said(day: Entry) -> Mapping[str, str]:
    """What an entry says, key by key."""
    date_key = "day" if isinstance(day, WeekDay) else "date"
    shape = day.shape or DayShape()
    return {
        "name": f"“{day.name}”" if day.name != _plain(day) else "",
        date_key: _days(day.days) if isinstance(day, WeekDay) else _on(day),
        "from": _limit(day, "first"),
        "until": _limit(day, "last"),
        "closed_to": _names(day.closed_to),
        "open_to": _names(day.open_to),
        "for": _names(day.for_groups),
        "starts": f"{day.starts:%H:%M}" if day.starts else "",
        "ends": f"{day.ends:%H:%M}" if day.ends else "",
        "extra": _hours(day.extra or None),
        "sessions": _hours(shape.sessions),
        "breaks": _hours(shape.breaks),
    }


def _limit(day: Entry, end: str) -> str:
    date = getattr(day.limits, end) if isinstance(day, WeekDay) else None
    return dates_in_words(date) if date else ""


def _names(groups: Iterable[str]) -> str:
    return ", ".join(sorted(groups)) or ""


def _hours(windows: Iterable[Window] | None) -> str:
    if windows is None:
        return ""
    return ", ".join(f"{w.name} {w.start:%H:%M} to {w.end:%H:%M}" for w in windows) or "none"


def _in_order(old: Sequence[Entry], new: Sequence[Entry]) -> bool:
    """Whether the days of both are in another order."""
    before, after = [_without_line(d) for d in old], [_without_line(d) for d in new]
    return [d for d in before if d in after] != [d for d in after if d in before]


def _among(day: Entry, others: Sequence[Entry]) -> bool:
    """Whether a day that differs is there, wherever its line is now."""
    return any(_without_line(day) == _without_line(other) for other in others)


def _without_line(day: Entry) -> tuple[object, ...]:
    hours = (day.shape, day.starts, day.ends, day.extra)
    return (day.name, _when(day), day.closed_to, day.open_to, day.for_groups, *hours)


def _when(day: Entry) -> object:
    return (day.days, day.limits) if isinstance(day, WeekDay) else (day.first, day.last)


def _dated(day: Entry) -> str:
    if isinstance(day, WeekDay):
        return f"each {_on(day)}" if day.name == _plain(day) else f"{day.name} each {_on(day)}"
    return f"{day.name} {'on' if day.first == day.last else 'from'} {_on(day)}"


def _for(day: Entry) -> str:
    """Whose hours an entry is about, where it is not about everybody's."""
    said = _said(day)["for"]
    return f", for {said}," if said != EVERYONE else ""


def _plain(day: Entry) -> str:
    """What an entry is called that has no name."""
    return _days(day.days) if isinstance(day, WeekDay) else _on(day)


def _on(day: Entry) -> str:
    if isinstance(day, WeekDay):
        return f"{_days(day.days)}{day.limits}"
    return dates_in_words(day.first, day.last)


def _days(numbers: Iterable[int]) -> str:
    return ", ".join(WEEKDAYS[n] for n in sorted(numbers))
