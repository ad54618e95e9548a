"""`bellgate devices`: what is on the networks, and many devices at once."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from bellgate.cli import output, prompt
from bellgate.cli.options import (
    SIMULATED,
    Folders,
    Group,
    for_group,
    known_policy,
    loaded,
    with_folders,
)
from bellgate.disk import write_whole
from bellgate.gateway.leases import kind_of, read_leases
from bellgate.machine_time import machine_now
from bellgate.policy.facts import SignIn
from bellgate.policy.walk import clock_time
from bellgate.policy.who import Who
from bellgate.running import presence
from bellgate.running.folders import log_base
from bellgate.running.presence import Seen
from bellgate.running.sign_ins_copy import signed_in_now
from bellgate.schedules.device_rows import DeviceRow, appended, read_table
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.yaml_tree import LARGEST, Node, read

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_SHOWN = 5
"""Devices that are shown before somebody says yes."""
_DEVICES = "devices.yaml"


@click.group(cls=Group)
@for_group
def devices() -> None:
    """Show what is on the networks; add many devices at once."""


@devices.command()
@with_folders
@click.option("--unknown", is_flag=True, help="Only those that devices.yaml does not know.")
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def seen(folders: Folders, *, unknown: bool, simulated: bool, as_json: bool) -> None:
    """Show what was on the networks in the last seven days, and whose each is taken to be."""
    policy = known_policy(folders)
    now = machine_now()
    shown = [
        (device, policy.directory.identify(_address_of(device), device.mac, now))
        for device in presence.read(log_base(folders.state, simulated=simulated), now)
    ]
    by_card = signed_in_now(folders.state, simulated=simulated)
    if unknown:
        shown = [(device, who) for device, who in shown if who.device is None]
    if as_json:
        output.json_whole([_fields(device, who, by_card) for device, who in shown])
    elif not shown:
        output.say("Nothing was seen in the last seven days.")
    else:
        zone = policy.year.zone
        output.table(
            f"Seen in the last seven days: {len(shown)}",
            ("MAC", "Address", "Name", "Group", "Why", "First", "Last"),
            [
                (device.mac, ", ".join(device.addresses), device.name, who.group.name,
                 _why(who, by_card.get(device.mac)), clock_time(device.first, zone),
                 clock_time(device.last, zone))
                for device, who in shown
            ],
        )  # fmt: skip


def _address_of(device: Seen) -> str:
    return device.addresses[0] if device.addresses else "0.0.0.0"


def _why(who: Who, sign_in: SignIn | None = None) -> str:
    """On what ground it is taken for that group's, and who is signed in to it."""
    if sign_in is not None and who.claimed is None:
        said = f"{sign_in.person} is" if sign_in.person else "somebody who cannot be named is"
        return f"{_why(who)}; {said} signed in"
    if who.device is not None:
        return f"device {who.device.name}"
    if who.claimed is not None:
        return f"its MAC is that of {who.claimed.name}, which belongs on another network"
    return "its network" if who.known else "unknown_devices: on none of the networks"


def _fields(device: Seen, who: Who, by_card: Mapping[str, SignIn]) -> dict[str, object]:
    sign_in = by_card.get(device.mac)
    return {
        "mac": device.mac,
        "addresses": device.addresses,
        "name": device.name or None,
        "device": who.device.name if who.device else None,
        "group": who.group.name,
        "why": _why(who),
        "signed_in": sign_in is not None,
        "person": sign_in.person if sign_in is not None and who.claimed is None else None,
        "first": output.utc(device.first),
        "last": output.utc(device.last),
    }


