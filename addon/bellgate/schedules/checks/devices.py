"""devices.yaml: groups, networks, devices and who holds them."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations

from bellgate.policy.who import EVERYONE
from bellgate.schedules import scalars
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.compile import chain_of
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.devices_yaml import DevicesForm, HolderForm
from bellgate.schedules.problem import Problem, Unclear, quoted
from bellgate.schedules.rule_words import Vocabulary, group_problem
from bellgate.schedules.yaml_tree import Path

Found = Iterator[Problem]
Devices = Filled[DevicesForm]

_LOCALLY_ADMINISTERED = 0x02
"""In a MAC's first octet: no maker gave it out (IEEE 802, section 8.4)."""


def names_are_free(devices: Devices, _: Vocabulary) -> Found:
    form = devices.form
    if EVERYONE in form.groups:
        yield problem(
            devices,
            ("groups", EVERYONE),
            "everyone already means all groups",
            "choose another name",
        )
    named: list[tuple[str, Path]] = [
        (d.name, ("devices", i, "name")) for i, d in enumerate(form.devices)
    ]
    yield from _twice(devices, "name", named)
    for name, path in named:
        if name in form.groups or name == EVERYONE:
            message = f"{quoted(name)} is a group too: a rule could not tell which one it means"
            yield problem(devices, path, message, "give the device another name")


def groups_are_known(devices: Devices, known: Vocabulary) -> Found:
    form = devices.form
    mentions: list[tuple[str, Path, str]] = [("unknown_devices", (), form.unknown_devices)]
    for name, group in form.groups.items():
        if group.part_of:
            mentions.append(("part_of", ("groups", name), group.part_of))
    mentions += [(network, ("networks",), group) for network, group in form.networks.items()]
    for key, path, word in mentions:
        if wrong := group_problem(word, known):
            yield unclear(devices, (*path, key), key, wrong)
    yield from _groups_of_devices(devices, known)


def _groups_of_devices(devices: Devices, known: Vocabulary) -> Found:
    """A group that is mistyped for a whole class is one slip, and one problem."""
    by_group: dict[str, list[int]] = {}
    for i, device in enumerate(devices.form.devices):
        for group in device.groups:
            by_group.setdefault(group, []).append(i)
    for group, places in by_group.items():
        if wrong := group_problem(group, known):
            more = f" ({len(places)} devices)" if len(places) > 1 else ""
            said = f"group {wrong.message}{more}"
            yield problem(devices, ("devices", places[0], "group"), said, wrong.hint)


def devices_have_a_group(devices: Devices, _: Vocabulary) -> Found:
    for i, device in enumerate(devices.form.devices):
        if not device.groups:
            yield problem(devices, ("devices", i, "group"), f"{device.name} is in no group")


def groups_do_not_hold_themselves(devices: Devices, _: Vocabulary) -> Found:
    groups = devices.form.groups
    told: set[str] = set()
    for name in groups:
        chain = chain_of(name, groups)
        if name not in told and groups[chain[-1]].part_of == name:
            told.update(chain)
            loop = " in ".join((*chain, name))
            yield problem(
                devices,
                ("groups", name, "part_of"),
                f"{name} is part of itself ({loop})",
                f"take part_of out of {name}, or name the group around it",
            )


def networks_are_networks(devices: Devices, _: Vocabulary) -> Found:
    ranges: list[tuple[str, Path]] = []
    for text in devices.form.networks:
        try:
            network = scalars.ip_network(text)
            ranges.append((str(network), ("networks", text)))
            # An address that ends in nothing is a network whose length was forgotten.
            if "/" not in text and text.endswith((".0", "::")):
                right = f"{text}/{24 if network.version == 4 else 64}"
                said = f"{text} is a network without its length"
                yield problem(devices, ("networks", text), said, f"write {right}")
        except Unclear as e:
            yield unclear(devices, ("networks", text), "a key", e)
    yield from _twice(devices, "network", ranges)


