"""The road from a record to its line: structlog's processors, and orjson at the end.

Only what every line passes through lives here. The gate's thread walks this road, so it must be
cheap; the number is given by the writer, which alone knows it.
"""

from collections.abc import MutableMapping
from os import urandom
from typing import Any, Final

import orjson
import structlog

from bellgate.audit.log.store import Line
from bellgate.audit.record.record import ECS_VERSION, Record

SALT_BYTES: Final = 16
"""Random bytes in each record, so that nobody can guess what a deleted line said."""

# Bound first, so that each line opens in the order in which people read it.
_OPENING: Final[dict[str, Any]] = {
    "@timestamp": "",
    "ecs": {"version": ECS_VERSION},
    "message": "",
    "event": {},
}

_Fields = MutableMapping[str, Any]


class _Road(structlog.BoundLoggerBase):
    def send(self, record: Record) -> Line:
        # ECS's `event` takes the place of structlog's own; both are what the line is about.
        line: Line = self._proxy_to_logger("take", **record)
        return line


class _End:
    """Gives the finished line back, to be queued together with who waits for it."""

    def take(self, line: Line) -> Line:
        return line


def _salt(_: object, __: str, fields: _Fields) -> _Fields:
    """What makes the hash unguessable that an expired line leaves behind."""
    # Last of all fields, so that the writer can add the two numbers of a device's record to it.
    ours = fields["bellgate"] = fields.pop("bellgate")
    ours["salt"] = urandom(SALT_BYTES).hex()
    return fields


def _leave_room_for_number(_: object, __: str, fields: _Fields) -> _Fields:
    fields["event"]["sequence"] = 0
    return fields


def _render(_: object, __: str, fields: _Fields) -> tuple[tuple[Line], dict[str, Any]]:
    text = orjson.dumps(fields)
    # Only what is attributed to somebody is counted as somebody's.
    if "attribution" not in fields["bellgate"]:
        return (Line(fields["@timestamp"], text),), {}
    device, person = fields.get("device"), fields["user"].get("id")
    return (Line(fields["@timestamp"], text, device and device["id"], person),), {}


_road: Final[_Road] = structlog.wrap_logger(
    _End(),
    processors=[_salt, _leave_room_for_number, _render],
    wrapper_class=_Road,
    cache_logger_on_first_use=True,
    **_OPENING,
).bind()


def line_of(record: Record) -> Line:
    """A record as its line, all but the number. Uses the record up: it may be changed."""
    return _road.send(record)
