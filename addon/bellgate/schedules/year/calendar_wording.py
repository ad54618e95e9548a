"""What the words of a title say of a day or some days: a question a line, the particular first.

Whose event it is, and what its hours make of it, is not asked here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta

from bellgate.schedules.year.calendar_kinds import (
    ALL,
    AS_USUAL,
    LONGEST_HALF_TERM,
    NEARLY,
    SHORTEST_TERM,
    UNCLEAR,
    Kind,
    Meaning,
    Setting,
    apart,
)
from bellgate.schedules.year.calendar_lexicon import DAYS, Sort
from bellgate.schedules.year.calendar_title import NO_END_BEFORE, Piece, Title
from bellgate.schedules.year.icalendar_file import Event

_OF_SOMEBODY: frozenset[Sort] = frozenset({"staff", "part", "stage", "only", "normal"})
_SOMEBODYS = re.compile(
    r"'s?$|^(?:mrs?|ms|miss|dr|rev|sir|head|headteacher|deputy|principal|caretaker|janitor|jannie"
    r"|cook|bursar|secretary|clerk|cleaners?|manager|annual|leave|family|ski(?:ing)?|snow\w*"
    r"|bible|adventure|activity|language|french|spanish|german|cruise|package|walking|cycling"
    r"|camping|exchange|sailing|surf\w*|religious|jewish|hindu|muslim|programme|hunger|fun|hub)$"
)
"""Whose a holiday is, or of what kind, that a school does not keep."""
_A_WEEK = timedelta(days=5)
_PARENTS_COME = r"^(?:open|parents?'?s?) (?:evening|night)|consultation|^noson"
_TERM_BEGINS: Mapping[str, tuple[int, ...]] = {
    "autumn": (8, 9, 10, 11),
    "michaelmas": (8, 9, 10, 11),
    "spring": (1, 2),
    "lent": (1,),
    "hilary": (1,),
    "summer": (4, 5, 6),
    "trinity": (4,),
}
"""The months in which a term of that name may begin, or its second half."""
_TRAINING: frozenset[Sort] = frozenset({"INSET", "training"})
_HOLIDAY: frozenset[Sort] = frozenset({"half-term", "holiday"})
_PEOPLE: frozenset[Sort] = frozenset({"term", "school", "pupils"})


def said_by(title: Title, event: Event, setting: Setting, *, stage_is_unknown: bool) -> Meaning:
    """What the words say, the hours of the event apart.

    Of a title in two languages, each half may say it; where both do, they have to agree.
    """
    foreign, english = title.in_tongue(foreign=True), title.in_tongue(foreign=False)

    def said(words: Title) -> Meaning:
        return _said(words, event, setting, stage_is_unknown=stage_is_unknown)

    whole = said(title)
    if not (foreign.pieces and english.pieces):
        return whole
    one, two = said(foreign), said(english)
    if "unclear" not in (one.kind, two.kind):
        return whole if _agree(one, two) else Meaning("unclear", why="says two different things")
    if foreign.sorts & {"happening", "elsewhere", "part"}:
        return whole
    if whole.kind == "unclear" and two.kind != "unclear":
        return two
    if whole.kind == "unclear" and english.is_plain:
        return one
    return whole


def _agree(one: Meaning, two: Meaning) -> bool:
    """Whether the halves of a title in two languages say the same: `HMS - ysgol ar gau` do."""
    kinds = {one.kind, two.kind}
    if len({m.starts for m in (one, two) if m.starts}) > 1:
        return False
    if len({m.ends for m in (one, two) if m.ends}) > 1:
        return False
    return (
        len(kinds) == 1
        or kinds <= {"INSET day", "bank holiday", "closure", "half-term"}
        or kinds in ({"first day", "short day"}, {"last day", "short day"})
    )


def _said(title: Title, event: Event, setting: Setting, *, stage_is_unknown: bool) -> Meaning:
    if "normal" in title.plain and not (event.first == event.last and _edge(title)):
        return Meaning("nothing", why=AS_USUAL)
    if "outside school" in title.sorts and title.plain & _TRAINING:
        return Meaning("nothing", why="it is outside the school day")
    if event.first == event.last:
        edge = _edge(title) if _comes_first(title) else None
        short = _short_day(title, event, setting)
        if edge and not (short and short.starts and _only_opens_late(title)):
            hours = short if short and _is_its_own(title) else None
            return replace(edge, starts=hours.starts, ends=hours.ends) if hours else edge
        if short and title.says_whose_clock(of_start=short.starts is not None):
            return short
    if title.plain & _TRAINING and _is_after_school(title, event, setting):
        return Meaning("nothing", why="it is outside the school day")
    happens = "happening" in title.sorts and not title.speaks_for_itself
    if stage_is_unknown or happens or _is_somebody_elses(title):
        return UNCLEAR
    return _days(title, event, setting)


def _is_after_school(title: Title, event: Event, setting: Setting) -> bool:
    """`Staff CPD 3.15-4.45pm`, by its title or by its own hours."""
    named = [when for _, when in title.hours]
    first, last = event.hours or (min(named, default=time()), max(named, default=time()))
    closes = title.plain & {"closed", "closes", "early", "late"} or any(
        text.startswith(("no ", "clos")) for text in title.texts("INSET")
    )
    return not closes and last > setting.ends and apart(first, setting.ends) <= NEARLY


def _is_its_own(title: Title) -> bool:
    """Whether an hour is the first or last day's: that of a Speech Day on it is not."""
    return not title.hours or title.clocks is not None or title.clock_is_its_own


