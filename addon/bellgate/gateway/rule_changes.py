"""Hears from the kernel that somebody changed its rules, anybody's. What they are is not read here.

Source: <linux/netfilter/nfnetlink.h>, netlink(7). Listening takes CAP_NET_ADMIN.
"""

import errno
import select
import socket

_NETFILTER, _NFTABLES_GROUP = 12, 7  # NETLINK_NETFILTER, NFNLGRP_NFTABLES
_SOL_NETLINK, _ADD_MEMBERSHIP = 270, 1


class RuleChanges:
    """A socket that is told of each change from its making on."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
            _NETFILTER,
        )  # fmt: skip
        self._socket.bind((0, 0))
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _NFTABLES_GROUP)

    def wait(self, seconds: float) -> bool:
        """Whether anything changed, at most so many seconds from now; what is told is all read."""
        heard, _, _ = select.select([self._socket], [], [], seconds)
        if not heard:
            return False
        while True:
            try:
                self._socket.recv(1 << 16)
            except BlockingIOError:
                return True
            except OSError as error:
                # More changes than the kernel kept for us: that there were some is all we ask.
                if error.errno != errno.ENOBUFS:
                    raise

    def close(self) -> None:
        self._socket.close()
