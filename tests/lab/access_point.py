"""An access point that says who is signed in: pyrad's own client, at an address of the school's.

pyrad encodes and signs here, and our reader is written apart from it: so neither can share the
other's mistakes.
"""

import io
import time
from collections.abc import Sequence

from pyrad.client import Client, Timeout
from pyrad.dictionary import Dictionary
from pyrad.packet import AccountingResponse, AcctPacket

from tests.lab.network import Device

SECRET = "the access points' secret"
_DICTIONARY = """\
ATTRIBUTE User-Name 1 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Proxy-State 33 octets
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Delay-Time 41 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Acct-Session-Time 46 integer
ATTRIBUTE Event-Timestamp 55 date
ATTRIBUTE Framed-IPv6-Address 168 ipv6addr
VALUE Acct-Status-Type Start 1
VALUE Acct-Status-Type Stop 2
VALUE Acct-Status-Type Interim-Update 3
VALUE Acct-Status-Type Accounting-On 7
VALUE Acct-Status-Type Accounting-Off 8
"""


def dictionary() -> Dictionary:
    return Dictionary(io.StringIO(_DICTIONARY))


class AccessPoint:
    """One at a device's place. `gateway`: where it sends accounting to."""

    def __init__(
        self, device: Device, gateway: str, secret: str = SECRET, name: str = "ap-1"
    ) -> None:
        self._device, self.name = device, name
        self.client = Client(gateway, acctport=1813, secret=secret.encode(), dict=dictionary())
        self.client.timeout, self.client.retries = 0.5, 1
        self.packets: list[bytes] = []
        """What it sent, byte for byte: for whoever listens on the cable."""

    def says(
        self,
        status: str,
        session: str = "",
        user: str = "",
        mac: str = "",
        ip: str = "",
        **more: object,
    ) -> bool:
        """Send one report; whether it was answered."""
        packet = AcctPacket(secret=self.client.secret, dict=self.client.dict)
        given: dict[str, object] = {
            "Acct-Status-Type": status, "Acct-Session-Id": session, "User-Name": user,
            "Calling-Station-Id": mac.upper().replace(":", "-"), "Framed-IP-Address": ip,
            "NAS-Identifier": self.name,
            **{name.replace("_", "-"): value for name, value in more.items()},
        }  # fmt: skip
        for name, value in given.items():
            if value != "":
                packet.AddAttribute(name, value)
        with self._device.namespace.inside():
            try:
                answer = self.client.SendPacket(packet)
            except Timeout:
                return False
        self.packets.append(packet.RequestPacket())
        return bool(answer.code == AccountingResponse)

    def starts(self, session: str, user: str, mac: str, ip: str = "", **more: object) -> None:
        assert self.says("Start", session, user, mac, ip, **more), "no answer"

    def goes_on(
        self, session: str, user: str, mac: str, ip: str = "", age: int = 0, **more: object
    ) -> None:
        age = age or int(time.time()) % 1_000_000
        assert self.says(
            "Interim-Update", session, user, mac, ip, Acct_Session_Time=age, **more
        ), "no answer"  # fmt: skip

    def stops(self, session: str, user: str, mac: str) -> None:
        assert self.says("Stop", session, user, mac), "no answer"

    def sends(self, packets: Sequence[bytes]) -> None:
        """These bytes, from its address."""
        import socket

        with self._device.namespace.inside(), socket.socket(type=socket.SOCK_DGRAM) as by_hand:
            for packet in packets:
                by_hand.sendto(packet, (self.client.server, 1813))