@devices.command("import")
@with_folders
@click.argument("file", type=_FILE, metavar="FILE")
@click.option("--group", default="", metavar="GROUP", help="The group for rows that name none.")
@click.option("--shared", is_flag=True, help="A class set: nothing is attributed to a person.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def import_devices(folders: Folders, *, file: Path, group: str, shared: bool, yes: bool) -> None:
    """Show what FILE would add to devices.yaml, ask, and add it in one step.

    FILE is a table (CSV) with the columns name, group, mac, and if needed ip, shared, person, from
    and trusts_certificate; or the lease file of a DHCP server.
    """
    before = loaded(folders, advise=False)
    if before.readable.devices is None or before.errors:
        output.problems(before.errors)
        output.fail("nothing was added: the folder has problems", "correct the lines above first")
    form = before.readable.devices.form
    text = file.read_bytes()[:LARGEST].decode("utf-8-sig", "replace")
    table = read_table(
        file.name,
        _of_leases(text) if kind_of(text) else text,
        groups=form.groups,
        names={d.name for d in form.devices},
        macs={mac for d in form.devices for mac in d.mac},
        group=group,
        shared=shared,
    )
    if table.problems:
        output.problems(table.problems)
        output.fail("nothing was added")
    if table.unread:
        output.say(f"Columns that are not read: {', '.join(table.unread)}")
    if table.known:
        output.say(f"Already in {_DEVICES}: {table.known}")
    if not table.rows:
        output.say("There is nothing to add.")
        return
    _show(table.rows, "This adds" if yes else "This would add")
    new = _with(folders.schedules / _DEVICES, table.rows, before)
    if not yes:
        word = prompt.asked(f'Type "yes" to add them to {_DEVICES}', "add --yes to add them")
        if word.strip().lower() != "yes":
            output.fail("nothing was added")
    write_whole(folders.schedules / _DEVICES, new, 0o644)
    output.say(f"Added {_counted(len(table.rows))} to {folders.schedules / _DEVICES}.")


def _of_leases(text: str) -> str:
    """A lease file as the table that it would be: each device by its own name for itself, else by
    the end of its MAC."""
    rows = {lease.mac: lease for lease in read_leases(text) if not lease.from_duid}
    lines = [
        f"{lease.name or 'device-' + re.sub(':', '', mac)[-6:]},,{mac}"
        for mac, lease in rows.items()
    ]
    return "\n".join(("name,group,mac", *lines)) + "\n"


def _show(rows: tuple[DeviceRow, ...], what: str) -> None:
    output.say(f"{what} {_counted(len(rows))}:")
    for row in rows[:_SHOWN]:
        output.say(row.entry("  ").rstrip("\n"))
    if len(rows) > _SHOWN:
        output.say(f"  … and {len(rows) - _SHOWN} more")
    if len(rows) > 1 and not any(row.shared or row.person for row in rows):
        output.say("None is shared and none has a holder. Is it a class set? Then add --shared.")


def _with(path: Path, rows: tuple[DeviceRow, ...], before: Loaded) -> str:
    """devices.yaml with the rows in it; where that would be wrong, nothing is added."""
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig")
    root = read(_DEVICES, raw).root
    section = root.child("devices") if root else None
    lines = text.count("\n") + (not text.endswith("\n"))
    items = section.value if section is not None else None
    if root is None or not isinstance(items, list) or not items:
        output.fail(
            f"{_DEVICES} has no list of devices yet",
            "write the first one below devices: by hand, and the others are added after it",
        )
    following = [n.line for n in _children(root) if section and n.line > section.line]
    first = text.splitlines()[items[0].line - 1]
    indent = first[: len(first) - len(first.lstrip())]
    last = min(following) - 1 if following else lines
    new = appended(text, (row.entry(indent) for row in rows), last_line=last)
    after = load_files({**before.files, _DEVICES: new.encode()}, advise=False)
    if after.errors:
        output.problems(after.errors)
        output.fail("nothing was added: the file would not be right")
    return new


def _children(root: Node) -> list[Node]:
    return list(root.value.values()) if isinstance(root.value, dict) else []


def _counted(number: int) -> str:
    return "1 device" if number == 1 else f"{number} devices"
