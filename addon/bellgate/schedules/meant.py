"""A word that its key does not know -> what somebody meant by it, as a hint.

It may be people's own word for something, or stand under the wrong key: `what: everyone`.
"""

from collections.abc import Mapping
from typing import Final, Literal

from bellgate.policy.facts import address, host_name
from bellgate.policy.when import Named
from bellgate.policy.who import EVERYONE
from bellgate.schedules import also_called
from bellgate.schedules.problem import Unclear, closest
from bellgate.schedules.rule_times import TIME_WORDS, when_of
from bellgate.schedules.rule_words import WHAT_WORDS, Vocabulary

Key = Literal["who", "what", "when"]

_ALSO: Final[Mapping[Key, Mapping[str, str]]] = {
    "who": also_called.WHO,
    "what": also_called.WHAT,
    "when": also_called.WHEN,
}
_NO_WORD_FOR_ALL: Final = (
    "there is no word for all sites: a rule names what it is about, such as social-media, "
    "a category, a service or a domain"
)

_MESSENGER_OR_CHAT_ROOM: Final = (
    "did you mean messenger or chat-room? Write both in brackets: [messenger, chat-room]"
)
_NO_CATEGORY_FOR_GAMES: Final = (
    "there is no category for games: virtual-world has online worlds such as Roblox; anything else "
    "that you want to close goes into services.yaml, site by site or as a list"
)


def meant(word: str, key: Key, known: Vocabulary) -> str | None:
    """What somebody meant by a word that is none of its key's; None where that is not known."""
    plain = " ".join(word.casefold().replace("_", " ").split())
    if key == "what" and plain in also_called.EVERY_SITE:
        return _NO_WORD_FOR_ALL
    if key == "what" and plain in also_called.GAMES:
        return _NO_CATEGORY_FOR_GAMES
    if key == "what" and plain in also_called.CHATS:
        return _MESSENGER_OR_CHAT_ROOM
    right = _ALSO[key].get(plain)
    if right is not None and kind_of(right, known) in _KINDS[key]:
        return f"did you mean {right}?"
    if key == "who" and address(word) is not None:
        return (
            "an address belongs under ip or networks in devices.yaml; write its device or group "
            "here"
        )
    if key == "who" and (theirs := known.holders.get(word)):
        return f"{word} is a person, and a rule is about devices: write {' or '.join(theirs)}"
    kind = kind_of(word, known)
    if kind is None or kind in _KINDS[key] or _is_a_slip(word, key, kind, known):
        return None
    belongs = next(under for under, kinds in _KINDS.items() if kind in kinds)
    hint = f"{word} is {kind}, which belongs under {belongs}"
    return f"{hint}; {_NO_WORD_FOR_ALL}" if (word, key) == (EVERYONE, "what") else hint


_KINDS: Final[Mapping[Key, tuple[str, ...]]] = {
    "who": ("the word for all people", "a group", "a device"),
    "what": ("a service", "a category", "a domain"),
    "when": ("a time", "a session or break"),
}


def _is_a_slip(word: str, key: Key, kind: str, known: Vocabulary) -> bool:
    """`when: session` is no mention of the messenger of that name."""
    own = {
        "who": (known.groups or (), known.devices or ()),
        "when": (TIME_WORDS, known.times or ()),
    }
    valid = [name for names in own.get(key, ()) for name in names]
    return kind == "a service" and closest(word, valid) is not None


def kind_of(word: str, known: Vocabulary) -> str | None:
    """What a word is, under whatever key it stands."""
    if word == EVERYONE:
        return "the word for all people"
    for names, kind in (
        (known.groups, "a group"),
        (known.devices, "a device"),
        (frozenset(WHAT_WORDS), "a category"),
        (known.times, "a session or break"),
    ):
        if word in (names or ()):
            return kind
    when = when_of(word)
    if not isinstance(when, Unclear | Named):
        return "a time"
    if "." in word and host_name(word) is not None:
        return "a domain"
    # Last: some services are called as sessions and groups are.
    return "a service" if word in (known.services or ()) else None
