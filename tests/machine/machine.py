"""A whole Debian 13 machine: systemd-nspawn over an overlay, with cards on the tests' own wires.

It shares the kernel with this machine, so its clock is never set: of its capabilities those are
taken that would reach outside, and of the clock it may only ask. A power cut kills everything at
once and leaves the disk; the next start finds what was there. Where the disk is an image
(`disk.py`), it also loses what had not reached it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tests.lab.namespace import Namespace
from tests.machine.base import CACHE, base
from tests.machine.disk import Disk

_NOT_ITS_OWN = "sys_time,sys_module,sys_boot,syslog,sys_rawio,mac_admin,bpf,perfmon"
_CGROUPS = Path("/sys/fs/cgroup/unified")
_numbers = count(1)
_BOOT = """\
echo $$ > {group}/cgroup.procs
echo $$ > {place}/pid
mount --rbind /sys/fs/cgroup {place}/cgroups
mount -t sysfs -o ro sysfs /sys
mount --rbind {place}/cgroups /sys/fs/cgroup
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
while :; do
    systemd-nspawn --quiet --boot --directory={place}/root --machine={name} --register=no \\
        --keep-unit --kill-signal=SIGRTMIN+3 --resolv-conf=off --timezone=off --link-journal=no \\
        --system-call-filter='adjtimex clock_adjtime' \\
        --console=pipe --private-network {cards} {binds}
    code=$?
    [ $code = 133 ] || break  # it was restarted from within
