"""What the log holds about one person, for that person: their own access to it.

Looking up only. It is more than their attempts: it includes who was shown their name, what was
handed out or kept about them, and what was opened for them.
"""

import json
from pathlib import Path
from typing import Any

from bellgate.audit.log.entries import Progress, entries


def records_about(log: Path, person: str, progress: Progress | None = None) -> list[dict[str, Any]]:
    """The records that name a person's pseudonym, in one log."""
    mention = json.dumps(person, ensure_ascii=False).encode()
    found = entries(log, progress=progress, mentioning=mention)
    records = (entry.record for entry in found if entry.record is not None)
    return [record for record in records if _is_about(record, person)]


def _is_about(record: dict[str, Any], person: str) -> bool:
    match record:
        case {"user": {"id": str(id)}} if id == person:
            return True
        case {"user": {"target": {"id": str(id)}}} if id == person:
            return True
        case {"bellgate": {"who": list(who)}}:
            return person in who
    return False
