"""What was seen by a name alone, and the fixed words for what was seen: the same in a spreadsheet,
in a pack and on every page.

Nothing but grades and text may live here. They are read out in front of a panel, so they say no
more than is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bellgate.audit.record.record import Seen
from bellgate.policy.decide import Decision


@dataclass(frozen=True, slots=True)
class Grade:
    """What was seen, in two or three words, in a sentence, and of one attempt and of many."""

    short: str
    meaning: str
    one: str
    of_many: str
    """`12 were for a page`: after “Of these attempts”, with the number, and `was` or `were`."""


SEEN: Final[Mapping[Seen, Grade]] = {
    "page": Grade(
        "page asked for",
        "The browser asked for a page on the site itself. It does so when somebody types an "
        "address or follows a link, but also when another page sends it there or it reopens "
        "yesterday’s tabs.",
        "It was for a page on the site.",
        "{} {} for a page on one of these sites",
    ),
    "embedded": Grade(
        "part of another page",
        "Another page, usually on another site, contained something from this site (a video, a "
        "button, a picture), and the browser asked for that of its own accord. Somebody reading "
        "that page may well not have known.",
        "It was made because another page contained something from the site.",
        "{} {} made because another page contained something from one of them",
    ),
    "background": Grade(
        "in the background",
        "A browser or an app made the attempt of its own accord, as they often do, for example to "
        "open pages faster or to look for messages.",
        "A browser or an app made it in the background.",
        "{} {} made in the background by a browser or an app",
    ),
    "connection": Grade(
        "connection only",
        "Only a connection was visible. A person, an app or the device itself may have made it.",
        "Only a connection could be seen.",
        "{} showed only a connection",
    ),
}

_BY_USE: Final[Mapping[str, Seen]] = {"embed": "embedded", "background": "background"}


def seen_by_name(decision: Decision) -> Seen:
    """What was seen where nothing but the name was visible: by what the catalogue knows of it."""
    return _BY_USE.get(decision.what.use, "connection")