done
"""


class Machine:
    """Up from its making until `remove`."""

    def __init__(
        self,
        wires: Namespace,
        cards: Sequence[str],
        shown: Mapping[Path, str],
        *,
        on_an_image: bool = False,
    ) -> None:
        """`cards` are interfaces of the namespace `wires`; the machine's are `mv-NAME`. `shown` are
        folders of ours that it sees, read-only."""
        self.name = f"bellgate-{os.getpid()}-{next(_numbers)}"
        self._wires, self._cards, self._shown = wires, cards, shown
        self.place = CACHE / "machines" / self.name
        self._group = (_CGROUPS if _CGROUPS.is_dir() else Path("/sys/fs/cgroup")) / self.name
        _remove_left_over()
        for folder in ("written", "root", "cgroups"):
            (self.place / folder).mkdir(parents=True)
        self.disk = Disk(self.place / "disk", self.place / "written") if on_an_image else None
        self._mount()

    def _mount(self) -> None:
        if self.disk is not None:
            self.disk.mount()
        upper, work = self.place / "written/upper", self.place / "written/work"
        upper.mkdir(exist_ok=True)
        work.mkdir(exist_ok=True)
        _ran("mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={base()},upperdir={upper},workdir={work}", self.root)  # fmt: skip

    def _unmount(self) -> None:
        for mounted in ("root", "written"):
            subprocess.run(["umount", "-l", self.place / mounted], capture_output=True, check=False)

    @property
    def root(self) -> Path:
        """Its disk, as it is seen from outside."""
        return self.place / "root"

    def start(self) -> None:
        """Power on; returns when systemd says that all is up."""
        self._group.mkdir(exist_ok=True)
        script = _BOOT.format(
            group=self._group,
            place=self.place,
            name=self.name,
            cards=" ".join(f"--network-macvlan={card}" for card in self._cards),
            binds=" ".join(f"--bind-ro={ours}:{there}" for ours, there in self._shown.items()),
        )
        with (self.place / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self._wires.name}", "unshare", "--mount",
                 "--propagation", "private", "bash", "-c", script],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        self.wait()

    def wait(self, not_this: int | None = None) -> None:
        """Until it is up; `not_this` is the first process of the run before a restart."""
        end = time.monotonic() + 90
        state = ""
        while time.monotonic() < end:
            leader = self.leader()
            if leader is not None and leader != not_this:
                state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    self._raise_cards(end)
                    return
            time.sleep(0.1)
        console = (self.place / "console.log").read_text(errors="replace")
        raise AssertionError(f"the machine is not up: {state}\n{console[-3000:]}")

    def _raise_cards(self, end: float) -> None:
        """After a restart the kernel may still be taking down the cards of the run before, with the
        same addresses; the machine tried only once."""
        for card in self._cards:
            while self.run("ip", "link", "set", f"mv-{card}", "up", check=False).returncode:
                assert time.monotonic() < end, f"mv-{card} cannot be brought up"
                time.sleep(0.1)

    def restart(self) -> None:
        """As somebody who types `reboot`."""
        leader = self.leader()
        self.run("systemctl", "--no-block", "reboot", check=False)
        self.wait(not_this=leader)

    def leader(self) -> int | None:
        """Its first process, as this machine numbers it."""
        with suppress(OSError, ValueError, IndexError):
            shell = int((self.place / "pid").read_text())
            for child in _children(shell):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd-nspawn":
                    return _children(child)[0]
        return None

    def run(
        self, *words: str | Path, check: bool = True, seconds: float = 180, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """A command in it, as its root."""
        leader = self.leader()
        assert leader is not None, "the machine is not up"
        dropped = ",".join(f"-{name}" for name in _NOT_ITS_OWN.split(","))
        done = subprocess.run(
            ["nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C", "--",
             "setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", "--",
             "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
             "HOME=/root", "LC_ALL=C.UTF-8", *(f"{k}={v}" for k, v in environment.items()),
             *map(str, words)],
            capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
            errors="replace", check=False,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done

    def cut(self) -> None:
        """The power goes; the disk stays."""
        if self._group.exists():
            (self._group / "cgroup.kill").write_text("1")
        if hasattr(self, "_process"):
            self._process.wait(30)
        end = time.monotonic() + 10
        for group in (self._group, Path("/sys/fs/cgroup/systemd") / self.name):
            while group.exists() and time.monotonic() < end:
                for path in sorted(group.rglob("*"), reverse=True):
                    if path.is_dir():
                        with suppress(OSError):
                            path.rmdir()
                with suppress(OSError):
                    group.rmdir()
                time.sleep(0.02)

    def lose_power(self) -> None:
        """The power goes, and with it what had not reached the disk; what is left is repaired as at
        any start. Of a machine on an image."""
        assert self.disk is not None
        with self._frozen():
            self.disk.copy_as_it_is()
        self.cut()
        self._unmount()
        self.disk.take_the_copy()
        self._mount()

    def keep_disk(self, name: str) -> None:
        """Keep what is on the disk of a machine that is off, to `have_disk` again."""
        assert self.disk is not None
        _ran("sync", "--file-system", self.place / "written")
        self._unmount()
        self.disk.keep(name)
        self._mount()

    def have_disk(self, name: str) -> None:
        """The power goes, and the disk is put back as it was kept."""
        assert self.disk is not None
        self.cut()
        self._unmount()
        self.disk.have(name)
        self._mount()

    @contextmanager
    def _frozen(self) -> Iterator[None]:
        """Nobody in it does anything meanwhile."""
        freezes = self._group / "cgroup.freeze"
        freezes.write_text("1")
        try:
            yield
        finally:
            freezes.write_text("0")

    def remove(self) -> None:
        self.cut()
        _remove(self.place)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _remove(place: Path) -> None:
    for mounted in ("root", "written"):
        subprocess.run(["umount", "-l", place / mounted], capture_output=True, check=False)
    shutil.rmtree(place, ignore_errors=True)
    for left in (Path("/run/systemd/nspawn/propagate") / place.name,):
        shutil.rmtree(left, ignore_errors=True)


def _remove_left_over() -> None:
    """Machines of test runs that died."""
    machines = CACHE / "machines"
    for place in machines.iterdir() if machines.is_dir() else ():
        if not Path(f"/proc/{place.name.split('-')[1]}").exists():
            for top in (_CGROUPS, Path("/sys/fs/cgroup")):
                with suppress(OSError):
                    (top / place.name / "cgroup.kill").write_text("1")
            _remove(place)


def _ran(*words: str | Path) -> None:
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
