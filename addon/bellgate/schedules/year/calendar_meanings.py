"""What one event of a calendar means for the school year: its title, its dates and its hours.

What is not understood is reported with its line, and changes nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time, timedelta

from bellgate.schedules.year.calendar_kinds import (
    NEARLY,
    SHORTEST_TERM,
    UNCLEAR,
    Kind,
    Meaning,
    Setting,
    apart,
)
from bellgate.schedules.year.calendar_lexicon import Sort
from bellgate.schedules.year.calendar_names import own_words
from bellgate.schedules.year.calendar_said import hours_of
from bellgate.schedules.year.calendar_title import Title, groups_meant, title_of
from bellgate.schedules.year.calendar_wording import said_by
from bellgate.schedules.year.icalendar_file import Event

_LONGEST_SO_CALLED = timedelta(days=28)
"""Some feeds call every holiday a half-term. What is longer is half of a term."""
# A shorter event that stands in the school day is a meeting, or part of a day.
_A_SCHOOL_DAY = timedelta(hours=5)
_OWN_KINDS: Mapping[str, Kind] = {
    "term": "term",
    "first day of term": "first day",
    "last day of term": "last day",
    "half-term": "half-term",
    "INSET day": "INSET day",
    "bank holiday": "bank holiday",
    "closure": "closure",
    "nothing": "nothing",
}
_DAYS_IN_SCHOOL: tuple[Kind, ...] = ("first day", "last day", "last day off", "short day")
_PRIMARY = ("primary", "primaries")


def meaning_of(event: Event, setting: Setting) -> Meaning:
    """What an event means: by the school's own words first (the longest that it holds)."""
    title = title_for(event.words, setting)
    own = _by_own_words(event.words, setting.own_words)
    if own is not None:
        found = _with_its_hour(Meaning(own), title, event, setting)
        return _all_told(_fitting(found, event, setting), title, event, setting)
    about = _about(title, setting)
    if isinstance(about, Meaning):
        return about
    found = said_by(title, event, setting, stage_is_unknown=about is None)
    found = _of_its_hours(found, title, event, setting)
    if about and found.kind not in ("unclear", "nothing"):
        found = replace(found, groups=about) if _of_a_part(found, title) else _part(title)
    return _all_told(found, title, event, setting)


def title_for(words: str, setting: Setting) -> Title:
    """A title's pieces, as that school reads them."""
    return title_of(words, own_words(setting.name))


def is_the_schools_own(event: Event, setting: Setting) -> bool:
    """Whether the school has said itself what its words are."""
    return _by_own_words(event.words, setting.own_words) is not None


def _with_its_hour(found: Meaning, title: Title, event: Event, setting: Setting) -> Meaning:
    """`Trinity Term begins - all in by 10.30am`, where the school says that it is a first day. An
    hour at which the event itself ends is the day's, whatever happens on it."""
    when = title.clock
    if event.hours and any(hour == event.hours[1] for _, hour in title.hours):
        when = event.hours[1] if found.kind == "last day" else when
    if when is None or not setting.starts < when < setting.ends:
        return found
    if found.kind == "first day":
        return replace(found, starts=when)
    return replace(found, ends=when) if found.kind == "last day" else found


def _all_told(found: Meaning, title: Title, event: Event, setting: Setting) -> Meaning:
    """With an hour of the title that was not taken, if it lies within the day. What happens at
    some hour, and an hour that the event itself stands for, are not the school's."""
    if found.kind in ("unclear", "nothing", "term"):
        return found
    hour_taken = bool(found.starts or found.ends)
    if _hours_are_lost(found, title, event, setting):
        return replace(found, left_out=hours_of(event))
    taken = {found.starts, found.ends, *(event.hours or ())}
    left = [
        f"{when:%H:%M}"
        for sorts, when in title.hours
        if setting.starts < when < setting.ends
        and when not in taken
        and (not sorts & {"happening", "elsewhere", "part"} or sorts & {"closes", "ends"})
        and not (hour_taken and "unknown" in sorts)
    ]
    if found.kind == "short day":
        # `Sports Day & end of term: school closes 1pm`
        left += [" ".join(t.text for t in p.tokens) for p in title.pieces if _is_of_a_term(p.sorts)]
    return replace(found, left_out=left[0]) if left else found


def _hours_are_lost(found: Meaning, title: Title, event: Event, setting: Setting) -> bool:
    """Whether an event's own hours say something of its day, and change nothing: neither an hour at
    which school begins or ends in any case, nor those of what happens on the day."""
    if event.hours is None or found.kind not in _DAYS_IN_SCHOOL or _covers(event.hours, setting):
        return False
    first, last = event.hours
    if found.starts or found.ends:
        inside = any(first <= when <= last for when in (found.starts, found.ends) if when)
        return not inside and "happening" not in title.sorts
    if found.kind == "first day":
        return apart(setting.starts, first) > NEARLY
    if found.kind == "last day off":
        return apart(setting.starts, last) > NEARLY
    return apart(first, setting.ends) > NEARLY


