"""Whether a word that somebody typed is anybody's (a person's, a device's, an address) or a
service's. A misspelt pseudonym that found nothing would clear the wrong person."""

from datetime import date

from bellgate.console.desk import Desk
from bellgate.policy.facts import address
from bellgate.policy.what import UNNAMED
from bellgate.review.index import Search


def is_known(desk: Desk, text: str) -> bool:
    """Whether the record, at any time, or the files know it; any address may have been seen."""
    if address(text) is not None:
        return True
    devices = desk.school.policy.directory.devices
    if any(text in (d.name, *(h.person for h in d.holders)) for d in devices):
        return True
    ever = desk.index.on_record(date.min, date.max)
    return text in (*ever.devices, *ever.persons, *ever.addresses)


def is_service(desk: Desk, id: str) -> bool:
    """Whether the catalogue or the record knows a service: with nothing on record, a mistyped one
    would look like a clean bill."""
    known = id in desk.school.policy.index.services or id in UNNAMED
    return known or desk.index.count(Search(service=id)).shown > 0


def nobody_called(text: str, field: str) -> dict[str, str]:
    """The problem at the field."""
    said = (
        f"No person or device is called “{text}”. To start from a person’s name, use the page "
        "“People”."
    )
    return {"text": said, "href": f"#{field}"}
