"""An event's title -> its pieces, each word known for what it is. No date and no meaning here.

The whole of a piece has to make sense: `Snow Queen - whole school panto` holds words of the
calendar and is about none of them. A title is cut where people cut it (dashes, brackets, `for`,
`due to`). A piece that is all calendar words says something; the others may give its reason.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time
from functools import cached_property, lru_cache

from bellgate.schedules.year.calendar_lexicon import (
    CUTS,
    LEXICON,
    NO_SLIPS,
    SHORT_FORMS,
    SPELT,
    Sort,
)
from bellgate.schedules.year.calendar_names import Token, with_names
from bellgate.schedules.year.calendar_other_tongues import OTHER_TONGUES

_WORDS = (*OTHER_TONGUES, *LEXICON)
_SHORT = tuple((re.compile(rf"(?<![\w'/]){short}(?![\w'/])"), word) for short, word in SHORT_FORMS)
_OPENING: frozenset[Sort] = frozenset({"begins", "opens", "first day", "late"})
_CLOSING: frozenset[Sort] = frozenset({
    "ends", "closes", "last day", "break up", "early", "closed",
})  # fmt: skip
_ACTS = _OPENING | _CLOSING
"""What an hour may belong to."""
_SENTENCES = ("", ".", ";", "!", ").", ");", ")!")
"""What stands before the beginning of a sentence."""
_FOREIGN_TO_IT: frozenset[Sort] = frozenset({
    "another day", "another school", "elsewhere", "happening",
})  # fmt: skip
_SPOILING: frozenset[Sort] = _FOREIGN_TO_IT | {"unknown", "part"}
"""What makes an hour somebody else's."""
_EDGES: frozenset[Sort] = frozenset({"begins", "ends", "first day", "last day", "closes"})
_LINKS = ("and", "&", "then")
_LESSONS = re.compile(
    r"swimming|music|sports|rehearsals?|meetings?|stay and play|workshops?|reports?|tests?|exams?"
    r"|pta|ptfa|friends"
)
"""What takes place week by week or has an end of its own."""
_EVENING = re.compile(r"(?:evenings?|nights?)$|consultation|^noson")
"""Pupils who leave by day go home for it, and not from it."""
_AWAY = re.compile(r"trips?|visits?|residentials?|swimming|rehearsals?")
"""What pupils leave for, or are back from."""
NO_END_BEFORE = time(11, 30)
"""Nobody goes home so early: what happens before the end (`ends after Mass (10am)`) is then."""
_TOKENS = re.compile(
    "|".join(
        (
            *(
                rf"(?P<s{i}>(?<!\w)(?:{'|'.join(patterns)})(?!\w))"
                for i, (_, patterns) in enumerate(_WORDS)
            ),
            rf"(?P<cut>{CUTS})",
            r"(?P<word>[\w½][\w'’&-]*)",
        )
    )
)


@dataclass(frozen=True)
class Piece:
    """A part of a title, between two cuts."""

    tokens: tuple[Token, ...]
    after_for: bool = False
    """Whether it says for what, or for whom, the piece before it is."""
    in_brackets: bool = False
    is_sentence: bool = True
    """Whether it begins a sentence: what stands before it is no part of what it says."""
    comes_before: bool = False
    """Whether the piece before it comes after it in time: `Term ends after Prize Giving`."""

    @cached_property
    def foreign(self) -> bool:
        """Whether it is in another tongue than English."""
        return any(t.foreign and t.sort not in ("filler", "time") for t in self.tokens)

    @cached_property
    def sorts(self) -> frozenset[Sort]:
        return frozenset(token.sort for token in self.tokens)

    @property
    def is_plain(self) -> bool:
        """Whether every word of it is one of the calendar's own."""
        return not self.sorts & (_FOREIGN_TO_IT | {"unknown"})


