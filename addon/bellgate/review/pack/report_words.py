"""The fixed words for what a record shows and does not show. Nothing but text may live here.

They are read out before a panel, so they say no more than is known, and are the same in every pack
and on every page. Who changes a word here changes what is said of people.
"""

from collections.abc import Mapping
from typing import Final

GROUNDS: Final[Mapping[str, str]] = {
    "signed-in": "Somebody had signed in on the device under this name.",
    "held": "The device showed its own network address (MAC), on its own network, and is given to "
    "one person. Whoever else sat at it, or copied that address on the same network, looks the "
    "same here.",
    "shared": "The device is shared: what it did is put down to nobody.",
    "address": "The device was known by its IP address alone, which another can take: it is put "
    "down to nobody.",
    "unknown": "The device was not known, or was away from its own network: what it did is put "
    "down to nobody.",
}

NOBODYS: Final[Mapping[str, str]] = {
    "address": "the device was known by its IP address alone",
    "shared": "the device is shared",
    "unknown": "the device was not known, or was away from its own network",
    "claimed": "a device on another network showed its hardware address",
    "held": "nobody held the device at the time",
    "signed-in": "nobody held the device at the time",
}
"""Why an attempt is attributed to nobody, by its ground; after “because”."""

CARRIED_OVER: Final = "opened in the person’s own time, cut at the bell: no breach"

NOT_SHOWN: Final = (
    "A device is not a person: no record says who sat at it.",
    "A connection is not reading, watching or writing. What was refused was not seen at all.",
    "Times are those of the first and the last attempt. They are no minutes of use.",
)

LIMITS: Final = (
    "Only names of sites are kept: no address of a page, no search, no content. Nothing can be "
    "said about what was on a page or was meant to be there.",
    "Browsers and apps connect without anybody’s doing: ahead of a click, in the background, for "
    "parts of other pages. Where the gate could tell, the grade says so; where it could not, the "
    "grade is “connection only”.",
    "A browser that was sent to a page by another page, or that opens yesterday’s tabs again, "
    "cannot be told from one whose user went there.",
    "The list of services is made by people and can be wrong about a name.",
    "A MAC address can be copied. On a network other than the device’s own that is noticed and "
    "nothing is put down to the holder; on its own network it cannot be noticed.",
    "Several attempts within a minute are counted in one record, timed at the last of them.",
    "Outside session times the gate records nothing for rules that name sessions. A phone on "
    "mobile data, other ports than 80 and 443, and a name hidden inside an allowed encrypted "
    "connection are not seen.",
    "Whoever had full control of the gateway could change the record unseen, but only what came "
    "after the last checkpoint that left the machine.",
)

CHALLENGE: Final = (
    "The person concerned may have this document and everything in the pack, and may have their "
    "own expert check it. Nothing of it is secret from them.",
    "Questions worth asking: Who else had the device, and when? Was an app or an open tab at work? "
    "Was the site used for the school? Is the service labelled rightly? Was the policy, in the "
    "version named here, given to the person, and when? Which times were not watched?",
    "Who finds a label or a record to be wrong tells the school, which can have the same records "
    "decided again under a corrected list.",
)

ALONE: Final = (
    "Each record of the person or device also says how manieth of theirs it is in the log. So "
    "verify.py notices where one was left out between two that are there. It cannot notice one "
    "that was left out before the first or after the last, and it counts apart what was deleted "
    "when due.",
    "verify.py is under 350 lines, to be read; any program for RFC 6962 trees and C2SP checkpoints "
    "does the same. Without an e-mail of the time the pack shows only that it agrees with itself.",
    "It speaks of the records alone. Whether this document is the one that was made, the log’s "
    "record of this pack tells, by the SHA-256 of report.pdf.",
)

CHECK: Final = (
    "Take the e-mail with a checkpoint that the head and the chair of governors got after the "
    "session in question, save it as a file, and run, on any computer with Python: "
    "python3 verify.py --checkpoint FILE. It says of each record whether it is, byte for byte, "
    "what it was when that e-mail left the school, or is newer than the e-mail.",
    *ALONE,
)
