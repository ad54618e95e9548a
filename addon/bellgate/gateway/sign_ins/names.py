"""The name that somebody signed in with -> a pseudonym, a machine, or nobody. Pure.

A name is compared as a whole: `jsmith@another-school.example` is a visitor, and no more the
school's own jsmith than anybody else. Only the realms and domains that gateway.yaml calls the
school's own are left out. Nothing here keeps a name.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

ANONYMOUS: Final = frozenset({"", "anonymous", "anon", "nobody", "unknown"})
"""What devices say outside the tunnel, where the true name is inside (RFC 4282, section 2.4)."""
_A_MAC: Final = re.compile(r"[0-9a-f]{2}([-:.]?)[0-9a-f]{2}(?:[-:.]?[0-9a-f]{2}){4}\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a name stands for: a person, by pseudonym; a machine; or nobody whom we know."""

    person: str | None = None
    is_machine: bool = False


NOBODY: Final = Named()
MACHINE: Final = Named(is_machine=True)


def named(user: str, known: Mapping[str, str], realms: Collection[str] = ()) -> Named:
    """Whom a name stands for. `known`: as `known_names` gives it, for the same realms."""
    text = as_compared(user, realms)
    name, _ = _parts(text)
    if text.startswith("host/") or name.endswith("$") or _A_MAC.match(text):
        return MACHINE
    if is_anonymous(user):
        return NOBODY
    person = known.get(text)
    return Named(person) if person is not None else NOBODY


def known_names(pairs: Iterable[tuple[str, str]], realms: Collection[str] = ()) -> dict[str, str]:
    """Names and pseudonyms, ready to be looked up. A name that two persons have names neither."""
    known: dict[str, str] = {}
    twice: set[str] = set()
    for name, person in pairs:
        text = as_compared(name, realms)
        if known.setdefault(text, person) != person:
            twice.add(text)
    return {text: person for text, person in known.items() if text not in twice}


def as_compared(user: str, realms: Collection[str] = ()) -> str:
    """`SCHOOL\\JSmith` as `jsmith`, where SCHOOL is the school's own; else `jsmith@school`."""
    text = unicodedata.normalize("NFKC", user).casefold().strip()
    if text.startswith("host/"):
        return text
    name, realm = _parts(text)
    if not realm or realm in {each.casefold() for each in realms}:
        return name
    return f"{name}@{realm}"


def is_anonymous(user: str) -> bool:
    """Whether a name says that it is none."""
    name, _ = _parts(unicodedata.normalize("NFKC", user).casefold().strip())
    return name in ANONYMOUS


def shown(session: str, user: str) -> bool:
    """Whether a session's own name can stand in a record: some access points put the person's name
    into it."""
    name, _ = _parts(user.casefold())
    fits = session.isascii() and session.isprintable() and 0 < len(session) <= 64
    return fits and " " not in session and bool(name) and name not in session.casefold()


def _parts(text: str) -> tuple[str, str]:
    """Name and realm of `name@realm` or `domain\\name`."""
    if "\\" in text:
        realm, _, name = text.partition("\\")
        return name, realm
    name, at, realm = text.rpartition("@")
    return (name, realm) if at else (text, "")
