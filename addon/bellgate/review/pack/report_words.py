"""The fixed words for what a record shows and does not show. Nothing but text may live here, and
how it goes with a number.

They are read out in front of a panel, so they say no more than is known, and they are the same in
every pack and on every page. To change a word here is to change what is said about people.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bellgate.audit.record.retention import OF_THE_GATE, REVIEWERS
from bellgate.review.pack.phrases import count, listed, some_of

SHOWS: Final[Mapping[str, str]] = {
    "signed-in": "An access point reported that somebody was signed in to the device under this "
    "person’s name at the time. Each record names that sign-in.",
    "held": "The device was on the network where the school expects it, with its own network "
    "address (MAC), and the school’s list named exactly one holder at the time.",
}
"""What attributes a device to a person, by a record's `bellgate.attribution`."""

YET: Final[Mapping[str, str]] = {
    "signed-in": "The records would look the same if somebody else had known the password, or had "
    "picked up the device.",
    "held": "The records would look the same if somebody else had used the device, or if another "
    "device on the same network had used a copy of its network address.",
}
"""Why that is not certain."""

GROUNDS: Final[Mapping[str, str]] = {
    **{ground: f"{said} {YET[ground]}" for ground, said in SHOWS.items()},
    "shared": "The device is shared, so nothing that it did is attributed to anybody.",
    "address": "Only the device’s IP address was known, and another device can use the same one; "
    "or something did not fit its network address (MAC), or did not fit who was reported as signed "
    "in. So nothing is attributed to anybody.",
    "unknown": "The device was not known, was away from its own network or had no holder at the "
    "time, so nothing is attributed to anybody.",
}

GROUNDS_SHORT: Final[Mapping[str, str]] = {
    "signed-in": "signed in",
    "held": "holder on list",
    "shared": "nobody (shared device)",
    "address": "nobody (device not certain)",
    "unknown": "nobody",
}
"""For a column of a table."""

NOBODYS: Final[Mapping[str, str]] = {
    "address": "the evidence did not reliably identify the device",
    "shared": "the device is shared",
    "unknown": "the device was not known",
    "claimed": "the device’s network address (MAC) turned up on another network, where it may be "
    "a copy",
    "unheld": "the device had no holder at the time",
}
"""Why an attempt is attributed to nobody; after “because”."""


def why_nobodys(ground: str, *, claimed: bool, device_known: bool) -> str:
    """The key of `NOBODYS` for an attempt that is attributed to nobody."""
    if claimed:
        return "claimed"
    return "unheld" if ground == "unknown" and device_known else ground


DOUBTS: Final[Mapping[str, str]] = {
    "shared-mac": "its MAC sent from two addresses at once",
    "lease-differs": "the address was leased to another MAC",
    "duid": "it was known only by the MAC in a DUID",
    "sign-in-unnamed": "somebody was signed in to it under a name that the school has not listed",
    "sign-ins-differ": "reports of who was signed in to it contradicted each other",
    "sign-in-unsure": "nobody could tell whether the person who had signed in to it was still "
    "signed in",
    "sign-in-over": "whoever had been signed in to it had signed out by then",
}
"""What contradicted a device's holder or a sign-in, by a record's `bellgate.ground`."""

CARRIED_OVER: Final = "opened before the bell and cut off by it"


def cut_off(connections: int, whither: str = "") -> str:
    """`2 connections were opened before the bell and cut off by it. They are not breaches, …`."""
    to = f" to {whither}" if whither else ""
    if connections == 1:
        said = "It is not a breach, and does not count as an attempt."
        return f"1 connection{to} was {CARRIED_OVER}. {said}"
    said = "They are not breaches, and do not count as attempts."
    return f"{count(connections, 'connection')}{to} were {CARRIED_OVER}. {said}"


def all_refused(times: int) -> str:
    if times == 1:
        return "The attempt was refused, so nothing from the site appeared on the screen."
    return "Every attempt was refused, so nothing from these sites appeared on the screen."


def by_itself(some: int, times: int) -> str:
    """Of attempts that nobody need have chosen."""
    return (
        f"{some_of(some, times, 'attempt')} came from something contained in another page, or from "
        "a browser or app acting on its own."
    )


def connection_only(some: int, times: int) -> str:
    """Of attempts that showed nothing more."""
    if times == 1:
        return "Only a connection could be seen. It is not known whether a person made it."
    of = "" if some == times else f"For {some:,} of the {count(times, 'attempt')}, "
    only = f"{of}only {'a connection' if some == 1 else 'connections'} could be seen."
    who = "it" if some == 1 else "them"
    return f"{only[:1].upper()}{only[1:]} It is not known whether a person made {who}."


PERMITTED: Final = (
    "permitted: the rule opens the service to anybody who says what they need it for, and a "
    "purpose was given."
)
"""What is said of a visit in which somebody gave a purpose: the rule is there for that."""


def permitted(visits: int) -> str:
    return f"{count(visits, 'visit')} {'was' if visits == 1 else 'were'} {PERMITTED}"


