"""The first bytes of connections, written out as clients send them. Pure: bytes alone."""

import struct
from collections.abc import Iterable
from typing import Final

Extension = tuple[int, bytes]
"""Its number and its body (RFC 8446, section 4.2)."""

TLS_1_3: Final[Extension] = (43, b"\x02\x03\x04")
_SERVER_NAME, _KEY_SHARE, _ENCRYPTED_HELLO = 0, 51, 0xFE0D
_X25519, _X25519_ML_KEM_768 = 0x001D, 0x11EC
_NEEDED: tuple[Extension, ...] = (
    (10, b"\0\x04\0\x17\0\x1d"),  # groups
    (11, b"\x01\0"),  # point formats
    (13, b"\0\x04\x04\x03\x08\x04"),  # signatures
)


def hello(*extensions: Extension) -> bytes:
    """A ClientHello with these extensions and what a server needs beside them."""
    written = b"".join(
        struct.pack("!HH", kind, len(body)) + body for kind, body in (*extensions, *_NEEDED)
    )
    body = b"\x03\x03" + b"r" * 32 + b"\0" + b"\0\x06\x13\x01\xc0\x2b\xc0\x2f" + b"\x01\0"
    body += struct.pack("!H", len(written)) + written
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def named(*names: str) -> Extension:
    """The extension that shows names; a server takes one."""
    entries = b"".join(b"\0" + struct.pack("!H", len(n)) + n.encode() for n in names)
    return _SERVER_NAME, struct.pack("!H", len(entries)) + entries


def key_share(*, post_quantum: bool = False) -> Extension:
    """A key; the post-quantum one makes a hello longer than a packet (ML-KEM, 1184 bytes)."""
    group, size = (_X25519_ML_KEM_768, 1216) if post_quantum else (_X25519, 32)
    share = struct.pack("!HH", group, size) + b"k" * size
    return _KEY_SHARE, struct.pack("!H", len(share)) + share


def encrypted_hello() -> Extension:
    """A hello hidden in the hello (ECH): to whoever has no key of it like GREASE."""
    body = b"\0" + b"\0\x01\0\x01" + b"\x07" + b"\0\x20" + b"e" * 32 + b"\0\x90" + b"p" * 144
    return _ENCRYPTED_HELLO, body


def in_pieces(whole: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(whole[at : at + size] for at in range(0, len(whole), size))


def in_records(whole: bytes, size: int) -> bytes:
    """The same handshake in TLS records of `size` bytes."""
    parts: Iterable[bytes] = in_pieces(whole[5:], size)
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(part)) + part for part in parts)


def as_ssl_2(name_is_hidden: bytes = b"r" * 32) -> bytes:
    """A hello in the form of SSL 2, which has no room for a name (RFC 5246, appendix E.2)."""
    ciphers = b"".join(b"\0" + struct.pack("!H", number) for number in range(0xC001, 0xC030))
    body = b"\x01\x03\x03" + struct.pack("!HHH", len(ciphers), 0, 32) + ciphers + name_is_hidden
    return struct.pack("!H", 0x8000 | len(body)) + body


def get(host: str, target: str = "/", method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def connect(to: str) -> bytes:
    return f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode()


def question(name: str, kind: int) -> bytes:
    """A question to a name server for a record's type (RFC 1035)."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, kind, 1)


QUIC: Final = b"\xc3\0\0\0\x01\x08" + b"d" * 8 + b"\x08" + b"s" * 8 + b"\0\x44\x9e" + bytes(1174)
"""An Initial packet (RFC 9000, section 17.2.2)."""
WIREGUARD: Final = b"\x01\0\0\0" + b"w" * 144
"""A handshake\'s first message (148 bytes)."""
OPENVPN: Final = b"\x38" + b"o" * 8 + b"\0\0\0\0\0"
"""P_CONTROL_HARD_RESET_CLIENT_V2."""
OPENVPN_TCP: Final = struct.pack("!H", len(OPENVPN)) + OPENVPN
"""The same with its length."""
IKE: Final = b"i" * 8 + bytes(8) + b"\x21\x20\x22\x08" + bytes(4) + struct.pack("!I", 28)
"""IKE_SA_INIT (RFC 7296)."""
IKE_BEHIND_NAT: Final = bytes(4) + IKE
"""Behind the marker that tells it from ESP (RFC 3948)."""
TEREDO: Final = b"\0\x01\0\0" + bytes(9) + b"\x60" + bytes(39)
"""A router solicitation in IPv6 in UDP."""
STUN: Final = b"\0\x01\0\0\x21\x12\xa4\x42" + b"u" * 12
"""A binding request (RFC 8489)."""
NTP: Final = b"\x23" + bytes(47)
"""A client\'s question (RFC 5905)."""
SSH: Final = b"SSH-2.0-OpenSSH_9.9\r\n"
SOCKS_5: Final = b"\x05\x01\0"
SOCKS_4: Final = b"\x04\x01\x01\xbb\xc6\x33\x64\x02\0"
HTTP_2: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
