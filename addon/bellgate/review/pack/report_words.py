"""The fixed words for what a record shows and does not show. Nothing but text may live here.

They are read out in front of a panel, so they say no more than is known, and they are the same in
every pack and on every page. To change a word here is to change what is said about people.
"""

from collections.abc import Mapping
from typing import Final

GROUNDS: Final[Mapping[str, str]] = {
    "signed-in": "An access point reported that somebody was signed in to the device under this "
    "person’s name at the time. Each record names that sign-in. The records would look the same if "
    "somebody else had known the password, or had picked up the device.",
    "held": "The device was on its own network, under its own network address (MAC), and the "
    "school’s list gave one person as its holder at the time. The records would look the same if "
    "somebody else had used the device, or had copied its address on that network.",
    "shared": "The device is shared, so nothing that it did is attributed to anybody.",
    "address": "Only the device’s IP address was known, or something contradicted its network "
    "address (MAC) or the sign-in. Another device can use the same address, so nothing is "
    "attributed to anybody.",
    "unknown": "The device was not known, was away from its own network or had no holder at the "
    "time, so nothing is attributed to anybody.",
}

NOBODYS: Final[Mapping[str, str]] = {
    "address": "only the device’s IP address was known, or the evidence contradicted itself",
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

CARRIED_OVER: Final = "opened in the person’s own time and cut off at the bell"
NO_BREACH: Final = "That is not a breach, and does not count as an attempt."
"""Follows every sentence that says `CARRIED_OVER`."""

NOT_SHOWN: Final = (
    "A device is not a person. No record shows who was using it.",
    "A connection does not show that anybody read, watched or wrote anything. What was refused was "
    "not shown.",
    "The times given for a visit are those of its first and last attempts. They do not show how "
    "long anything was used for.",
)

LIMITS: Final = (
    "The record keeps only the site’s name. It holds no page address, no search and no content.",
    "Browsers and apps connect without being asked: ahead of a click, in the background, and for "
    "parts of other pages. Where the gate could tell, the record says so. Where it could not, the "
    "record says “connection only”.",
    "If another page sent the browser to a site, or the browser reopened yesterday’s tabs, the "
    "record looks the same as if somebody had chosen to go there.",
    "People draw up the list of services, and they may put a site under the wrong service.",
    "A MAC address can be copied. If a copy is used away from the device’s own network, the gate "
    "notices, and attributes nothing to the holder. On the device’s own network it cannot tell.",
    "Several attempts within a minute may share one record, which gives their number and the time "
    "of the last.",
    "Under rules that name sessions, the gate records nothing outside session time. It does not "
    "see a phone on mobile data, traffic on ports other than 80 and 443, or a name hidden inside "
    "an encrypted connection that is allowed.",
    "Somebody with full control of the gateway could change, unnoticed, anything written since a "
    "checkpoint last left it, or anything at all if none ever has.",
)

CHALLENGE: Final = (
    "The person concerned may have this document and everything else in the pack, and may ask an "
    "expert of their own to check it. Nothing in it is secret from them.",
    "Questions worth asking: Who else had the device, and when? Did an app or an open tab make the "
    "attempts? Was the site used for school purposes? Does the site belong to the service named "
    "here? Was the person given the notice, in this version, and when? Were there times when the "
    "gate may not have been watching?",
    "Anybody who finds a wrong record, or a site under the wrong service, should tell the school. "
    "It can have the same records assessed again against a corrected list.",
)

ALONE: Final = (
    "The records of each person and each device are numbered, so verify.py notices a gap in the "
    "middle, but not at the beginning or the end. It counts records deleted when due separately.",
    "At under 350 lines, verify.py is short enough to read. Any program for RFC 6962 trees and "
    "C2SP checkpoints can make the same checks. Without a checkpoint e-mailed at the time, they "
    "show only that the pack agrees with itself.",
    "verify.py checks only the records. To find out whether this document has been changed since, "
    "compare the SHA-256 of report.pdf with the one in the log’s own record of this pack.",
)

CHECK: Final = (
    "Take the e-mail with a checkpoint that the head and the chair of governors received after "
    "the session in question. Save it as a file and, on any computer with Python, run: "
    "python3 verify.py --checkpoint FILE. It shows, for each record, whether it is byte for byte "
    "what it was when that e-mail left the school, or is newer than the e-mail.",
    *ALONE,
)
