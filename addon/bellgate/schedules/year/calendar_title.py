"""An event's title -> its pieces, each word known for what it is. No date and no meaning here.

The whole of a piece has to make sense: `Snow Queen - whole school panto` holds words of the
calendar and is about none of them. A title is cut where people cut it (dashes, brackets, `for`,
`due to`). A piece that is all calendar words says something; the others may give its reason.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property

from bellgate.schedules.year.calendar_lexicon import CUTS, LEXICON, NO_SLIPS, SPELT, Sort

_TOKENS = re.compile(
    "|".join(
        (
            *(
                rf"(?P<s{i}>(?<!\w)(?:{'|'.join(patterns)})(?!\w))"
                for i, (_, patterns) in enumerate(LEXICON)
            ),
            rf"(?P<cut>{CUTS})",
            r"(?P<word>[\w½][\w'’&-]*)",
        )
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or some that belong together, and what they are."""

    sort: Sort
    text: str


@dataclass(frozen=True)
class Piece:
    """A part of a title, between two cuts."""

    tokens: tuple[Token, ...]
    after_for: bool = False
    """Whether it says for what, or for whom, the piece before it is."""

    @cached_property
    def sorts(self) -> frozenset[Sort]:
        return frozenset(token.sort for token in self.tokens)

    @property
    def is_plain(self) -> bool:
        """Whether every word of it is one of the calendar's own."""
        return not self.sorts & {"unknown", "another day", "happening"}


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
        return tuple(t.text for p in pieces for t in p.tokens if t.sort == "part")

    def texts(self, sort: Sort) -> tuple[str, ...]:
        return tuple(t.text for p in self.pieces for t in p.tokens if t.sort == sort)

    @cached_property
    def clock(self) -> time | None:
        """The one time that the title names."""
        found = {t for text in self.texts("time") if (t := clock_of(text))}
        return found.pop() if len(found) == 1 else None


def title_of(words: str, own: frozenset[str] = frozenset()) -> Title:
    """A title's pieces; `own` are the words of the school's own name, which say nothing here."""
    pieces: list[Piece] = []
    tokens: list[Token] = []
    after_for = False
    for token in _tokens(_plainly(words)):
        if token.sort == "cut for" and not Piece(tuple(tokens)).is_plain:
            continue  # the term that somebody's bookings are for
        if token.sort in ("cut", "cut for"):
            pieces += [Piece(tuple(tokens), after_for)] if tokens else []
            tokens, after_for = [], token.sort == "cut for"
        elif token.sort == "unknown" and token.text in own:
            tokens.append(Token("filler", token.text))
        else:
            tokens.append(token)
    pieces += [Piece(tuple(tokens), after_for)] if tokens else []
    return Title(tuple(pieces))


def _plainly(words: str) -> str:
    """Lower case, straight quotes, slips of the keyboard put right."""
    said = " ".join(words.casefold().replace("’", "'").replace("‘", "'").split())
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
            yield Token(LEXICON[int(name[1:])][0], found[0])


def clock_of(text: str) -> time | None:
    """`1.15pm`, `13:15`, `at 2`, `noon`. Without am or pm, an hour below 7 is of the afternoon."""
    found = re.search(r"(\d{1,2})(?:[.:](\d\d))?", text)
    if found is None:
        return time(12)
    hour, minute = int(found[1]), int(found[2] or 0)
    half = text[found.end() :].strip(" .")
    if (half.startswith("p") and hour < 12) or (not half.startswith("a") and hour < 7):
        hour += 12
    return time(hour, minute)


def units_of(part: str) -> frozenset[str]:
    """A part of a school, as years and names: `Y3/4` is `year-3` and `year-4`."""
    said = " ".join(re.sub(r"[-_]", " ", part.casefold()).split())
    years = re.match(r"(?:years?|yrs?|y)\.? ?(?:groups? )?(?=\d)", said)
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


def groups_meant(parts: Iterable[str], groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The school's groups that stand for all of these parts, or none: half an answer is none."""
    wanted = frozenset(unit for part in parts for unit in units_of(part))
    found = frozenset(name for name, units in groups.items() if units <= wanted)
    covered = {unit for name in found for unit in groups[name]}
    return found if covered == wanted else frozenset()
