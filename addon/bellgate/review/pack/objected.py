"""What the person says against the record, as a pack shows it, and whether it is what is on record.

Pure. The words are kept beside the log and only their hash is in it: they may have been mended, or
erased, and a pack says so.
"""

from datetime import datetime

from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import at_moment


def objection_said(facts: Findings) -> list[str]:
    """In the person's own words; nothing where they never objected."""
    kept, records = facts.objection, [record for _, record in facts.material.objected]
    if not records:
        said = "No record in the log says when it was put here, so anybody may have done that."
        return [kept.text, said] if kept is not None else []
    zone, last = facts.question.zone, records[-1]
    at = at_moment(datetime.fromisoformat(last["@timestamp"]), zone)
    first = at_moment(datetime.fromisoformat(records[0]["@timestamp"]), zone)
    ours = last["bellgate"]
    if ours.get("erased"):
        return [f"The person objected {first}. The words were erased {at}."]
    if kept is None or kept.sha256 != ours.get("text_sha256"):
        return [
            f"The person objected {first}. The words that are kept are NOT those that were "
            f"recorded {at}, so they are not shown."
        ]
    since = f"The log notes that this statement was recorded {at}, with a hash of its words."
    return [
        kept.text,
        since if len(records) == 1 else f"First kept {first} and corrected since. {since}",
    ]