def _is_somebody_elses(title: Title) -> bool:
    """`Training day for prefects`, `Day off for Daisy`: a day that anybody may have."""
    anybodys = any(
        re.fullmatch(r"days? off|(?:training|planning) days?", text)
        for text in (*title.texts("INSET"), *title.texts("day off"))
    )
    return anybodys and "unknown" in title.is_for and not title.is_for & {"staff", "pupils"}


def _comes_first(title: Title) -> bool:
    """Beside what takes place on a day, what the day is must come first: `End of term: disco`."""
    happens = title.sorts & {"happening", "elsewhere"}
    return not happens or title.pieces[0].is_plain or title.speaks_for_itself


def _only_opens_late(title: Title) -> bool:
    """`School opens at 10am` is no first day, as `Back to school at 10am` may be; `Term begins -
    late start` is one."""
    if any(p.is_plain and _opens_outright(p) for p in title.pieces):
        return False
    return "late" in title.plain or all(map(_is_every_morning, title.texts("opens")))


def _is_every_morning(opens: str) -> bool:
    """School opens each day; it returns, or reopens, after a holiday."""
    return opens.startswith("open") or opens.removeprefix("yn ") == "agor"


def _opens_outright(piece: Piece) -> bool:
    back = any(t.sort == "opens" and not _is_every_morning(t.text) for t in piece.tokens)
    return (
        "first day" in piece.sorts
        or ("term" in piece.sorts and bool(piece.sorts & {"begins", "opens"}))
        or (back and bool(piece.sorts & _PEOPLE) and "late" not in piece.sorts)
    )


def _edge(title: Title) -> Meaning | None:
    """The first or last day in school, or of a holiday; None where it is neither."""
    said = title.plain
    if said & {"INSET", "training", "bank holiday", "occasion", "day off", "closed"}:
        return None
    opening, closing = _opening(title), _closing(title)
    if opening and closing and len(title.pieces) > 1:
        # `Term ends at noon, re-opens after Easter`: the first is what this day is.
        edges = (_edge(Title((piece,))) for piece in title.pieces if piece.is_plain)
        return next(filter(None, edges), None)
    kind = opening or closing or _of_a_holiday(said)
    if kind is None or _contradicts_itself(kind, said):
        return None
    return Meaning(kind, half_term="half-term" in said)


def _opening(title: Title) -> Kind | None:
    """`Back to school`, `Autumn term begins`, `First day for pupils`."""
    said = title.plain
    if "half the day" in said:
        return None  # an open morning
    back = any(text.startswith(("first", "1st", "all")) for text in title.texts("opens"))
    if "opens" in said and (back or said & (_PEOPLE | _HOLIDAY | {"season"})):
        return "first day"
    if said & {"begins", "first day"} and not said & _HOLIDAY:
        return "first day" if said & _PEOPLE or _is_half_of_a_term(title) else None
    return None


def _is_half_of_a_term(title: Title) -> bool:
    """`Autumn 1`, `Spring 2`."""
    return any(re.search(r"\d", text) for text in title.texts("season"))


def _closing(title: Title) -> Kind | None:
    """`Break up for Easter`, `End of term`, `Schools close for summer`, `Last day for pupils`."""
    said = title.plain
    if "break up" in said or ("closes" in said and said & (_HOLIDAY | {"season"})):
        return "last day"
    if "ends" in said and title.is_for & (_HOLIDAY | {"season"}):
        return "last day"
    if "last day" in said and said & (_PEOPLE | {"staff"}):
        return "last day"
    if "ends" in said and _is_half_of_a_term(title):
        return "last day"
    if "last day" in said and ("season" in said or _is_end_of_year(title)) and not said & _HOLIDAY:
        return "last day"
    if _begins_a_holiday(said):
        return "last day"
    of_the_day = title.clock is not None and "term" not in said  # school ends at that time
    if said & {"ends", "closes"} and said & _PEOPLE and "early" not in said and not of_the_day:
        return "last day"
    return None


