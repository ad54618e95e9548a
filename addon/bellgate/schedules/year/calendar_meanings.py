"""What one event of a calendar means for the school year: its title, its dates and its hours.

A question a line, the more particular before the more general. What none of them answers is not
understood, and is reported with its line: it changes nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from bellgate.policy.who import EVERYONE
from bellgate.schedules.year.calendar_lexicon import Sort
from bellgate.schedules.year.calendar_title import Title, groups_meant, title_of, units_of
from bellgate.schedules.year.icalendar_file import Event

Kind = Literal[
    "term",
    "first day",  # in school
    "last day",  # in school
    "first day off",
    "last day off",
    "half-term",
    "INSET day",
    "bank holiday",
    "closure",
    "short day",
    "nothing",
    "unclear",
]

SHORTEST_TERM = timedelta(days=14)
LONGEST_HALF_TERM = timedelta(days=16)
_LONGEST_SO_CALLED = timedelta(days=28)
"""Some feeds call every holiday a half-term. What is longer is half of a term."""
_LONGEST_WEEK_OFF = timedelta(days=5)
# A shorter event that stands in the school day is a meeting, or part of a day.
_A_SCHOOL_DAY = timedelta(hours=5)
_NEARLY = timedelta(minutes=30)
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
_PRIMARY = ("primary", "primaries")


@dataclass(frozen=True, slots=True)
class Setting:
    """The school that a calendar is read for."""

    starts: time
    ends: time
    own_words: Mapping[str, str] = field(default_factory=dict)
    """What the school itself says that some words are."""
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Its groups, each with the parts of a school that it is."""
    name: str = ""

    @property
    def stages(self) -> frozenset[str]:
        """Which stages of schooling it teaches, as far as its name says so."""
        said = self.name.casefold()
        found = {"primary"} if re.search(r"\b(primary|infants?|juniors?|first)\b", said) else set()
        if re.search(r"\b(secondary|high|grammar|upper|college)\b", said):
            found.add("secondary")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event says. `why` is for what changes nothing."""

    kind: Kind
    groups: frozenset[str] = frozenset({EVERYONE})
    half_term: bool = False
    """Of a first or last day: whether the holiday beside it is called a half-term."""
    starts: time | None = None
    ends: time | None = None
    why: str = ""


_UNCLEAR = Meaning("unclear")
_EVERYONE = frozenset({EVERYONE})


def groups_by_part(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each group with the parts of a school that its name says; pupils and staff are no parts."""
    return {name: units_of(name) for name in names}


def meaning_of(event: Event, setting: Setting) -> Meaning:
    """What an event means: by the school's own words first (the longest that it holds)."""
    own = _by_own_words(event.words, setting.own_words)
    if own is not None:
        return _fitting(Meaning(own), event, setting)
    title = title_of(event.words, frozenset(setting.name.casefold().split()))
    about = _about(title, setting)
    if isinstance(about, Meaning):
        return about
    found = _said(title, event, setting, stage_is_unknown=about is None)
    found = _of_its_hours(found, title, event, setting)
    if about and found.kind not in ("unclear", "nothing"):
        whole = found.kind in ("INSET day", "closure", "half-term", "bank holiday", "short day")
        return replace(found, groups=about) if whole else _part(title)
    return found


def _by_own_words(words: str, own: Mapping[str, str]) -> Kind | None:
    said = words.casefold()
    for word in sorted(own, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(' '.join(word.split()).casefold())}(?!\w)", said):
            return _OWN_KINDS[own[word]]
    return None


def _about(title: Title, setting: Setting) -> Meaning | frozenset[str] | None:
    """The groups that an event is about: none for all. None: for a stage, and whether that is ours
    is not known. A Meaning: it is about somebody else, or about another day."""
    if "another day" in title.sorts:
        return _UNCLEAR
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


def _said(title: Title, event: Event, setting: Setting, *, stage_is_unknown: bool) -> Meaning:
    """What the words say, the hours of the event apart."""
    if "normal" in title.plain:
        return Meaning("nothing", why="pupils are in as usual")
    if "outside school" in title.sorts and title.plain & _TRAINING:
        return Meaning("nothing", why="it is outside the school day")
    if event.first == event.last:
        edge = _edge(title) if _comes_first(title) else None
        short = _short_day(title, event, setting)
        if edge and not (short and short.starts and _only_opens_late(title)):
            return replace(edge, starts=short.starts, ends=short.ends) if short else edge
        if short:
            return short
    if stage_is_unknown or "happening" in title.sorts:
        return _UNCLEAR
    return _days(title, event)


