"""Names in a title: the school's own says nothing; another school's, or a place's that is closed,
make it somebody else's, whatever stands in brackets or behind a dash. No name is known but ours.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bellgate.schedules.year.calendar_lexicon import Sort

_NOUN = re.compile(
    r"schools?|academ(?:y|ies)|college|primary|secondary|(?:high|special|middle) schools?"
    r"|nurser(?:y|ies)|infants?|juniors?|prep|pre-? ?schools?|ps|hs|gs|cp|jmi|high|grammar|infant"
    r"|junior|primaries|comp|comprehensive|ysgol|scoil|sgoil|elcs?"
)
"""What a school is called beside its name: `Ballymore PS`."""
_SHORT = {"ps": "primary", "hs": "high school"}
_NAME_FOLLOWS = ("ysgol", "scoil", "sgoil")
_NO_NAME = re.compile(
    r"whole-school|all-school|senior|main|every|entire|full|today'?s|tomorrow'?s|cofe|ce|rc|catholic"
    r"|reminder|notice|sorry|urgent|important|also|ps"
)
"""What stands before `school` and tells no other one apart."""
_THERE = ("at", "in", "to", "from", "into")
"""`INSET day at Ballymore PS` is where our own staff go."""
_SUBJECT = re.compile(
    r"safeguarding|curriculum|development|assessments?|training|planning|data|moderation|trauma\S*"
    r"|first|aid|maths|numeracy|literacy|english|phonics|writing|reading|science|computing|sen[cd]?o?"
    r"|well-?being|behaviou?r|prevent|prep|preparation|cpd|teaching|learning|standards|report"
    r"|reporting|tracking|inclusion|health|safety|fire|child|protection|autism|restorative|pastoral"
    r"|subject|department\S*|faculty|strategic|joint|whole-school|p\.d|p|d"
)
_OF_OURS = re.compile(
    r"no |non|(?:pupil|child|student)[- ]|.*(?:pupils|children|students|kids|learners|staff|teach)"
)
"""Words of a closing that speak of pupils, or staff."""
_LITTLE = ("c", "e", "of", "the", "and", "&", "in", "for")
_CUTS: frozenset[Sort] = frozenset({"cut", "cut for"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or some that belong together, and what they are."""

    sort: Sort
    text: str
    foreign: bool = False
    """Whether it is Welsh, Irish or Gaelic."""


def own_words(name: str) -> frozenset[str]:
    """The words of a school's own name, and its initials: `BPS`."""
    words = [w.strip(".,()") for w in name.casefold().replace("’", "'").split()]
    words = [w for w in words if w]
    initials = ("".join(w[0] for w in words), "".join(w[0] for w in words if w not in _LITTLE))
    plain = (w.replace("'", "") for w in words)
    return frozenset((*words, *plain, *(i for i in initials if len(i) > 1)))


def with_names(tokens: Iterable[Token], own: frozenset[str]) -> Iterator[Token]:
    """The tokens of a title, each name one token; `own` are the words of our own."""
    known = [
        replace(t, sort="filler") if t.sort == "unknown" and t.text in own else t for t in tokens
    ]
    parts = list(_parts(known))
    if _is_a_name_and_closed(parts):
        parts[0] = [replace(t, sort="elsewhere") if t.sort == "unknown" else t for t in parts[0]]
    cut = ""
    for at, part in enumerate(parts):
        if part and part[0].sort in _CUTS:
            cut = part[0].text.strip()
            yield from part
        elif at and any(t.text == "schools" for t in part):
            yield from part  # `Closed to pupils (Trauma Informed Schools)`
        else:
            yield from _told(part, own, is_there=cut == "with")


