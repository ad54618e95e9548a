"""A device asks the lab's DHCP server for an address, as a laptop does when it is opened.

Source: RFC 2131 and 2132 (IPv4), RFC 8415 (IPv6).
"""

import os
import socket
import struct

from tests.lab.network import Device

_ALL_SERVERS = "ff02::1:2"


def lease4(device: Device) -> str:
    """Discover, then request what is offered; the address that was given."""
    with _socket(device, socket.AF_INET, 68) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        xid = os.urandom(4)

        def ask(*options: bytes) -> bytes:
            head = struct.pack("!BBBB4sHH16x", 1, 1, 6, 0, xid, 0, 0x8000)
            mac = bytes.fromhex(device.mac.replace(":", "")).ljust(16, b"\0")
            body = head + mac + bytes(192) + b"\x63\x82\x53\x63" + b"".join(options) + b"\xff"
            client.sendto(body, ("255.255.255.255", 67))
            while (answer := client.recv(2048))[4:8] != xid:
                pass
            return answer

        offer = ask(b"\x35\x01\x01")
        server = offer[offer.index(b"\x36\x04", 240) + 2 :][:4]
        given = ask(b"\x35\x01\x03", b"\x32\x04" + offer[16:20], b"\x36\x04" + server)
        return socket.inet_ntoa(given[16:20])


def told4(device: Device, option: int) -> bytes | None:
    """What the server says of one option to a device that has an address already (DHCPINFORM)."""
    with _socket(device, socket.AF_INET, 68) as client:
        head = struct.pack(
            "!BBBB4sHH4s12x", 1, 1, 6, 0, b"told", 0, 0, socket.inet_aton(device.ip4)
        )
        mac = bytes.fromhex(device.mac.replace(":", "")).ljust(16, b"\0")
        asked = b"\x35\x01\x08\x37\x01" + bytes([option]) + b"\xff"
        client.sendto(head + mac + bytes(192) + b"\x63\x82\x53\x63" + asked, ("10.77.10.1", 67))
        said = client.recv(2048)[240:]
        while said and said[0] != 0xFF:
            code, length = said[:2]
            if code == option:
                return said[2 : 2 + length]
            said = said[2 + length :]
        return None


def lease6(device: Device) -> str:
    """Solicit, then request what is advertised; the address that was given."""
    with _socket(device, socket.AF_INET6, 546) as client:
        with device.namespace.inside():
            scope = socket.if_nametoindex("card")
        duid = _option(1, b"\0\x03\0\x01" + bytes.fromhex(device.mac.replace(":", "")))
        wanted = _option(3, struct.pack("!III", 0xFB0021, 0, 0)) + _option(8, b"\0\0")

        def ask(kind: int, *more: bytes) -> dict[int, bytes]:
            body = bytes([kind]) + os.urandom(3) + duid + b"".join(more)
            client.sendto(body, (_ALL_SERVERS, 547, 0, scope))
            return _options(client.recv(2048)[4:])

        advertised = ask(1, wanted)
        reply = ask(3, _option(2, advertised[2]), wanted)
        return socket.inet_ntop(socket.AF_INET6, _options(reply[3][12:])[5][:16])


def _socket(device: Device, family: socket.AddressFamily, port: int) -> socket.socket:
    with device.namespace.inside():
        client = socket.socket(family, socket.SOCK_DGRAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"card")
        client.bind(("", port))
        client.settimeout(5)
        return client


def _option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def _options(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        code, length = struct.unpack_from("!HH", data)
        found[code], data = data[4 : 4 + length], data[4 + length :]
    return found
