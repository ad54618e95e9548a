"""The fixed words for what was seen: the same in a spreadsheet, in a pack and on every page.

Nothing but text may live here. They are read out before a panel, so they say no more than is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bellgate.audit.record.record import Seen


@dataclass(frozen=True, slots=True)
class Grade:
    """What was seen, in two or three words and in a sentence."""

    short: str
    meaning: str


SEEN: Final[Mapping[Seen, Grade]] = {
    "page": Grade(
        "page asked for",
        "The browser asked for a page of the site itself. It does so when somebody types an "
        "address or follows a link, but also when a page sends it there or when it opens "
        "yesterday’s tabs again.",
    ),
    "embedded": Grade(
        "part of another page",
        "A page of another site contained something from there (a video, a button, a picture), "
        "and the browser asked for it by itself. Whoever read that page need not have known.",
    ),
    "background": Grade(
        "in the background",
        "A browser or an app asked by itself, as both do ahead of anybody’s wish or without one.",
    ),
    "connection": Grade(
        "connection only",
        "Nothing but a connection was visible. A person, an app or the device itself may have "
        "made it.",
    ),
}
