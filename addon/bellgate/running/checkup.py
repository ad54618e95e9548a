"""Everything that `bellgate doctor` looks at, in its order: the machine, the files, the record.

Each look is a small function that gives findings; the list at the end says which run. One that
fails itself is a finding, and the others go on.
"""

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bellgate.audit import LogPaths, Query, Refused, ask, find
from bellgate.gate.clock import MachineClock
from bellgate.gateway import certificate, connection_room, machine
from bellgate.gateway.doctor import firewall, services, sign_ins, wires
from bellgate.gateway.doctor.finding import Finding
from bellgate.gateway.kernel_questions import interfaces
from bellgate.gateway.kernel_settings import FORWARDING
from bellgate.gateway.places import KERNEL_PATH, NFTABLES
from bellgate.policy.walk import OBSERVING
from bellgate.policy.what import NO_NAME
from bellgate.running import presence
from bellgate.schedules.load import Loaded
from bellgate.schedules.settings import AnchorSettings

_LEAST_FREE = 2 * 10**9
"""Bytes of the disk that should be free."""
_LEFT = timedelta(days=60)
"""How long before its end a certificate is told of."""
_WEEK = timedelta(days=7)
_FEW_REFUSALS = 50
"""Hidden names refused in a week: below that, a fall says nothing."""
# Reserved for examples, and always there.
_ALWAYS_THERE = "example.org"
_LOCALLY_ADMINISTERED = 0x02
"""In a MAC's first octet: the device made it up."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    loaded: Loaded
    state: Path
    now: datetime


Look = Callable[[Patient], Iterator[Finding]]


def findings(patient: Patient) -> Iterator[Finding]:
    """All of them. Some listen for a moment."""
    for look in LOOKS:
        try:
            yield from look(patient)
        except (OSError, machine.ToolFailed, ValueError) as error:
            name = look.__name__.strip("_").replace("_", " ").capitalize()
            yield Finding(name, False, f"This could not be looked at: {error}.", "run it as root")


def _services(_: Patient) -> Iterator[Finding]:
    yield from services.findings()


def _clock(_: Patient) -> Iterator[Finding]:
    if MachineClock().state == "synchronised":
        yield Finding("Clock", True, "It is set by a time server.")
        return
    yield Finding(
        "Clock", False, "It is not set by a time server, so times in the record may be wrong.",
        "`timedatectl` says more; Debian's package is systemd-timesyncd",
    )  # fmt: skip


def _observing(patient: Patient) -> Iterator[Finding]:
    policy = patient.loaded.policy
    if policy is not None and policy.observe:
        yield Finding(
            "Rules", False, OBSERVING,
            "the page Health shows what would have been closed; when the week is over, take "
            "`observe` out of school.yaml",
        )  # fmt: skip


def _disk(patient: Patient) -> Iterator[Finding]:
    place = patient.state if patient.state.exists() else Path("/")
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:.1f} GB are free where the record is kept."
    if free >= _LEAST_FREE:
        yield Finding("Disk", True, said)
        return
    yield Finding(
        "Disk", False, f"Only {said}",
        "make room: where the record cannot be written, what would be recorded is closed",
    )  # fmt: skip


def _mistakes(many: int) -> str:
    return "They have a mistake:" if many == 1 else f"They have {many} mistakes, the first:"


def _files(patient: Patient) -> Iterator[Finding]:
    loaded = patient.loaded
    if loaded.policy is None:
        first = next(iter(loaded.errors))
        yield Finding(
            "Files", False, f"{_mistakes(len(loaded.errors))} {first.file}:"
            f"{first.line}: {first.message}.", "bellgate check",
        )  # fmt: skip
    else:
        yield Finding("Files", True, "They have no mistake.")
    today = patient.now.date()
    for problem in loaded.dates_ahead(today):
        yield Finding("Dates", False, f"{problem.message}.", problem.hint or "bellgate check")


def _certificate(patient: Patient) -> Iterator[Finding]:
    try:
        held = certificate.load(patient.state / "certificate")
    except certificate.CertificateError as error:
        yield Finding("Certificate", False, f"{error}.", "run it as root, or put the file back")
        return
    if held is None:
        yield Finding(
            "Certificate", False, "There is none: closed sites are refused without a page.",
            "the gate makes one when it starts",
        )  # fmt: skip
        return
    end = f"{held.expires:%Y-%m-%d}"
    if held.expires - patient.now < _LEFT:
        yield Finding(
            "Certificate", False, f"It ends on {end}.",
            "bellgate certificate renew --root FILE, or `create --force` and new roots for devices",
        )  # fmt: skip
    else:
        yield Finding("Certificate", True, f"It is good until {end}.")
    yield from _devices_without(patient.loaded)


def _devices_without(loaded: Loaded) -> Iterator[Finding]:
    if loaded.policy is None:
        return
    devices = loaded.policy.directory.devices
    without = [device.name for device in devices if not device.trusts_certificate]
    if without:
        some = ", ".join(without[:5]) + (" …" if len(without) > 5 else "")
        yield Finding(
            "Devices", True,
            f"{len(without)} of {len(devices)} in devices.yaml are not said to trust the "
            f"certificate, and are refused without a page: {some}.",
        )  # fmt: skip


def _rules(patient: Patient) -> Iterator[Finding]:
    if patient.loaded.gateway is None:
        return
    ours = (NFTABLES, KERNEL_PATH) if patient.loaded.gateway.kernel_path else (NFTABLES,)
    yield firewall.our_rules(all(machine.loaded_rules(name) is not None for name in ours))
    yield firewall.forwarding({name: machine.setting(name) for name in FORWARDING})
    if (table := connection_room.table()) is not None:
        yield firewall.room(table, connection_room.most_of_one)
    yield from firewall.foreign_chains(machine.run("nft", "--json", "list", "ruleset"))


def _wires(patient: Patient) -> Iterator[Finding]:
    gateway, policy = patient.loaded.gateway, patient.loaded.policy
    if gateway is None or policy is None:
        return
    there = {name: number for number, name in socket.if_nameindex()}
    yield from wires.cards((*gateway.lan, gateway.wan), there)
    by_number = interfaces()
    attached = {
        name: by_number[number].networks for name, number in there.items() if number in by_number
    }
    school = (n.network for n in policy.directory.networks)
    yield from wires.networks(school, attached, gateway.lan)
    own = [ip for interface in by_number.values() for ip in interface.addresses]
    near = [card for card in gateway.lan if card in there]
    yield from wires.foreign_routers(near, own)
    yield from wires.others_that_lease(near, own, ours=bool(gateway.leased))


def _names(patient: Patient) -> Iterator[Finding]:
    if patient.loaded.gateway is None:
        return
    try:
        socket.getaddrinfo(_ALWAYS_THERE, 443)
    except OSError as error:
        yield Finding(
            "Names", False,
            f"The machine itself does not find {_ALWAYS_THERE} on the internet ({error.strerror}).",
            "look at /etc/resolv.conf and at the line to the internet",
        )  # fmt: skip
    else:
        yield Finding("Names", True, "The machine finds names on the internet.")


def _made_up_macs(patient: Patient) -> Iterator[Finding]:
    seen = presence.read(patient.state, patient.now)
    made_up = [one for one in seen if int(one.mac[:2], 16) & _LOCALLY_ADMINISTERED]
    if made_up:
        yield Finding(
            "MACs", True,
            f"{len(made_up)} of {len(seen)} devices of the last week made their MAC up; "
            "these are never attributed to anybody.",
        )  # fmt: skip


def _record(patient: Patient) -> Iterator[Finding]:
    paths = LogPaths.of(patient.state)
    try:
        answer = ask(paths, {"kind": "status"})
    except (Refused, OSError) as error:
        yield Finding("Record", False, f"The gate does not answer ({error}).", "run it as root")
        return
    if answer is None or not answer.get("ok"):
        yield Finding("Record", False, "No gate runs, so nothing is recorded.",
                      "systemctl start bellgate-gate")  # fmt: skip
    else:
        yield _log_of(answer["status"])
        yield from _proxy(answer["status"])
        yield from _filter(answer["status"])
        if said := answer["status"]["sign_ins"]:
            yield sign_ins.heard(said)
    stuck = answer["status"]["anchors"] if answer and answer.get("ok") else None
    yield from checkpoints(patient.loaded.settings.anchors, stuck)


def checkpoints(anchors: AnchorSettings, stuck: Mapping[str, str] | None) -> Iterator[Finding]:
    """Whether they leave the machine. `stuck`: the places that none reaches, and why; None where
    no gate says so."""
    if not anchors.lead_outside:
        yield Finding(
            "Checkpoints", False, "None leaves this machine.",
            "add anchors to school.yaml: without one nobody can show that the record is whole",
        )  # fmt: skip
    elif stuck:
        for place, why in stuck.items():
            yield Finding(
                "Checkpoints", False, f"They do not leave by {place}: {why}.",
                "it is tried again by itself; a folder must be there, under /mnt, /media or /srv, "
                "and belong to bellgate-gate",
            )  # fmt: skip
    elif stuck is not None:
        yield Finding("Checkpoints", True, "They leave this machine after each session.")


def _log_of(status: dict[str, Any]) -> Finding:
    problem = status["log"]["problem"]
    if problem:
        return Finding("Record", False, f"It cannot be written: {problem}.", "is the disk full?")
    return Finding("Record", True, f"{status['log']['size']} records are written and signed.")


def _sign_ins(patient: Patient) -> Iterator[Finding]:
    """Whether access points can be heard at all; the gate itself says how it goes."""
    gateway = patient.loaded.gateway
    if gateway is None or gateway.radius is None:
        return
    own = [ip for interface in interfaces().values() for ip in interface.addresses]
    listen = gateway.radius.listen
    if listen.host not in own:
        yield Finding(
            "Sign-ins", False, f"{listen.host} is not an address of this machine.",
            "correct radius in gateway.yaml; `ip -br address` lists the machine's own",
        )  # fmt: skip


def _proxy(status: dict[str, Any]) -> Iterator[Finding]:
    said = status["proxy"]
    if said is None:
        return
    if said["problem"]:
        yield Finding("Proxy", False, f"It is not served: {said['problem']}.",
                      "`ss -lntp` names who holds the port")  # fmt: skip
    else:
        yield Finding("Proxy", True, "The proxy and its PAC file are served to the school's side.")


def _filter(status: dict[str, Any]) -> Iterator[Finding]:
    said = status["upstream"]
    if said is None:
        return
    how = f"{said['passed']} connections passed, {said['refused']} refused by it"
    if said["problem"]:
        yield Finding(
            "Filter", False,
            f"It does not answer ({said['problem']}); {said['failed']} connections were "
            f"refused for that, {how}.",
            "is it running, and does it take this machine's connections?",
        )  # fmt: skip
    else:
        yield Finding("Filter", True, f"The gate goes on through {said['address']}: {how}.")


def _hidden_names(patient: Patient) -> Iterator[Finding]:
    """A sudden fall of refusals may mean that names are hidden in another way."""
    log = LogPaths.of(patient.state).log
    counts = [0, 0]
    for entry in find(log, Query(since=patient.now - 2 * _WEEK, service=NO_NAME)):
        record = entry.record or {}
        at = datetime.fromisoformat(str(record["@timestamp"]))
        counts[at >= patient.now - _WEEK] += int(record["bellgate"].get("repeat", 1))
    before, this = counts
    fell = before >= _FEW_REFUSALS and this < before / 5
    yield Finding(
        "Hidden names", not fell,
        f"{this} connections that hid their name were refused this week, {before} the week before.",
        "do devices have a new way to hide names? `bellgate devices seen`" if fell else "",
    )  # fmt: skip


LOOKS: tuple[Look, ...] = (
    _services,
    _observing,
    _clock,
    _disk,
    _rules,
    _wires,
    _names,
    _files,
    _certificate,
    _record,
    _sign_ins,
    _hidden_names,
    _made_up_macs,
)


def all_good(found: Iterable[Finding]) -> bool:
    return all(finding.good for finding in found)
