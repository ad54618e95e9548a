"""A RADIUS accounting packet's bytes -> what it reports; and the answer that it is owed.

Pure. Nothing is read out of a packet before its authenticator has shown that its sender knows the
secret; then one attribute that does not fit makes the whole packet worth nothing. Whom a name
stands for is not known here. Source: RFC 2865, 2866, 2869 (Event-Timestamp, interim updates), 3162
and 6911 (IPv6).
"""

import hmac
import ipaddress
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from typing import Final, Literal

Status = Literal["start", "stop", "update", "on", "off"]
"""`on` and `off`: the access point itself starts or ends, and with it every session that it had."""

_REQUEST, _RESPONSE = 4, 5
_HEAD: Final = struct.Struct("!BBH16s")
LONGEST: Final = 4096
"""Bytes of a packet at most (RFC 2865, section 3)."""

_USER_NAME, _NAS_IP, _FRAMED_IP, _CALLING_STATION, _NAS_NAME, _PROXY_STATE = 1, 4, 8, 31, 32, 33
_STATUS, _DELAY, _SESSION, _SESSION_TIME, _TIMESTAMP, _NAS_IPV6 = 40, 41, 44, 46, 55, 95
_FRAMED_IPV6 = 168
"""RFC 6911. These numbers say what an attribute holds."""
_ONCE: Final = frozenset({
    _USER_NAME, _NAS_IP, _FRAMED_IP, _CALLING_STATION, _NAS_NAME, _STATUS, _DELAY, _SESSION,
    _SESSION_TIME, _TIMESTAMP, _NAS_IPV6,
})  # fmt: skip
"""Of two that say different things, neither can be believed."""
_STATUSES: Final[dict[int, Status]] = {1: "start", 2: "stop", 3: "update", 7: "on", 8: "off"}
_MAC: Final = re.compile(r"[0-9a-f]{12}\Z")
_NO_ADDRESS: Final = frozenset({"0.0.0.0", "255.255.255.254", "255.255.255.255"})
"""What a Framed-IP-Address says where it names none (RFC 2865, section 5.8)."""


class NotAccounting(ValueError):
    """The packet is not to be believed, or makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an access point reports of one session, or of itself."""

    status: Status
    session: str
    """The session's name, as the access point chose it; empty for `on` and `off`. It may hold a
    person's name."""
    user: str = ""
    """The name that was given, as it was given; empty where there was none, or no text."""
    mac: str | None = None
    addresses: tuple[str, ...] = ()
    """Those that the session's device has, IPv4 and IPv6, each in its shortest form."""
    points: frozenset[str] = frozenset()
    """What the access point calls itself: its name, its addresses."""
    stamp: int | None = None
    """When this was so, by the access point's clock: a POSIX time."""
    age: int | None = None
    """Seconds that the session had lasted."""
    delay: int = 0
    """Seconds for which the access point has been trying to send this."""


def report_in(packet: bytes, secret: bytes) -> Report:
    """What a packet reports. Raises NotAccounting."""
    packet = _authentic(packet, secret)
    once: dict[int, bytes] = {}
    addresses: list[str] = []
    for kind, value in _attributes(packet):
        if kind in _ONCE:
            if once.setdefault(kind, value) != value:
                raise NotAccounting(f"attribute {kind} says two things")
        elif kind == _FRAMED_IPV6:
            addresses.append(_address(value, 16))
    status = _STATUSES.get(_number(once.get(_STATUS)) or 0)
    if status is None:
        raise NotAccounting("it reports neither a start nor an end nor an update")
    session = _text(once.get(_SESSION))
    if not session and status not in ("on", "off"):
        raise NotAccounting("it names no session")
    if _FRAMED_IP in once:
        addresses.insert(0, _address(once[_FRAMED_IP], 4))
    return Report(
        status,
        session,
        user=_text(once.get(_USER_NAME)),
        mac=_mac(_text(once.get(_CALLING_STATION))),
        addresses=tuple(a for a in dict.fromkeys(addresses) if a not in _NO_ADDRESS),
        points=frozenset(_points(once)),
        stamp=_number(once.get(_TIMESTAMP)),
        age=_number(once.get(_SESSION_TIME)),
        delay=_number(once.get(_DELAY)) or 0,
    )


def answer_to(packet: bytes, secret: bytes) -> bytes:
    """The Accounting-Response to a packet that `report_in` could read. Whatever proxies on the way
    put into the question goes back to them (RFC 2865, section 5.33)."""
    packet = _authentic(packet, secret)
    back = b"".join(
        bytes([kind, len(value) + 2]) + value
        for kind, value in _attributes(packet)
        if kind == _PROXY_STATE
    )
    head = struct.pack("!BBH", _RESPONSE, packet[1], _HEAD.size + len(back))
    return head + _digest(head + packet[4:20] + back + secret) + back


def _authentic(packet: bytes, secret: bytes) -> bytes:
    """The packet without padding, once it is sure that its sender knows the secret."""
    if not _HEAD.size <= len(packet) <= LONGEST:
        raise NotAccounting("it is too short or too long")
    code, _, length, authenticator = _HEAD.unpack_from(packet)
    if code != _REQUEST:
        raise NotAccounting("it is no accounting request")
    if not _HEAD.size <= length <= len(packet):
        raise NotAccounting("it ends before its end")
    packet = packet[:length]
    expected = _digest(packet[:4] + bytes(16) + packet[20:] + secret)
    if not secret or not hmac.compare_digest(expected, authenticator):
        raise NotAccounting("its sender does not know the secret")
    return packet


def _attributes(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEAD.size
    while at < len(packet):
        length = packet[at + 1] if at + 1 < len(packet) else 0
        if length < 2 or at + length > len(packet):
            raise NotAccounting("an attribute ends before its end")
        yield packet[at], packet[at + 2 : at + length]
        at += length


def _digest(data: bytes) -> bytes:
    # What RADIUS asks for. It proves the secret, and hides nothing.
    return md5(data, usedforsecurity=False).digest()


def _number(value: bytes | None) -> int | None:
    if value is None:
        return None
    if len(value) != 4:
        raise NotAccounting("a number is not one of four bytes")
    return int.from_bytes(value)


def _address(value: bytes, length: int) -> str:
    if len(value) != length:
        raise NotAccounting("an address has the wrong length")
    return str(ipaddress.ip_address(value))


def _points(once: dict[int, bytes]) -> Iterator[str]:
    if name := _text(once.get(_NAS_NAME)):
        yield name
    for kind, length in ((_NAS_IP, 4), (_NAS_IPV6, 16)):
        if kind in once:
            yield _address(once[kind], length)


def _text(value: bytes | None) -> str:
    """Text that can be shown; anything else is as good as none."""
    try:
        text = (value or b"").decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _mac(text: str) -> str | None:
    """`3C-22-FB-00-00-31`, `3c22.fb00.0031` and the like; None for what is no device's MAC."""
    digits = re.sub(r"[-:. ]", "", text.lower())
    if not _MAC.match(digits) or int(digits[:2], 16) & 1 or not int(digits, 16):
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