def _is_of_a_term(sorts: frozenset[Sort]) -> bool:
    return "term" in sorts and bool(sorts & {"begins", "ends", "first day", "last day"})


def _of_a_part(found: Meaning, title: Title) -> bool:
    """Whether it can hold for a part of the school. `Holiday school for Year 6` is no holiday."""
    if found.kind == "closure":
        return bool(title.plain & {"closed", "day off"})
    return found.kind in ("INSET day", "half-term", "short day")


def _by_own_words(words: str, own: Mapping[str, str]) -> Kind | None:
    said = words.casefold()
    for word in sorted(own, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(' '.join(word.split()).casefold())}(?!\w)", said):
            return _OWN_KINDS[own[word]]
    return None


def _about(title: Title, setting: Setting) -> Meaning | frozenset[str] | None:
    """The groups that an event is about: none for all. None: for a stage, and whether that is ours
    is not known. A Meaning: it is about somebody else, or about another day."""
    if others := title.texts("another school"):
        return Meaning("unclear", why=f"is about another school ({', '.join(others)})")
    for_itself = title.speaks_for_itself or title.says_open
    elsewhere = "elsewhere" in title.sorts and not for_itself
    if "another day" in title.sorts or elsewhere:
        return UNCLEAR
    stages = title.texts("stage")
    mine = {"primary" if stage in _PRIMARY else stage for stage in stages}
    both = "primary" in mine and len(mine) > 1
    unsure = bool(stages) and not both and not setting.stages
    if stages and not both and setting.stages and not mine & _names_of(setting.stages):
        return Meaning("unclear", why=f"is about other schools ({', '.join(stages)})")
    if title.parts:
        groups = groups_meant(title.parts, setting.groups)
        return groups or _part(title)
    if "only" in title.sorts and not stages:
        return Meaning("unclear", why="is about a part of the school")
    return None if unsure else frozenset()


def _names_of(stages: Iterable[str]) -> set[str]:
    found = set(stages)
    return found | (
        {"secondaries", "high school", "high schools"} if "secondary" in found else set()
    )


def _part(title: Title) -> Meaning:
    return Meaning("unclear", why=f"is about a part of the school ({', '.join(title.parts)})")


def _of_its_hours(found: Meaning, title: Title, event: Event, setting: Setting) -> Meaning:
    """An event shorter than the school day stands for its hours, never for its day."""
    return found if found.kind == "unclear" else _fitting(found, event, setting, title)


def _fitting(found: Meaning, event: Event, setting: Setting, title: Title | None = None) -> Meaning:
    if found.kind in ("term", "half-term"):
        length = event.last - event.first + timedelta(days=1)
        too_short = found.kind == "term" and length < SHORTEST_TERM
        if too_short or (found.kind == "half-term" and length > _LONGEST_SO_CALLED):
            return UNCLEAR
    if found.kind == "first day off" and event.hours:
        return _last_day_before(found, event.hours[0], setting)
    if event.hours is None or found.kind in _BY_DATE_ALONE or _covers(event.hours, setting):
        return found
    first, last = event.hours
    if last <= setting.starts or first >= setting.ends:
        return Meaning("nothing", why="it is outside the school day")
    shut = title is not None and (
        "closed" in title.plain
        or any(w.startswith(("no ", "closed")) for w in title.texts("INSET"))
    )
    groups = frozenset({"pupils"}) if found.kind == "INSET day" else found.groups
    if shut and apart(last, setting.ends) <= NEARLY:
        return Meaning("short day", groups, ends=first)
    if shut and apart(setting.starts, first) <= NEARLY:
        return Meaning("short day", groups, starts=last)
    return Meaning("unclear", why="is only part of a day")


def _last_day_before(found: Meaning, begins: time, setting: Setting) -> Meaning:
    """`Half-term begins`, at 16:00 or at noon: that day is the last one in school."""
    if apart(setting.starts, begins) <= NEARLY:
        return found
    ends = begins if begins < setting.ends else None
    return Meaning("last day", found.groups, half_term=found.half_term, ends=ends)


_BY_DATE_ALONE = ("first day", "last day", "first day off", "last day off", "short day", "nothing")


def _covers(hours: tuple[time, time], setting: Setting) -> bool:
    """Whether an event takes up the school's day, or nearly."""
    first, last = max(hours[0], setting.starts), min(hours[1], setting.ends)
    return apart(first, last) >= min(_A_SCHOOL_DAY, apart(setting.starts, setting.ends) * 3 / 4)