@dataclass(frozen=True)
class Title:
    """A title, cut into its pieces."""

    pieces: tuple[Piece, ...]

    @cached_property
    def sorts(self) -> frozenset[Sort]:
        """What stands anywhere in it."""
        return frozenset(sort for piece in self.pieces for sort in piece.sorts)

    @cached_property
    def plain(self) -> frozenset[Sort]:
        """What stands in the pieces that say something."""
        return frozenset(sort for p in self.pieces if p.is_plain for sort in p.sorts)

    @cached_property
    def is_for(self) -> frozenset[Sort]:
        """What stands in the pieces that say what something is for."""
        return frozenset(sort for p in self.pieces if p.after_for for sort in p.sorts)

    @property
    def is_plain(self) -> bool:
        return all(piece.is_plain for piece in self.pieces)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts of the school that it speaks of; whose assembly it is does not count."""
        pieces = (p for p in self.pieces if "happening" not in p.sorts)
        found = (t.text for p in pieces for t in p.tokens if t.sort == "part")
        return tuple(dict.fromkeys(found))

    def texts(self, sort: Sort) -> tuple[str, ...]:
        return tuple(t.text for p in self.pieces for t in p.tokens if t.sort == sort)

    @cached_property
    def hours(self) -> tuple[tuple[frozenset[Sort], time], ...]:
        """Each time that it names, with the words that it belongs to: those of its own piece, and
        where that has none to own a time (`Term ends (1pm)`), those of the piece before it."""
        return tuple(
            (self._owner(i, when := clock_of(token.text)), when)
            for i, piece in enumerate(self.pieces)
            for token in piece.tokens
            if token.sort == "time"
        )

    def _owner(self, at: int, when: time) -> frozenset[Sort]:
        found = self.pieces[at].sorts
        if self._ends_after_it(at):
            # `Term ends after Prize Giving (12.15pm)`
            acts = self.pieces[at - 2].sorts | found
            return acts if when >= NO_END_BEFORE else acts | self.pieces[at - 1].sorts
        back = at
        while back and (self.pieces[back].after_for or not found & (_ACTS | _SPOILING)):
            back -= 1
            found |= self.pieces[back].sorts
        if found <= {"time", "filler"} and len(self.pieces) > 1:
            return self.pieces[1].sorts
        borrowed = back < at and not self.pieces[at].in_brackets
        if borrowed and found & _FOREIGN_TO_IT:
            # `Term ends after Prize Giving - 12 noon`: nobody can say whose hour it is.
            return found - _FOREIGN_TO_IT | {"unknown"}
        return found

    def is_over_at(self, end: time) -> bool:
        """Whether a term is over when its event is: `Term ends after Final Assembly`."""
        return end >= NO_END_BEFORE and any(
            piece.comes_before and at and _is_an_edge(self.pieces[at - 1])
            for at, piece in enumerate(self.pieces)
        )

    def _ends_after_it(self, at: int) -> bool:
        """Whether a time in brackets follows what the end of a term comes after."""
        piece = self.pieces[at]
        return (
            at >= 2
            and piece.in_brackets
            and piece.sorts <= {"time", "filler"}
            and self.pieces[at - 1].comes_before
            and _is_an_edge(self.pieces[at - 2])
        )

    @cached_property
    def clock(self) -> time | None:
        """The one time that the title names; of several, the one that the day itself has. What
        happens on the day (`Speech Day 10am`) has an hour of its own."""
        named = {when for sorts, when in self.hours if not sorts & _FOREIGN_TO_IT}
        if len(named) > 1:
            named = self._of_acts(_ACTS)
        return named.pop() if len(named) == 1 else None

    @property
    def clocks(self) -> tuple[time, time] | None:
        """When a day starts and when it ends, where the title names both."""
        starts, ends = self._of_acts(_OPENING), self._of_acts(_CLOSING)
        if len(starts) == 1 and len(ends) == 1 and (first := starts.pop()) < (last := ends.pop()):
            return first, last
        return None

    @property
    def clock_is_its_own(self) -> bool:
        """Whether the time belongs to what opens or closes, and to nothing unknown."""
        return self.clock in self._of_acts(_ACTS)

    def says_whose_clock(self, *, of_start: bool) -> bool:
        """Whether it says that a time is the school's: `Sports trip, back 4pm` does not.
        Pupils who are back at an hour may be back from a rehearsal."""
        if all(not piece.sorts & _SPOILING for piece in self.pieces):
            return True
        leave = any(text.startswith(("lea", "dep")) for text in self.texts("closes"))
        away = any(map(_AWAY.fullmatch, self.texts("happening")))
        away = away or (leave and "unknown" in self.sorts)  # `Cross-country: pupils leave at 1pm`
        theirs: set[Sort] = set() if of_start or away else {"pupils"}
        whose = {"school", "early", "late", "closed"} | theirs
        in_evening = any(map(_EVENING.search, self.texts("happening")))
        return any(
            piece.is_plain
            and piece.sorts & whose
            and (
                not piece.in_brackets
                or ("closes" in piece.sorts and {"school", "time"} <= piece.sorts)
                or (in_evening and not of_start)
            )
            for piece in self.pieces
        )

    def _of_acts(self, acts: frozenset[Sort]) -> set[time]:
        return {when for sorts, when in self.hours if sorts & acts and not sorts & _SPOILING}

    @cached_property
    def speaks_for_itself(self) -> bool:
        """Whether one piece says outright what holds for the school, so that what else is spoken of
        beside it is a reason or an occasion: `Polling Day (council elections) - school closed`,
        `Speech Day (10am, Marquee). Trinity Term ends 1pm`, `Carol Service, term ends`."""
        others = [p for p in self.pieces if p.sorts & _FOREIGN_TO_IT]
        edges = [p for p in self.pieces if _is_an_edge(p)]
        if any(p.is_sentence and "time" in p.sorts for p in edges):
            return True  # an hour makes it the school's term, and not the choir's
        if edges and all(map(_only_happens, others)):
            whose = {sort for p in edges for sort in p.sorts} & {"time", "school"}
            return bool(whose) or not any(map(_is_of_a_part, others))
        in_brackets = "occasion" in self.sorts or all(p.in_brackets for p in others)
        return in_brackets and any(_shuts(p) for p in self.pieces)

    @cached_property
    def says_open(self) -> bool:
        """`Council offices closed, schools OPEN`: what else is closed is not the school."""
        return any(
            p.is_plain and any(t.sort == "normal" and "open" in t.text for t in p.tokens)
            for p in self.pieces
        )

    def in_tongue(self, *, foreign: bool) -> "Title":
        """Its Welsh half, or its English one."""
        return Title(tuple(p for p in self.pieces if p.foreign is foreign))


def _is_an_edge(piece: Piece) -> bool:
    """`Trinity Term ends`, `Last day of session`, `We break up at 1.30pm`."""
    if not piece.is_plain or "part" in piece.sorts:
        return False
    is_end = any(t.sort == "last day" and t.text.endswith("session") for t in piece.tokens)
    return (
        is_end
        or "break up" in piece.sorts
        or ("term" in piece.sorts and bool(piece.sorts & _EDGES))
    )


def _only_happens(piece: Piece) -> bool:
    """What takes place once: `Carol Service`, and not `Swimming`."""
    happens = [t for t in piece.tokens if t.sort == "happening"]
    lessons = all(_LESSONS.fullmatch(t.text) for t in happens)
    return not (lessons or piece.sorts & {"another day", "elsewhere"})


def _is_of_a_part(piece: Piece) -> bool:
    """`Y6 leavers' assembly - end of term` may be of Year 6 alone; leavers have one for all."""
    return any(t.sort == "part" and not t.text.startswith("leaver") for t in piece.tokens)


def _shuts(piece: Piece) -> bool:
    """`School closed`, `no school`, `closed to pupils`."""
    return piece.is_plain and (
        piece.sorts >= {"closed", "school"} or any(map(_shuts_by_itself, piece.tokens))
    )


def _shuts_by_itself(token: Token) -> bool:
    if token.sort == "closed":
        return token.text in ("no school", "dim ysgol")
    return token.sort == "INSET" and token.text.startswith(("clos", "no pupils", "no children"))


@lru_cache(maxsize=64)  # several steps ask for the title of the event that is read
def title_of(words: str, own: frozenset[str] = frozenset()) -> Title:
    """A title's pieces; `own` are the words of the school's own name, which say nothing here."""
    pieces: list[Piece] = []
    tokens: list[Token] = []
    after_for, depth, cut = False, 0, ""
    for token in (*with_names(_tokens(_plainly(words)), own), Token("cut", "")):
        if token.sort == "cut for" and not Piece(tuple(tokens)).is_plain:
            continue  # the term that somebody's bookings are for
        if token.sort in ("cut", "cut for"):
            if tokens:
                before = cut.endswith("after")
                piece = Piece(tuple(tokens), after_for, depth > 0, cut in _SENTENCES, before)
                pieces += _apart(piece)
                cut = ""
            cut += token.text.strip()
            tokens, after_for = [], token.sort == "cut for"
            depth = max(0, depth + (token.text in "([") - (token.text in ")]")) if token.text else 0
        else:
            tokens.append(token)
    return Title(tuple(pieces))


def _apart(piece: Piece) -> Iterator[Piece]:
    """`Leavers' assembly and last day of term` is two things."""
    links = [i for i, t in enumerate(piece.tokens) if t.text in _LINKS]
    for link in links if not piece.is_plain else ():
        one = replace(piece, tokens=piece.tokens[:link])
        two = replace(piece, tokens=piece.tokens[link + 1 :], is_sentence=False)
        if one.tokens and two.tokens and (_is_an_edge(one) or _is_an_edge(two)):
            yield from (one, two)
            return
    yield piece


def _plainly(words: str) -> str:
    """Lower case, straight quotes, short forms in full, slips of the keyboard put right."""
    said = unicodedata.normalize("NFC", words).casefold().replace("’", "'").replace("‘", "'")
    said = " ".join(said.split())
    for short, word in _SHORT:
        said = short.sub(word, said)
    return re.sub(r"[a-z]{3,}", lambda found: _put_right(found[0]), said)


def _put_right(word: str) -> str:
    known = _TOKENS.fullmatch(word)
    if word in NO_SLIPS or (known and known.lastgroup != "word"):
        return word
    return next((right for right in SPELT if _is_slip(word, right)), word)


def _is_slip(word: str, right: str) -> bool:
    """Two letters in each other's place; in a longer word also one too many or too few."""
    if len(word) == len(right):
        wrong = [i for i in range(len(word)) if word[i] != right[i]]
        return (
            len(wrong) == 2
            and wrong[1] == wrong[0] + 1
            and word[wrong[0]] == right[wrong[1]]
            and word[wrong[1]] == right[wrong[0]]
        )
    longer, shorter = sorted((word, right), key=len, reverse=True)
    return (
        len(longer) == len(shorter) + 1
        and len(right) >= 6
        and longer != f"{shorter}s"
        and any(longer[:i] + longer[i + 1 :] == shorter for i in range(1, len(longer)))
    )


