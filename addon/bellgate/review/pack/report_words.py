"""The fixed words for what a record shows and does not show. Nothing but text may live here.

They are read out in front of a panel, so they say no more than is known, and they are the same in
every pack and on every page. To change a word here is to change what is said about people.
"""

from collections.abc import Mapping
from typing import Final

GROUNDS: Final[Mapping[str, str]] = {
    "signed-in": "An access point reported that somebody was signed in on the device under this "
    "person’s name at the time, by the accounting session that each record names. Anybody else who "
    "knew the password, or who used the device meanwhile, would look the same.",
    "held": "The device showed its own network address (MAC) on its own network, and was on "
    "issue to one person at the time. Anybody else who used it, or who copied that address on "
    "the same network, would look the same.",
    "shared": "The device is shared, so what it did is not attributed to anybody.",
    "address": "The device could be identified only by its IP address, or other evidence "
    "contradicted its network address (MAC) or who was signed in to it. Another device can use "
    "either kind of address, so what was done is not attributed to anybody.",
    "unknown": "The device was not known, or was away from its own network, so what it did is not "
    "attributed to anybody.",
}

NOBODYS: Final[Mapping[str, str]] = {
    "address": "the device was known only by its IP address or by contradictory evidence",
    "shared": "the device is shared",
    "unknown": "the device was not known, or was away from its own network",
    "claimed": "a device on another network showed its network address (MAC)",
    "held": "nobody held the device at the time",
    "signed-in": "nobody held the device at the time",
}
"""Why an attempt is attributed to nobody, by its ground; after “because”."""

DOUBTS: Final[Mapping[str, str]] = {
    "shared-mac": "its MAC sent from two addresses at once",
    "lease-differs": "the address was leased to another MAC",
    "duid": "it was known only by the MAC in a DUID",
    "sign-in-unnamed": "somebody was signed in to it under a name that stands for nobody known",
    "sign-ins-differ": "reports of who was signed in to it contradicted each other",
    "sign-in-unsure": "it was not known whether somebody was still signed in to it",
    "sign-in-over": "whoever had been signed in to it had signed out by then",
}
"""What contradicted a device's holder or a sign-in, by a record's `bellgate.ground`."""

CARRIED_OVER: Final = "opened in the person’s own time and cut at the bell: not a breach"

NOT_SHOWN: Final = (
    "A device is not a person. No record shows who was using it.",
    "A connection does not show that anybody read, watched or wrote anything. What was refused was "
    "not shown.",
    "The times given for a visit are those of its first and last attempts. They do not show how "
    "long anything was used for.",
)

LIMITS: Final = (
    "The record keeps only the name of the site asked for: no page address, no search and no "
    "content.",
    "Browsers and apps connect without being asked: ahead of a click, in the background, and for "
    "parts of other pages. Where the gate could tell, the record says so. Where it could not, the "
    "record says “connection only”.",
    "A browser that another page sent to a site, or that reopened yesterday’s tabs, looks the same "
    "as a browser whose user chose to go there.",
    "The list of services is drawn up by people, and it can be wrong about a name.",
    "A MAC address can be copied. If a copy is used away from the device’s own network, the gate "
    "notices, and attributes nothing to the holder. On the device’s own network it cannot tell.",
    "Several attempts within a minute are counted in one record, which has the time of the last.",
    "Under rules that name sessions, the gate records nothing outside session time. It does not "
    "see a phone on mobile data, traffic on ports other than 80 and 443, or a name hidden inside "
    "an encrypted connection that is allowed.",
    "Anybody with full control of the gateway could, unnoticed, change whatever was written "
    "after the last checkpoint that left the machine, or everything if none has left it.",
)

CHALLENGE: Final = (
    "The person concerned may have this document and everything else in the pack, and may ask an "
    "expert of their own to check it. Nothing in it is secret from them.",
    "Questions worth asking: Who else had the device, and when? Were the attempts the work of an "
    "app or an open tab? Was the site used for school purposes? Is the service labelled correctly? "
    "Was the person given the notice, in the version named here, and when? Were there times "
    "when the gate may not have been watching?",
    "Anybody who finds a wrong label or a wrong record should tell the school, which can have the "
    "same records assessed again against a corrected list.",
)

ALONE: Final = (
    "The records of each person and device are numbered. So verify.py can tell if one is "
    "missing from the middle, but not from the beginning or the end. Records deleted when due are "
    "counted separately.",
    "verify.py has been kept to under 350 lines so that it can be read. Any program for RFC 6962 "
    "trees and C2SP checkpoints will make the same checks. Without a checkpoint that was "
    "e-mailed at the time, the pack can show only that it is consistent with itself.",
    "verify.py checks only the records. To check that this document is the one originally made, "
    "compare the SHA-256 of report.pdf with the one in the log’s own record of this pack.",
)

CHECK: Final = (
    "Take the e-mail with a checkpoint that the head and the chair of governors received after "
    "the session in question. Save it as a file and, on any computer with Python, run: "
    "python3 verify.py --checkpoint FILE. It shows whether each record is, byte for byte, what it "
    "was when that e-mail left the school, or is newer than the e-mail.",
    *ALONE,
)
