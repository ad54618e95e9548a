"""One network namespace with a hosts file of its own, made and removed by the test that needs it.

`ip netns exec` puts /etc/netns/NAME/hosts in place of /etc/hosts for what runs inside, so the real
names of real services lead to the lab's servers and to nothing else.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tests.forked import Forked

Process = subprocess.Popen[bytes] | Forked

_PREFIX = "bellgate"
_ETC = Path("/etc/netns")
_numbers = count(1)


class Namespace:
    """A namespace named after the process that made it, so that a dead one's can be told."""

    def __init__(self, label: str, hosts: dict[str, Sequence[str]] | None = None) -> None:
        remove_left_over()
        self.name = f"{_PREFIX}-{os.getpid()}-{next(_numbers)}-{label}"
        self._children: list[Process] = []
        _ip("netns", "add", self.name)
        self.write_hosts(hosts or {})
        self.ip("link", "set", "lo", "up")

    def write_hosts(self, hosts: dict[str, Sequence[str]]) -> None:
        """Which names lead to which address, for everything started in here from now on."""
        folder = self.etc
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["127.0.0.1 localhost", *(f"{ip} {' '.join(names)}" for ip, names in hosts.items())]
        (folder / "hosts").write_text("\n".join(lines) + "\n")
        # No name server: a name that the hosts file does not hold is not found, at once.
        (folder / "resolv.conf").write_text("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n")

    @property
    def etc(self) -> Path:
        """What lies here stands in place of the same name in /etc for what is started inside."""
        return _ETC / self.name

    def ask_for_names(self, server: str) -> None:
        """Let what is started in here from now on ask a real name server, and nobody else."""
        (self.etc / "resolv.conf").write_text(
            f"nameserver {server}\noptions timeout:1 attempts:2\n"
        )

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread's network is the namespace's: sockets made now stay in it."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            os.setns(there, os.CLONE_NEWNET)
            yield
        finally:
            os.setns(here, os.CLONE_NEWNET)
            os.close(here)
            os.close(there)

    def connect(
        self, address: str, port: int, source: str = "", timeout: float = 5
    ) -> socket.socket:
        """A TCP connection from in here."""
        with self.inside():
            return socket.create_connection((address, port), timeout, (source, 0))

    def set(self, **settings: str) -> None:
        """Kernel settings under /proc/sys/net, `ipv4__ip_forward="1"`."""
        with self.inside():
            for name, value in settings.items():
                (Path("/proc/sys/net") / name.replace("__", "/")).write_text(value)

    def ip(self, *arguments: str) -> None:
        _ip("-n", self.name, *arguments)

    def ip_batch(self, *lines: str) -> None:
        """Several `ip` commands at the price of one."""
        subprocess.run(
            ["ip", "-n", self.name, "-batch", "-"],
            input="\n".join(lines).encode(),
            check=True,
            capture_output=True,
        )

    def argv(self, arguments: Sequence[str | Path]) -> list[str]:
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    def run(self, *arguments: str | Path, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a command inside to its end; its outcome is the caller's to judge."""
        return subprocess.run(
            self.argv(arguments),
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            errors="replace",
            check=False,
        )

    def start(self, *arguments: str | Path, **options: object) -> subprocess.Popen[bytes]:
        """Start a command inside; it ends with the namespace at the latest."""
        child = subprocess.Popen(
            self.argv(arguments), stdin=subprocess.DEVNULL, start_new_session=True, **options
        )  # type: ignore[call-overload]
        self._children.append(child)
        return child

    def start_bellgate(
        self, *words: str | Path, cwd: Path, env: Mapping[str, str], **streams: int
    ) -> Forked:
        """The same for the program itself, without the time that it takes to load it."""
        child = Forked(words, cwd=cwd, environment=env, namespace=self.name, **streams)
        self._children.append(child)
        return child

    def remove(self) -> None:
        for child in self._children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            for stream in (child.stdout, child.stderr):
                if stream is not None:
                    stream.close()
        _remove(self.name)


def remove_left_over() -> None:
    """Namespaces of test runs that died: their processes hold nothing that a new run may need."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        name = line.split()[0]
        parts = name.split("-")
        if parts[0] == _PREFIX and not Path(f"/proc/{parts[1]}").exists():
            pids = subprocess.run(
                ["ip", "netns", "pids", name], capture_output=True, text=True, check=False
            )
            for pid in pids.stdout.split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            _remove(name)


def _remove(name: str) -> None:
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    shutil.rmtree(_ETC / name, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
