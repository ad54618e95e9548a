"""What the person says against the record, as a pack shows it, and whether it is what is on record.

Pure. The words are kept beside the log and only their hash is in it: they may have been mended, or
erased, and a pack says so.
"""

from datetime import date, datetime

from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import at_moment, long_day


def objection_said(facts: Findings) -> list[str]:
    """In the person's own words; nothing where they never objected."""
    kept, records = facts.objection, [record for _, record in facts.material.objected]
    if not records:
        said = (
            "The log has no record of this statement, so nobody can tell who put it here, or when."
        )
        return [kept.text, said] if kept is not None else []
    zone, last = facts.question.zone, records[-1]
    at = at_moment(datetime.fromisoformat(last["@timestamp"]), zone)
    first = at_moment(datetime.fromisoformat(records[0]["@timestamp"]), zone)
    ours = last["bellgate"]
    if ours.get("erased"):
        return [f"The person objected {first}. The words were erased {at}."]
    if kept is None or kept.sha256 != ours.get("text_sha256"):
        return [
            f"The person objected {first}. The words on file are NOT the words that were recorded "
            f"{at}, so they are not shown."
        ]
    since = f"According to the log, these words were recorded {at} and have not been changed since."
    received = (
        [f"Received on {long_day(date.fromisoformat(kept.received))}, as the school wrote it down."]
        if kept.received
        else []
    )
    return [
        kept.text,
        *received,
        since if len(records) == 1 else f"First recorded {first}, and corrected since. {since}",
    ]
