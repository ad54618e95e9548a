"""The machine's own tools, run and read: nft, systemctl, /proc. Decides nothing.

Only our own table is ever loaded, listed or removed.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bellgate.gateway.kernel_rules import REMOVAL, TABLE
from bellgate.gateway.texts import Machine

_RESOLVED = Path("/run/systemd/resolve/resolv.conf")
"""Where systemd-resolved writes whom it asks itself, and not that one should ask it."""
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


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


def load_rules(text: str) -> None:
    """Put our table in place, in one step. Raises ToolFailed."""
    run("nft", "-f", "-", given=text)


def remove_rules() -> None:
    """Take our table away, whether or not it is there. Raises ToolFailed."""
    run("nft", "-f", "-", given=REMOVAL)


def loaded_rules() -> str | None:
    """Our table as the kernel has it, without what changes by itself; None where there is none."""
    try:
        return run("nft", "--stateless", "--terse", "list", "table", "inet", TABLE)
    except ToolFailed:
        return None


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
    )


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