def _tokens(said: str) -> Iterator[Token]:
    for found in _TOKENS.finditer(said):
        name = found.lastgroup or "word"
        if name == "cut":
            yield Token("cut", found[0])
        elif name == "word":
            yield Token("unknown", found[0])
        else:
            at = int(name[1:])
            yield Token(_WORDS[at][0], found[0], at < len(OTHER_TONGUES))


def clock_of(text: str) -> time:
    """`1.15pm`, `13:15`, `at 2`, `noon`. Without am or pm, an hour below 7 is of the afternoon."""
    found = re.search(r"(\d{1,2})(?:[.:](\d\d))?", text)
    if found is None:
        return time(12)
    hour, minute = int(found[1]), int(found[2] or 0)
    half = text[found.end() :].strip(" .").removeprefix("y").strip(".")  # 1.30yp is Welsh for pm
    if (half.startswith(("p", "h")) and hour < 12) or (
        not half.startswith(("a", "b")) and hour < 7
    ):
        hour += 12
    return time(hour, minute)


def units_of(part: str) -> frozenset[str]:
    """A part of a school, as years and names: `Y3/4` is `year-3` and `year-4`."""
    said = " ".join(re.sub(r"[-_]", " ", part.casefold()).split())
    if re.match(r"[psul] ?\d", said):
        return _forms(said)
    years = re.match(r"(?:years?|yrs?|y|blwyddyn|bl)\.? ?(?:groups? )?(?=\d)", said)
    if years:
        return _years(said[years.end() :], part)
    if re.fullmatch(r"(?:years?|yrs?|y) ?r|reception.*", said):
        return frozenset({"reception"})
    stage = re.fullmatch(r"(?:key ?stages?|ks) ?(\d)", said)
    if stage:
        return frozenset({f"ks{stage[1]}"})
    said = said.replace("6th", "sixth").replace("nurseries", "nursery").removesuffix("ers")
    return frozenset({said.replace(" ", "").removesuffix("s")})


def _years(said: str, part: str) -> frozenset[str]:
    numbers = re.findall(r"(\d+)([a-z]?)\b", said)
    if len(numbers) == 2 and re.search(r"\d\s*(?:to|-|–)", part.casefold()):
        first, last = (int(number) for number, _ in numbers)
        return frozenset(f"year-{number}" for number in range(first, last + 1))
    return frozenset(f"year-{number}{letter}" for number, letter in numbers)


def _forms(said: str) -> frozenset[str]:
    """`S4-S6`, `P1 and P2`, `U5`."""
    found = re.findall(r"([psul]) ?(\d)", said)
    if len(found) == 2 and re.search(r"\d ?(?:to|-|–)", said):
        (letter, first), (_, last) = found
        return frozenset(f"{letter}{n}" for n in range(int(first), int(last) + 1))
    return frozenset(letter + n for letter, n in found)


def groups_meant(parts: Iterable[str], groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The school's groups that stand for all of these parts, or none: half an answer is none."""
    wanted = frozenset(unit for part in parts for unit in units_of(part))
    found = frozenset(name for name, units in groups.items() if units <= wanted)
    covered = {unit for name in found for unit in groups[name]}
    return found if covered == wanted else frozenset()