def _begins_a_holiday(said: frozenset[Sort]) -> bool:
    """`Christmas holidays start at 3.15pm`."""
    return bool(said & {"begins", "first day"} and said & _HOLIDAY and said & {"time", "closes"})


def _is_end_of_year(title: Title) -> bool:
    return any(text.endswith(("year", "session")) for text in title.texts("last day"))


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
    late, early = _starts_late(said), _ends_early(title)
    if not (late or early):
        return None
    for_pupils = ("pupils" in said and "school" not in said) or (early and _staff_stay(title))
    whose = frozenset({"pupils"}) if for_pupils else ALL
    if title.clocks:
        starts, ends = title.clocks
        if setting.starts < starts and ends < setting.ends:
            return Meaning("short day", whose, starts=starts, ends=ends)
    when = title.clock
    by_the_event = title.is_plain and not said & {"last day", "first day", "closed"}
    if when is None and event.hours and by_the_event and (early or "late" in said):
        when = _moment_of(event.hours, setting)
        if early and when == event.hours[1] and when < NO_END_BEFORE:
            when = None  # `Break up for half term`, 9:00-9:30, says nothing of the day's end
    if when is None and event.hours and not title.hours and title.is_over_at(event.hours[1]):
        when = event.hours[1]
    if when is not None and not setting.starts <= when <= setting.ends:
        return None  # school is open, or closes, at some hour of the evening
    if when is None:
        return Meaning("unclear", why="says no time") if said & {"early", "late"} else None
    if late:
        return Meaning("short day", whose, starts=when) if when > setting.starts else None
    return Meaning("short day", whose, ends=when) if when < setting.ends else None


def _staff_stay(title: Title) -> bool:
    """Whether pupils go home early because parents come in the evening."""
    return any(re.search(_PARENTS_COME, text) for text in title.texts("happening"))


def _starts_late(said: frozenset[Sort]) -> bool:
    if "late" in said:
        return bool(said & {"begins", "opens", "closed", "school", "pupils"})
    return bool(said & {"begins", "opens", "first day"}) and not said & (
        {"closes", "ends", "early"} | _HOLIDAY
    )


def _ends_early(title: Title) -> bool:
    said = title.plain
    if said & {"closes", "break up"} or _is_end_of_year(title) or _begins_a_holiday(said):
        return True
    shuts = any(text.startswith(("clos", "shut")) for text in title.texts("INSET"))
    if shuts and any(text.startswith("from") for text in title.texts("time")):
        return True  # closed to pupils from 12 noon
    return bool(said & {"ends", "last day", "closed", "early"}) and bool(
        said & (_PEOPLE | {"early", "closed"})
    )


def _moment_of(hours: tuple[time, time], setting: Setting) -> time:
    """Such a day may be told by the hours up to the moment, or from it on."""
    first, last = hours
    return last if apart(setting.starts, first) <= NEARLY else first


def _days(title: Title, event: Event, setting: Setting) -> Meaning:
    """Whole days, one or some."""
    said, plain = title.plain, title.is_plain
    length = event.last - event.first + timedelta(days=1)
    weeks = length >= _A_WEEK
    if _is_a_numbered_half(title) and length > LONGEST_HALF_TERM and plain:
        return Meaning("term")
    if weeks and said & {"half-term"}:
        return Meaning("half-term")
    if _is_shut_for_its_hours(title, event, setting):
        return Meaning("INSET day" if said & _TRAINING else "closure")
    if said & _TRAINING and said & {"half the day", "time", "early"}:
        return Meaning("unclear", why="is only part of a day")
    if "bank holiday" in said:
        return UNCLEAR if _is_a_saints_day(title) and not plain else Meaning("bank holiday")
    if "INSET" in said or ("training" in said and (plain or "closed" in said)):
        return Meaning("INSET day")
    if "closed" in said and said & {"time", "half the day", "late"}:
        return Meaning("unclear", why="is only part of a day")
    holiday = "holiday" in said and "half-term" not in said and plain
    if said & {"closed", "day off"} or holiday or _is_a_local_holiday(title, event):
        return Meaning("closure")
    if "occasion" in said:
        return UNCLEAR
    if "half-term" in said:
        return Meaning("half-term")
    if "week off" in said and plain and weeks:
        return Meaning("closure")
    if "staff" in said and said & {"opens", "begins"} and plain and not said & {"pupils", "term"}:
        return Meaning("INSET day")
    return _stretch(title, event) if plain else UNCLEAR