def _parts(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """What stands between two cuts, and each cut by itself."""
    part: list[Token] = []
    for token in tokens:
        if token.sort in _CUTS:
            yield part
            yield [token]
            part = []
        else:
            part.append(token)
    yield part


def _is_a_name_and_closed(parts: Sequence[Sequence[Token]]) -> bool:
    """`Hillview - closed (SDD)`, `Hillview: INSET day`: no word says that it is our school which is
    closed. What training is about is no name: `Safeguarding - INSET day`."""
    first, rest = parts[0], [t for part in parts[1:] for t in part]
    sorts = {t.sort for t in rest}
    if "closed" not in sorts and rest and rest[0].text.strip() in (",", ";", "."):
        return False  # `Sponsored walk Thurs, INSET Fri`
    return (
        any(t.sort == "unknown" for t in first)
        and all(t.sort in ("unknown", "filler") for t in first)
        and bool(sorts & {"closed", "INSET"})
        and not ("INSET" in sorts and any(_SUBJECT.fullmatch(t.text) for t in first))
        and sorts <= {"closed", "filler", "INSET", "unknown", *_CUTS}
        and not any(_OF_OURS.match(t.text) for t in rest)
    )


def _told(part: Sequence[Token], own: frozenset[str], *, is_there: bool) -> Iterator[Token]:
    at = 0
    while at < len(part):
        end = _end_of_name(part, at)
        before = part[at - 1].text if at else "with" if is_there else ""
        if end > at + 1 and before not in _THERE and not (is_there and at == 0):
            yield Token("another school", " ".join(t.text for t in part[at:end]))
        elif part[at].text in _SHORT and before in own:
            yield Token("stage", _SHORT[part[at].text])
            end = at + 1
        elif closed := _closed_after(part, at):
            yield Token("elsewhere", " ".join(t.text for t in part[at:closed]))
            end = closed
        else:
            end = max(end, at + 1)
            yield from part[at:end]
        at = end


def _end_of_name(part: Sequence[Token], at: int) -> int:
    """Where another school's name that begins here is over; `at` itself where none begins."""
    here = part[at]
    following = part[at + 1] if at + 1 < len(part) else None
    saint = here.text in ("st", "saint") and here.sort in ("unknown", "filler")
    if here.text in _NAME_FOLLOWS or saint:
        end = _after_unknown(part, at + 1)
        if following is None or end == at + 1:
            return at
        if saint:
            end = _after_noun(part, end)
            # `St Mary's Church service` and `St George's Day` are no schools.
            beside = part[end] if end < len(part) else None
            return at if beside and (beside.sort == "happening" or beside.text == "day") else end
        return end
    if not _is_unknown(here) or _NO_NAME.fullmatch(here.text):
        return at
    last = _after_unknown(part, at)
    for end in range(last, at, -1):
        noun = _after_noun(part, end)
        if noun > end:
            return noun
    return at


def _after_unknown(part: Sequence[Token], at: int) -> int:
    while at < len(part) and _is_unknown(part[at]):
        at += 1
    return at


def _after_noun(part: Sequence[Token], at: int) -> int:
    while at < len(part) and _is_noun(part[at]):
        at += 1
    return at


def _is_noun(token: Token) -> bool:
    known = token.sort in ("school", "stage", "part", "unknown")
    return known and _NOUN.fullmatch(token.text) is not None


def _is_unknown(token: Token) -> bool:
    return token.sort == "unknown"


def _closed_after(part: Sequence[Token], at: int) -> int:
    """Where `closed` stands right after unknown words that begin here; 0 where it does not, or a
    part of the school stands before them: `Year 2 classroom closed`."""
    if not _is_unknown(part[at]) or (at and part[at - 1].sort == "part"):
        return 0
    end = _after_unknown(part, at)
    while end < len(part) and part[end].text in ("is", "are", "will", "be", "both", "again"):
        end += 1
    closes = end < len(part) and (
        (part[end].sort == "closed" and not part[end].text.startswith("closure"))  # `Heat closure`
        or (part[end].sort == "INSET" and part[end].text.startswith(("clos", "shut")))
    )
    return end if closes and not part[end].text.startswith("no ") else 0