def devices_are_told_apart(devices: Devices, _: Vocabulary) -> Found:
    form = devices.form
    macs: list[tuple[str, Path]] = [
        (mac, ("devices", i, "mac")) for i, d in enumerate(form.devices) for mac in d.mac
    ]
    ips: list[tuple[str, Path]] = [
        (ip, ("devices", i, "ip")) for i, d in enumerate(form.devices) for ip in d.ip
    ]
    yield from _twice(devices, "mac", macs)
    yield from _twice(devices, "ip", ips)


def devices_can_be_recognised(devices: Devices, _: Vocabulary) -> Found:
    for i, device in enumerate(devices.form.devices):
        if devices.document.hurt(("devices", i)):
            continue
        if not device.mac and not device.ip:
            yield warning(
                devices,
                ("devices", i),
                f"{device.name} can never be recognised",
                "add its mac, or its ip if the address never changes",
            )
        elif device.holders and not device.mac:
            yield warning(
                devices,
                ("devices", i, "holders"),
                f"{device.name} is known only by its address, which never proves who holds it",
                "add its mac",
            )


def macs_stay_the_same(devices: Devices, _: Vocabulary) -> Found:
    """A phone makes up such a MAC for each network; so does a virtual machine."""
    for i, device in enumerate(devices.form.devices):
        own = [j for j, mac in enumerate(device.mac) if int(mac[:2], 16) & _LOCALLY_ADMINISTERED]
        if own:
            macs = device.mac[own[0]] if len(own) == 1 else f"{len(own)} MACs"
            were, by = ("was", "the device itself") if len(own) == 1 else ("were", "its machines")
            yield warning(
                devices,
                ("devices", i, "mac", own[0]),
                f"{macs} of {device.name} {were} made up by {by}, and may change",
                "switch private addresses off for the school's network on that device, and "
                "write down the MAC that it has then",
            )
        if own and device.trusts_certificate is None and _trusts(devices, device.home):
            yield warning(
                devices,
                ("devices", i, "group"),
                f"{device.name} is taken to trust the school's certificate, as {device.home} does",
                "if it is somebody's own, without the certificate, write trusts_certificate: no; "
                "otherwise it gets an error instead of the page",
            )


def _trusts(devices: Devices, group: str) -> bool:
    """What a device of the group inherits."""
    groups = devices.form.groups
    if group not in groups:
        return False
    said = (groups[name].trusts_certificate for name in chain_of(group, groups))
    return next((word for word in said if word is not None), False)


def holders_take_turns(devices: Devices, _: Vocabulary) -> Found:
    for i, device in enumerate(devices.form.devices):
        for j, holder in enumerate(device.holders):
            first, last = _days(holder)
            if last < first:
                message = (
                    f"{holder.person} has {device.name} until {last}, which is before its from "
                    f"({first})"
                )
                yield problem(
                    devices, ("devices", i, "holders", j), message, "correct one of the two"
                )
        for (_j, one), (k, two) in combinations(enumerate(device.holders), 2):
            if _days(one)[0] <= _days(two)[1] and _days(two)[0] <= _days(one)[1]:
                yield warning(
                    devices,
                    ("devices", i, "holders", k),
                    f"{one.person} and {two.person} have {device.name} at the same time: "
                    "while both do, it is attributed to neither",
                    "add to: with the day it was handed back",
                )


def _days(holder: HolderForm) -> tuple[date, date]:
    return holder.first_day or date.min, holder.last_day or date.max


def _twice(devices: Devices, what: str, named: Iterable[tuple[str, Path]]) -> Found:
    first: dict[str, Path] = {}
    for name, path in named:
        if name in first:
            line = devices.document.line(first[name])
            yield problem(
                devices,
                path,
                f"{what} {name} is given twice (first on line {line})",
                "correct it where it is wrong, or take one of the two out",
            )
        first.setdefault(name, path)
