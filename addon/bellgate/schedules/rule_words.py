"""The words that a rule may use for who and what, and the names that the files give.

Names are taken from the files as written, even where an entry had to be left out, so that one slip
does not make every mention of it a second one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bellgate.policy.what import CATEGORIES, SOCIAL_MEDIA, UNNAMED
from bellgate.policy.who import EVERYONE
from bellgate.schedules import also_called, scalars
from bellgate.schedules.problem import NONE_YET, Unclear, quoted, suggestion
from bellgate.schedules.yaml_tree import Data

WHAT_WORDS = (SOCIAL_MEDIA, *CATEGORIES, *UNNAMED)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that the files give. None: that file could not be read, so nothing is known."""

    groups: frozenset[str] | None
    devices: frozenset[str] | None
    services: frozenset[str] | None
    times: frozenset[str] | None
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The devices that each person has or had."""


def vocabulary(school: Data, devices: Data, services: Data, shipped: Iterable[str]) -> Vocabulary:
    """From each file's data (None where it could not be read) and the shipped services' ids."""
    return Vocabulary(
        groups=group_names(devices) if devices else None,
        devices=frozenset(_each(devices, "devices", "name")) if devices else None,
        services=(
            frozenset(
                (
                    *shipped,
                    *_each(services, "services", "id"),
                    *_each(services, "lists", "id"),
                )
            )
            if services is not None
            else None
        ),
        times=frozenset(_times(school)) if school else None,
        holders=_holders(devices),
    )


def group_names(devices: Data) -> frozenset[str]:
    """The groups that devices.yaml names."""
    return frozenset(_keys(_get(devices, "groups")))


def who_problem(word: str, known: Vocabulary) -> Unclear | None:
    """What is wrong with a word of `who`, if anything."""
    if known.groups is None or known.devices is None:
        return None
    valid = (EVERYONE, *sorted(known.groups), *sorted(known.devices))
    if word in valid:
        return None
    hint = or_a_new_group(word, near(word, valid))
    return Unclear(f"has {quoted(word)}, which is not a group or device", hint)


def group_problem(word: str, known: Vocabulary, *others: str) -> Unclear | None:
    """What is wrong with a word where only a group can stand, or one of the `others`."""
    if known.groups is None:
        return None
    valid = (*others, *sorted(known.groups))
    if word in valid:
        return None
    right = also_called.WHO.get(word.casefold())
    if right in valid:
        hint = f"did you mean {right}?"
    elif word in (known.devices or ()):
        hint = f"{word} is a device: only a group can go here"
    else:
        hint = or_a_new_group(word, near(word, valid))
    return Unclear(f"has {quoted(word)}, which is not a group", hint)


def or_a_new_group(word: str, hint: str) -> str:
    """A hint for a word that is no group yet; what holds several words can be none."""
    if hint.startswith("write"):
        return hint
    joined = f"{hint} Or" if hint.endswith("?") else f"{hint}; or"
    if hint == NONE_YET:
        joined = f"{hint}:"
    return f"{joined} make the group {quoted(word)[1:-1]} in devices.yaml"


def what_problem(word: str, known: Vocabulary) -> Unclear | None:
    if "." in word or "/" in word:
        try:
            scalars.domain(word)
        except Unclear as e:
            return e
        return None
    if word in WHAT_WORDS or known.services is None or word in known.services:
        return None
    valid = (*WHAT_WORDS, *sorted(known.services))
    hint = near(word, valid)
    if not hint.startswith(("did", "write")):
        searched = f"bellgate services {quoted(word)} searches them"
        hint = (
            f"{searched}; or write the site's domain, such as example.org. What no rule closes is "
            "open without a rule"
        )
    return Unclear(f"has {quoted(word)}, which is not a service or category", hint)


def near(word: str, valid: Iterable[str]) -> str:
    """What somebody probably meant, as a hint."""
    valid = list(valid)
    several = word.replace(",", " ").split()
    if "," in word or (len(several) > 1 and all(one in valid for one in several)):
        return f"write several in brackets: [{', '.join(several)}]"
    return suggestion(word, valid)


def _get(data: Data, key: str) -> Data:
    return data.get(key) if isinstance(data, dict) else None


def _keys(data: Data) -> Iterable[str]:
    return data if isinstance(data, dict) else ()


def _each(data: Data, section: str, key: str) -> Iterator[str]:
    items = _get(data, section)
    for item in items if isinstance(items, list) else ():
        name = _get(item, key)
        if isinstance(name, str):
            yield name


def _holders(devices: Data) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    items = _get(devices, "devices")
    for item in items if isinstance(items, list) else ():
        name = _get(item, "name")
        for person in _each(item, "holders", "person"):
            if isinstance(name, str) and name not in found.setdefault(person, []):
                found[person].append(name)
    return found


def _times(school: Data) -> Iterator[str]:
    inner = [_values(_get(school, key)) for key in ("days_for", "weekdays", "dates")]
    for shape in (school, *chain.from_iterable(inner)):
        yield from _keys(_get(shape, "sessions"))
        yield from _keys(_get(shape, "breaks"))
        yield from _keys(_get(shape, "extra"))


def _values(data: Data) -> Iterable[Data]:
    if isinstance(data, dict):
        return data.values()
    return data if isinstance(data, list) else ()
