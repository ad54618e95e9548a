"""From a record to its line, all but the number: only what every line passes through lives here.

The gate's thread comes this way, so it must be cheap; the number is given by the writer, which
alone knows it.
"""

from os import urandom
from typing import Final

import orjson

from bellgate.audit.log.store import Line
from bellgate.audit.record.record import ECS_VERSION, Record

SALT_BYTES: Final = 16
"""Random bytes in each record, so that nobody can guess what a deleted line said."""
_ECS: Final = {"version": ECS_VERSION}


def line_of(record: Record) -> Line:
    """A record as its line. What is under `bellgate` and `event` may be changed."""
    ours = record["bellgate"]
    # The salt stands last of all fields, so that the writer can add a device's two numbers to it.
    ours["salt"] = urandom(SALT_BYTES).hex()
    record["event"]["sequence"] = 0
    # It opens in the order in which people read it.
    fields = {"@timestamp": "", "ecs": _ECS, "message": "", "event": {}, **record}
    fields["bellgate"] = fields.pop("bellgate")
    text = orjson.dumps(fields)
    # Only what is attributed to somebody is counted as somebody's.
    if "attribution" not in ours:
        return Line(fields["@timestamp"], text)
    device, person = fields.get("device"), fields["user"].get("id")
    return Line(fields["@timestamp"], text, device and device["id"], person)