_TRAINING: frozenset[Sort] = frozenset({"INSET", "training"})


def _comes_first(title: Title) -> bool:
    """Beside what takes place on a day, what the day is must come first: `End of term: disco`."""
    return "happening" not in title.sorts or title.pieces[0].is_plain


def _only_opens_late(title: Title) -> bool:
    """`School opens at 10am` is no first day, as `Back to school at 10am` may be."""
    return "late" in title.plain or all(t.startswith("open") for t in title.texts("opens"))


def _edge(title: Title) -> Meaning | None:
    """The first or last day in school, or of a holiday; None where it is neither."""
    said = title.plain
    if said & {"INSET", "training", "bank holiday", "occasion", "day off", "closed"}:
        return None
    kind = _opening(title) or _closing(title) or _of_a_holiday(said)
    if kind is None or _contradicts_itself(kind, said):
        return None
    return Meaning(kind, half_term="half-term" in said)


_HOLIDAY: frozenset[Sort] = frozenset({"half-term", "holiday"})
_PEOPLE: frozenset[Sort] = frozenset({"term", "school", "pupils"})


def _opening(title: Title) -> Kind | None:
    """`Back to school`, `Autumn term begins`, `First day for pupils`."""
    said = title.plain
    if "half the day" in said:
        return None  # an open morning
    back = any(text.startswith(("first", "1st")) for text in title.texts("opens"))
    if "opens" in said and (back or said & (_PEOPLE | _HOLIDAY | {"season"})):
        return "first day"
    if said & {"begins", "first day"} and said & _PEOPLE and not said & _HOLIDAY:
        return "first day"
    return None


def _closing(title: Title) -> Kind | None:
    """`Break up for Easter`, `End of term`, `Schools close for summer`, `Last day for pupils`."""
    said = title.plain
    if "break up" in said or ("closes" in said and said & (_HOLIDAY | {"season"})):
        return "last day"
    if "last day" in said and said & (_PEOPLE | {"staff"}):
        return "last day"
    if "last day" in said and ("season" in said or _is_end_of_year(title)) and not said & _HOLIDAY:
        return "last day"
    if said & {"begins", "first day"} and said & _HOLIDAY and said & {"time", "closes"}:
        return "last day"
    of_the_day = title.clock is not None and "term" not in said  # school ends at that time
    if said & {"ends", "closes"} and said & _PEOPLE and "early" not in said and not of_the_day:
        return "last day"
    return None


def _is_end_of_year(title: Title) -> bool:
    return any(text.endswith("year") for text in title.texts("last day"))


def _of_a_holiday(said: frozenset[Sort]) -> Kind | None:
    """`Half-term begins`, `Last day of the Christmas holidays`."""
    if not said & _HOLIDAY or said & _PEOPLE:
        return None
    if said & {"begins", "first day"}:
        return "first day off"
    return "last day off" if said & {"ends", "last day"} else None


def _contradicts_itself(kind: Kind, said: frozenset[Sort]) -> bool:
    """`Term ends / term begins` on one day is nothing that anybody could go by."""
    return kind in ("first day", "last day") and bool(
        said & {"ends", "last day", "break up"} and said & {"begins", "first day"}
    )


def _short_day(title: Title, event: Event, setting: Setting) -> Meaning | None:
    """A day that ends early or starts late, by a time in the title or the event's own hours."""
    said = title.plain
    late, early = _starts_late(said), _ends_early(said)
    if not (late or early):
        return None
    when = title.clock
    by_the_event = title.is_plain and not said & {"last day", "first day", "closed"}
    if when is None and event.hours and by_the_event and (early or "late" in said):
        when = _moment_of(event.hours, setting)
    if when is None:
        return Meaning("unclear", why="says no time") if said & {"early", "late"} else None
    whose = frozenset({"pupils"}) if "pupils" in said and "school" not in said else _EVERYONE
    if late:
        return Meaning("short day", whose, starts=when) if when > setting.starts else None
    return Meaning("short day", whose, ends=when) if when < setting.ends else None


