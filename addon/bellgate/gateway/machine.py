"""The machine's own tools, run and read: nft, systemctl, /proc. Decides nothing.

Only our own table is ever loaded, listed or removed.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from bellgate.gateway import kernel_rules
from bellgate.gateway.kernel_settings import ROOM
from bellgate.gateway.places import KERNEL_PATH, NFTABLES, QUEUE
from bellgate.gateway.rules import kernel_path
from bellgate.gateway.rules.kernel_path import CHAIN, HOOK, QUEUE_PROBE
from bellgate.gateway.texts import Machine

_RESOLVED = Path("/run/systemd/resolve/resolv.conf")
"""Where systemd-resolved writes whom it asks itself, and not that one should ask it."""
SIGNER = "bellgate"
"""Whom the files of allowed signers name; as in deploy/signature.sh."""
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


_TABLES: Mapping[str, str] = {NFTABLES: kernel_rules.TABLE, KERNEL_PATH: kernel_path.TABLE}
_IPTABLES = ("iptables", "ip6tables")


class ToolFailed(Exception):
    """A tool of the machine did not do what it was asked; the text is its own last word."""


def run(*words: str, given: str = "", seconds: float = 60) -> str:
    """What a tool wrote. Raises ToolFailed."""
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, timeout=seconds, check=False,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolFailed(f"{words[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ToolFailed(f"{' '.join(words)}: {said[0] if said else done.returncode}")
    return done.stdout


def answers(*words: str) -> bool:
    """Whether a tool ends well."""
    try:
        run(*words)
    except ToolFailed:
        return False
    return True


def is_signed(content: bytes, signature: bytes, signers: Path, namespace: str) -> bool:
    """Whether the signature (`ssh-keygen -Y`) is of these bytes, by one of the keys that a file of
    allowed signers names for that purpose. Raises ToolFailed where nothing can be checked here."""
    if shutil.which("ssh-keygen", path=_PATH) is None:
        raise ToolFailed("ssh-keygen is not there: apt install openssh-client")
    with TemporaryDirectory() as folder, TemporaryFile() as given:
        place = Path(folder, "signature")
        place.write_bytes(signature)
        given.write(content)
        given.seek(0)
        done = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", SIGNER, "-n", namespace,
             "-s", place],
            stdin=given, capture_output=True, timeout=60, check=False, env={"PATH": _PATH},
        )  # fmt: skip
    return done.returncode == 0


def load_rules(name: str, text: str) -> None:
    """Put what the file of that name holds into the kernel, in one step. Raises ToolFailed."""
    if name != QUEUE:
        run("nft", "-f", "-", given=text)
        return
    for tool in _IPTABLES:
        run(f"{tool}-restore", "--noflush", given=text)
        if not answers(tool, "-w", *_hook("-C")):
            run(tool, "-w", *_hook("-A"))


def remove_rules(*names: str) -> None:
    """Take what files of these names hold out of the kernel, whether or not it is there. Raises
    ToolFailed."""
    for name in names:
        if name != QUEUE:
            table = _TABLES[name]
            run("nft", "-f", "-", given=f"table inet {table}\ndelete table inet {table}\n")
            continue
        for tool in _IPTABLES:
            if answers(tool, "-w", *_hook("-C")):
                run(tool, "-w", *_hook("-D"))
                run(tool, "-w", "-t", "mangle", "-F", CHAIN)
                run(tool, "-w", "-t", "mangle", "-X", CHAIN)


def loaded_rules(name: str) -> str | None:
    """What of a file's rules the kernel has, without what changes by itself; None where nothing."""
    try:
        if name != QUEUE:
            return run("nft", "--stateless", "--terse", "list", "table", "inet", _TABLES[name])
        # The chain, and that something leads to it; what else FORWARD has is somebody else's.
        return "".join(
            run(tool, "-w", "-t", "mangle", "-S", CHAIN) + run(tool, "-w", *_hook("-C"))
            for tool in _IPTABLES
        )
    except ToolFailed:
        return None


def _hook(what: str) -> list[str]:
    return [word.format(what) for word in HOOK]


def setting(name: str) -> str | None:
    """The kernel's setting of a name as `sysctl` writes it; None where there is none."""
    place = name.replace(".", "/") if "/" not in name else name
    try:
        return Path("/proc/sys", place).read_text().strip()
    except OSError:
        return None


def facts(wan: str) -> Machine:
    """What the machine adds to the folder."""
    return Machine(
        resolv_file=str(_RESOLVED) if _RESOLVED.exists() else "/etc/resolv.conf",
        wan_hears_routers=setting(f"net/ipv6/conf/{wan}/accept_ra") not in (None, "0"),
        room=int(setting(ROOM) or 0),
        own_queue=has_own_queue(),
    )


@cache
def has_own_queue() -> bool:
    """Whether this kernel has nft's own `queue`; it does not come by it while it runs."""
    try:
        run("nft", "--check", "-f", "-", given=QUEUE_PROBE)
    except ToolFailed:
        return False
    return True


def is_free(port: int, cards: Sequence[str]) -> bool:
    """Whether nobody listens at a port where devices on these cards could reach it."""
    shown = run("ss", "--numeric", "--listening", "--tcp", "--udp", "--no-header")
    own = run("ip", "-oneline", "addr", "show")
    near = {
        fields[3].partition("/")[0]
        for fields in map(str.split, own.splitlines())
        if len(fields) > 3 and fields[1] in cards
    }
    for line in shown.splitlines():
        host, _, number = line.split()[4].rpartition(":")
        ip, _, card = host.strip("[]").partition("%")
        reached = ip in {"0.0.0.0", "*", "::"} or ip in near
        if number == str(port) and reached and (not card or card in cards):
            return False
    return True


def start_sentry() -> None:
    """Have the sentry decide by the rules that are in place now; does not wait for it."""
    systemctl("--no-block", "start", "bellgate-sentry.service")


def sentry_runs() -> bool:
    """Whether there is anybody who decides on the kernel's path."""
    return answers("systemctl", "is-active", "--quiet", "bellgate-sentry.service")


def stop_sentry() -> None:
    """The kernel's path is no more. Raises ToolFailed."""
    systemctl("--no-block", "stop", "bellgate-sentry.service")


def restart_dns() -> None:
    """Have our DNS read its file anew, where it runs; does not wait for it. Raises ToolFailed."""
    systemctl("--no-block", "try-restart", "bellgate-dns.service")


def systemctl(*words: str, seconds: float = 180) -> None:
    """Raises ToolFailed."""
    run("systemctl", *words, seconds=seconds)


def properties(unit: str, names: Sequence[str]) -> dict[str, str]:
    """A unit's properties, empty where systemd knows no such unit or is not there."""
    try:
        shown = run("systemctl", "show", "--property", ",".join(names), unit)
    except ToolFailed:
        return {}
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