def deleted(records: int, why: Sequence[str], *, theirs: bool = True) -> str:
    """Of records from the days asked about that are gone: whose, nobody can tell. `why` are the
    periods that were up. With `theirs` False they were of groups that the subject is in none of."""
    whom = "whom it was" if records == 1 else "whom they were"
    have = "has" if records == 1 else "have"
    return (
        f"{count(records, 'record')} from this period {have} been deleted, because the school "
        f"keeps {_for_how_long(why)}. "
        + (f"Nobody can now tell {whom} about." if theirs else _of_others(records, why))
    )


def _of_others(records: int, why: Sequence[str]) -> str:
    was = "It was" if records == 1 else "They were"
    groups = [whose for each in why if (whose := each.partition(":")[0]) not in _NO_GROUP]
    if not groups:
        return f"{was} not about anything that a device did."
    those = "that group" if len(groups) == 1 else "those groups"
    return (
        f"{was} kept with those of {listed(groups)}, and no record in this pack belongs to {those}."
    )


_NO_GROUP: Final = (OF_THE_GATE, REVIEWERS)


def _for_how_long(why: Sequence[str]) -> str:
    if len(why) != 1:
        return f"records only for a set time ({listed(why)})" if why else "records for a set time"
    [whose, period] = why[0].split(": ", 1)
    return f"records of {'the gate' if whose == 'gate' else whose} only for {period}"


_NOT_READ: Final = "A connection does not show that anybody read, watched or wrote anything."


def not_shown(*, refused: bool) -> tuple[str, ...]:
    """What no record shows; `refused`: whether anything was, of which that may be said too."""
    return (
        "A device is not a person. No record shows who was using it.",
        f"{_NOT_READ} Nothing that was refused appeared on the screen." if refused else _NOT_READ,
        "The times given for a visit are those of its first and last attempts. They do not show "
        "how long anything was used for.",
    )


LIMITS: Final = (
    "The record does not show what was looked for on a site. It keeps only the site’s name: no "
    "page address, no search and no content.",
    "Browsers and apps connect without being asked: ahead of a click, in the background, and for "
    "parts of other pages. Where the gate could tell, the record says so. Where it could not, the "
    "record says “connection only”.",
    "If another page sent the browser to a site, or the browser reopened yesterday’s tabs, the "
    "record looks the same as if somebody had chosen to go there.",
    "The list of services is drawn up by people, who may list a site under the wrong service.",
    "A MAC address can be copied. If a copy is used away from the device’s own network, the gate "
    "notices, and attributes nothing to the holder. On the device’s own network it cannot tell.",
    "Several attempts within a minute may share one record, which gives their number and the time "
    "of the last.",
    "Where a rule applies only during sessions, the gate records nothing outside them. It does not "
    "see a phone on mobile data, traffic on ports other than 80 and 443, or a name hidden inside "
    "an encrypted connection that is allowed.",
    "Somebody with full control of the gateway could change any record written since a checkpoint "
    "was last sent outside the school, and nobody would notice. If none has ever been sent, that "
    "means every record.",
)

_THE_PERSON: Final = (
    "The person concerned may have this document and everything else in the pack, and may ask an "
    "expert of their own to check it. Nothing in the pack is to be kept from them."
)
_EACH_PERSON: Final = (
    "Each person to whom attempts here are attributed may have all that concerns them, and may ask "
    "an expert of their own to check it."
)
_NOTICE: Final = (
    "Was the person given the notice that applied at the time (table D), and if so, when? "
)


def challenge(*, of_a_person: bool, is_to_staff: bool) -> list[str]:
    """How somebody may dispute what is said here. Only staff are given the notice."""
    return [
        _THE_PERSON if of_a_person else _EACH_PERSON,
        "Questions worth asking: Who else had the device, and when? Did an app or an open tab make "
        "the attempts? Was the site wanted for school purposes? Does the site belong to the "
        f"service named here? {_NOTICE if is_to_staff else ''}Were there times when the gate may "
        "not have been watching?",
        "Anybody who finds a mistake in a record, or a site listed under the wrong service, should "
        "tell the school. It can have the same records assessed again against a corrected list.",
    ]


ALONE: Final = (
    "The pack contains a small program, verify.py. The records of each person and each device are "
    "numbered, so the program notices a gap in the middle, but not a record missing at the "
    "beginning or the end. It counts separately the records that were deleted on schedule.",
    "verify.py is under 350 lines long, short enough to read through. Any program for RFC 6962 "
    "trees and C2SP checkpoints can make the same checks. Without a checkpoint that was e-mailed "
    "when the records were made, these checks show only that the files in the pack agree with one "
    "another.",
    "verify.py checks only the records. To find out whether this document has been changed since "
    "it was made, compare the SHA-256 of report.pdf with the one in the log’s own record of this "
    "pack.",
)

CHECK: Final = (
    "Take the e-mail with a checkpoint that the head and the chair of governors received after "
    "the session in question. Save it as a file and, on any computer with Python, run: "
    "python3 verify.py --checkpoint FILE. It shows, for each record, whether it is byte for byte "
    "what it was when that e-mail left the school, or is newer than the e-mail.",
    *ALONE,
)