def _is_shut_for_its_hours(title: Title, event: Event, setting: Setting) -> bool:
    """`School closed PM`, an event of the afternoon: its own hours say when."""
    said = title.plain
    if event.hours is None or "half the day" not in said or said & {"time", "early", "late"}:
        return False
    first, last = event.hours
    is_part = apart(setting.starts, first) > NEARLY or apart(last, setting.ends) > NEARLY
    shuts = any(text.startswith(("no ", "clos", "shut")) for text in title.texts("INSET"))
    return is_part and ("closed" in said or shuts)


def _is_a_local_holiday(title: Title, event: Event) -> bool:
    """`Victoria wkend hol - Fri 21 to Mon 24 May`: a weekend's or a local holiday, whatever its
    name, with its own dates. `Chris holiday Mon 9 Nov` may be anybody's."""
    named = {t.text for p in title.pieces for t in p.tokens if t.sort == "filler"}
    dated = any(re.fullmatch(rf"{event.first.day}(?:st|nd|rd|th)?", text) for text in named)
    return (
        dated
        and any(re.fullmatch(DAYS, text) for text in named)
        and any(map(_names_a_holiday, title.pieces))
        and not any(p.sorts & _OF_SOMEBODY for p in title.pieces)
        and not any("unknown" in p.sorts and not _names_a_holiday(p) for p in title.pieces)
    )


def _names_a_holiday(piece: Piece) -> bool:
    words = [t for t in piece.tokens if t.sort != "filler"]
    return (
        not piece.after_for
        and "unknown" in piece.sorts
        and piece.sorts <= {"unknown", "holiday", "day off", "season", "occasion", "filler"}
        and bool(words)
        and words[-1].sort in ("holiday", "day off")
        and any("hol" in t.text for t in words if t.sort in ("holiday", "day off"))
        and any(t.sort in ("occasion", "day off") or t.text == "weekend" for t in words)
        and not any(t.text in ("on", "off", "for") for t in piece.tokens)
        and not any(_SOMEBODYS.search(t.text) for t in words if t.sort == "unknown")
    )


def _is_a_saints_day(title: Title) -> bool:
    """Schools keep St David's Day in daffodils; some stay closed, and say no more than its name."""
    days = title.texts("bank holiday")
    return all(day.startswith("st") for day in days) and not title.plain & {"closed", "holiday"}


def _is_a_numbered_half(title: Title) -> bool:
    """`Half term 3`, which goes on for weeks, is the time between two holidays."""
    return any(
        "half-term" in p.sorts
        and p.sorts <= {"half-term", "season", "filler"}
        and any(re.fullmatch(r"[1-6]", t.text) for t in p.tokens)
        for p in title.pieces
    )


def _stretch(title: Title, event: Event) -> Meaning:
    """`Autumn term`, `Spring 2`, `Michaelmas`: weeks of school. `Christmas`, `Easter`: days
    without."""
    said = title.plain
    length = event.last - event.first + timedelta(days=1)
    if length >= SHORTEST_TERM and "staff" not in said and any(map(_names_a_term, title.pieces)):
        return Meaning("term")  # `Term 4 (starts Week A)`
    if said & {"begins", "ends", "opens", "closes", "first day", "last day", "staff"}:
        return UNCLEAR
    if ("term" in said or _is_half_of_a_term(title)) and length >= SHORTEST_TERM:
        return Meaning("term")
    if length > LONGEST_HALF_TERM and said <= {"season", "filler"} and _is_its_season(title, event):
        return Meaning("term")
    festive = any(text in ("christmas", "xmas", "easter") for text in title.texts("season"))
    if festive and "term" not in said and length >= timedelta(days=4):
        return Meaning("closure")
    return UNCLEAR


def _names_a_term(piece: Piece) -> bool:
    """`Term 4`, `Autumn term`: nothing of it says that it begins or ends."""
    return (
        not piece.in_brackets
        and "term" in piece.sorts
        and piece.sorts <= {"term", "season", "filler"}
        and any(t.sort == "season" or re.search(r"\d", t.text) for t in piece.tokens)
    )


def _is_its_season(title: Title, event: Event) -> bool:
    """Whether weeks that are called by a season alone begin when its term does: Lent is kept in
    church from February on, and the summer is a holiday."""
    return all(event.first.month in _TERM_BEGINS.get(s, ()) for s in title.texts("season"))
