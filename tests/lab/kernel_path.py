"""The kernel's path in the lab: the product's rules for it, a translated address, and a sentry."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from bellgate.gateway import machine
from bellgate.gateway.places import KERNEL_PATH, QUEUE
from bellgate.gateway.rules.kernel_path import TABLE, KernelPath, iptables, rules
from bellgate.sentry.netlink import Kernel
from tests.lab.namespace import Process
from tests.lab.network import NETWORKS, Device, Lab
from tests.lab.school import SAMPLE

_FORGET_CONNECTIONS = 0x102
"""IPCTNL_MSG_CT_DELETE without a connection: all of them."""
_OTHERS = """
table ip school_nat
delete table ip school_nat
table ip school_nat {
	chain out {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
"""


def put_in_place(path: KernelPath) -> None:
    """Load the rules as `bellgate-rules` does, again and again if need be."""
    own_queue = machine.has_own_queue()
    machine.load_rules(KERNEL_PATH, rules(path, own_queue=own_queue))
    if not own_queue:
        machine.load_rules(QUEUE, iptables(path))


def take_away() -> None:
    """All of them, whether or not they are there."""
    machine.remove_rules(QUEUE, KERNEL_PATH)


def lay_kernel_path(
    lab: Lab, when_down: Literal["open", "closed"] = "open", **settings: Any
) -> None:
    """Load the rules, as the gateway's units do: IPv4 is translated, IPv6 routed."""
    path = KernelPath(tuple(NETWORKS), "wan", when_down=when_down, **settings)
    lab.apply("table inet bellgate\ndelete table inet bellgate\n")
    lab.apply(_OTHERS)
    with lab.gateway.inside():
        put_in_place(path)


def take_kernel_path_away(lab: Lab) -> None:
    """As before: the lab's other tests go by rules that bring everything to the gate."""
    with lab.gateway.inside():
        take_away()
        kernel = Kernel()
    kernel.order(_FORGET_CONNECTIONS, b"")
    kernel.close()


class Sentry:
    """A running `bellgate sentry`."""

    def __init__(self, process: Process, state: Path) -> None:
        self.process, self.state = process, state

    @classmethod
    def when_ready(cls, process: Process, state: Path) -> "Sentry":
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"The sentry is ready"):
                return cls(process, state)
        _, said = process.communicate()
        raise AssertionError(f"the sentry did not start:\n{said.decode()}")

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it without a word, or as the signal says."""
        os.killpg(self.process.pid, how)
        if how not in (signal.SIGSTOP, signal.SIGCONT):
            self.process.wait()

    def stop(self) -> str:
        """End it in order; what it said to standard error."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)
            os.killpg(self.process.pid, signal.SIGTERM)
        _, said = self.process.communicate(timeout=20)
        return said.decode()


@contextmanager
def a_sentry(
    lab: Lab, at: str, *, schedules: Path = SAMPLE, state: str = "state"
) -> Iterator[Sentry]:
    """A sentry beside the gate, from entry to exit, whatever became of it in between."""
    sentry = start_sentry(lab, at, schedules=schedules, state=state)
    try:
        yield sentry
    finally:
        sentry.stop()


def start_sentry(lab: Lab, at: str, *, schedules: Path = SAMPLE, state: str = "state") -> Sentry:
    """Start it at a moment; returns when it decides."""
    process = lab.start_python(
        lab.gateway,
        "-m", "bellgate.cli.main", "sentry", "--schedules", schedules,
        "--state", lab.folder / state, "--at", at,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    return Sentry.when_ready(process, lab.folder / state)


def counter(lab: Lab, name: str) -> int:
    """Packets that the rules counted under a name."""
    said = lab.gateway.run("nft", "list", "counter", "inet", TABLE, name).stdout
    return int(said.split("packets ")[1].split()[0])


def elements(lab: Lab, name: str) -> str:
    """What a set of the rules holds."""
    return lab.gateway.run("nft", "list", "set", "inet", TABLE, name).stdout


def marks(lab: Lab) -> list[str]:
    """The states of the connections that the kernel keeps, `10` for one that was let through."""
    said = lab.gateway.run("cat", "/proc/net/nf_conntrack").stdout
    found = [word[5:] for word in said.split() if word.startswith("mark=")]
    return [f"{int(mark) & 0xFF:x}" for mark in found]


def ask_name_server(device: Device, *names: str) -> None:
    """A device asks the gateway's name server, as it does before it connects."""
    for name in names:
        for kind in ("ahostsv4", "ahostsv6"):
            assert device.namespace.run("getent", kind, name).returncode == 0, name
