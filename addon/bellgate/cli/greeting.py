"""What a gate says when it listens: what is in force, how to try it, where pages and log are."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bellgate.cli import output
from bellgate.cli.options import Folders
from bellgate.console.accounts import Accounts, AccountsDamaged
from bellgate.gate.gate import Gate
from bellgate.gate.serve import Address
from bellgate.machine_time import machine_now
from bellgate.running.folders import log_base
from bellgate.running.in_force import in_force

FIRST = "head"
"""The name of the first account of the pages."""


def greet(
    folders: Folders,
    gate: Gate,
    specifications: Sequence[str],
    addresses: Sequence[str],
    more: Sequence[str],
) -> None:
    """What a technician wants to know at a start, ending with the line programs wait for."""
    authority = folders.state / "certificate" / "bellgate-ca.pem"
    simulated = gate.clock.state == "simulated"
    base = log_base(folders.state, simulated=simulated)
    lines = list(in_force(gate.policy, gate.clock.now()))
    if simulated:
        lines.insert(0, "The clock is simulated: every record says so.")
    # Only a proxy can be asked by name; to the transparent gate the kernel brings connections.
    proxies = [s.removeprefix("regular@") for s in specifications if s.startswith("regular@")]
    if proxies:
        host, _, port = proxies[0].rpartition(":")
        host = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
        curl = f"curl --cacert {_quoted(authority)} -x http://{written((host, int(port)))}"
        lines += [
            "To try it from this machine, as a member of staff and as a pupil:",
            f"  {curl} https://www.facebook.com/",
            f"  {curl} --interface 127.0.0.2 https://www.facebook.com/",
        ]
    lines += [
        f"Certificate for the devices: {authority}",
        f"Log: {base / 'log'}",
        *more,
        "Ctrl-C stops the gate.",
    ]
    width = shutil.get_terminal_size().columns
    output.say(*lines, "─" * min(width, 72), *(f"Ready on {a}" for a in addresses))


def pages_said(folders: Folders, listen: str) -> list[str]:
    """Where the pages are and how to get in. The first account is made here, and its password is
    shown this once."""
    accounts = Accounts(folders.state)
    lines = [f"Pages: http://{listen}/"]
    try:
        if not accounts.all():
            password = accounts.add(FIRST, "head", machine_now())
            lines.append(f"  Sign in as {FIRST} with the password {password} (shown only now),")
            lines.append(
                "  and open “This week” first. It asks you to choose a password of your own."
            )
    except AccountsDamaged as error:
        output.error(str(error))
    return lines


def written(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quoted(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if " " in text else text