def _starts_late(said: frozenset[Sort]) -> bool:
    if "late" in said:
        return bool(said & {"begins", "opens", "closed", "school", "pupils"})
    return bool(said & {"begins", "opens", "first day"}) and not said & (
        {"closes", "ends", "early"} | _HOLIDAY
    )


def _ends_early(said: frozenset[Sort]) -> bool:
    if said & {"closes", "break up"}:
        return True
    return bool(said & {"ends", "last day", "closed", "early"}) and bool(
        said & (_PEOPLE | {"early", "closed"})
    )


def _moment_of(hours: tuple[time, time], setting: Setting) -> time:
    """Such a day may be told by the hours up to the moment, or from it on."""
    first, last = hours
    return last if _apart(setting.starts, first) <= _NEARLY else first


def _days(title: Title, event: Event) -> Meaning:
    """Whole days, one or some."""
    said, plain = title.plain, title.is_plain
    length = event.last - event.first + timedelta(days=1)
    weeks = length >= _LONGEST_WEEK_OFF
    if weeks and said & {"half-term"}:
        return Meaning("half-term")
    if said & _TRAINING and said & {"half the day", "time", "early"}:
        return Meaning("unclear", why="is only part of a day")
    if "bank holiday" in said:
        return Meaning("bank holiday")
    if "INSET" in said or ("training" in said and (plain or "closed" in said)):
        return Meaning("INSET day")
    if "closed" in said and said & {"time", "half the day", "late"}:
        return Meaning("unclear", why="is only part of a day")
    if said & {"closed", "day off"}:
        return Meaning("closure")
    if "holiday" in said and "half-term" not in said and plain:
        return Meaning("closure")
    if "occasion" in said:
        return _UNCLEAR
    if "half-term" in said:
        return Meaning("half-term")
    if "staff" in said and said & {"opens", "begins"} and plain and not said & {"pupils", "term"}:
        return Meaning("INSET day")
    return _stretch(title, length) if plain else _UNCLEAR


def _stretch(title: Title, length: timedelta) -> Meaning:
    """`Autumn term`, `Spring 2`: weeks of school. `Christmas`, `Easter`: days without."""
    said = title.plain
    if said & {"begins", "ends", "opens", "closes", "first day", "last day", "staff"}:
        return _UNCLEAR
    numbered = any(re.search(r"\d", text) for text in title.texts("season"))
    if ("term" in said or numbered) and length >= SHORTEST_TERM:
        return Meaning("term")
    festive = any(text in ("christmas", "xmas", "easter") for text in title.texts("season"))
    if festive and "term" not in said and length >= timedelta(days=4):
        return Meaning("closure")
    return _UNCLEAR


def _of_its_hours(found: Meaning, title: Title, event: Event, setting: Setting) -> Meaning:
    """An event shorter than the school day stands for its hours, never for its day."""
    return found if found.kind == "unclear" else _fitting(found, event, setting, title)


def _fitting(found: Meaning, event: Event, setting: Setting, title: Title | None = None) -> Meaning:
    if found.kind in ("term", "half-term"):
        length = event.last - event.first + timedelta(days=1)
        too_short = found.kind == "term" and length < SHORTEST_TERM
        if too_short or (found.kind == "half-term" and length > _LONGEST_SO_CALLED):
            return _UNCLEAR
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
    if shut and _apart(last, setting.ends) <= _NEARLY:
        return Meaning("short day", groups, ends=first)
    if shut and _apart(setting.starts, first) <= _NEARLY:
        return Meaning("short day", groups, starts=last)
    return Meaning("unclear", why="is only part of a day")


_BY_DATE_ALONE = ("first day", "last day", "first day off", "last day off", "short day", "nothing")


def _covers(hours: tuple[time, time], setting: Setting) -> bool:
    """Whether an event takes up the school's day, or nearly."""
    first, last = max(hours[0], setting.starts), min(hours[1], setting.ends)
    return _apart(first, last) >= min(_A_SCHOOL_DAY, _apart(setting.starts, setting.ends) * 3 / 4)


def _apart(one: time, other: time) -> timedelta:
    """From one time of a day to another; below nothing where the other comes first."""
    day = date(2000, 1, 1)
    return datetime.combine(day, other) - datetime.combine(day, one)
