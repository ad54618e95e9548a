"""Who is signed in, by what the access points say: one Monday morning in the sample's staff room.

Somebody asks for a part of Facebook; what follows is what the record may say of them. Each asks at
once after the access point had its answer: what it reports is known then.
"""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bellgate.audit import LogPaths
from bellgate.audit import ask as ask_gate
from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.kernel_rules import Accounting, Diversion, rules
from bellgate.policy.facts import Sighting, SignIn
from bellgate.review.people import People
from bellgate.review.sign_in_names import SignInNames
from bellgate.running.sign_ins_copy import SignInsCopy, signed_in_now
from tests.lab.access_point import SECRET, AccessPoint
from tests.lab.network import NETWORKS, PORT, Device, Lab
from tests.lab.school import BBC, Gate, wait_for
from tests.lab.test_whose import FACEBOOK, MORNING, TEACHER, Whose, ask, explained

AP, GATEWAY = "10.77.20.2", "10.77.20.1"
GATEWAY_YAML = f"""\
lan: [{", ".join(NETWORKS)}]
wan: wan
radius: {{listen: "{GATEWAY}:1813", clients: {AP}, realms: [school.example, SCHOOL]}}
"""
PHONE_MAC = "5e:11:22:33:44:55"
LAPTOP_MAC = "3c:22:fb:00:00:31"
SMITH = "stf-0077"
_NUMBERS = count()
NOBODY = Whose(("staff",), "address", "staff-laptop-07", ground="sign-in-unnamed")


def signed_in(device: str | None = None, person: str = SMITH) -> Whose:
    return Whose(("staff",), "signed-in", device, person=person)


@pytest.fixture(scope="module")
def ap(lab: Lab) -> AccessPoint:
    lab.apply(rules(Diversion(
        tuple(NETWORKS), PORT, wan="wan", accounting=Accounting(GATEWAY, 1813, [AP])
    )))  # fmt: skip
    return AccessPoint(lab.device("staff", 2), GATEWAY)


@pytest.fixture(scope="module")
def phone(lab: Lab) -> Device:
    return lab.device("staff", 50, mac=PHONE_MAC)


@pytest.fixture(scope="module")
def gate(lab: Lab, ap: AccessPoint) -> Iterator[Gate]:
    state = lab.folder / "state"
    (state / "secrets").mkdir(parents=True)
    (state / "secrets" / "radius-secret").write_text(SECRET + "\n")
    People(state).add(SMITH, "Jane Smith")
    People(state).add("stf-0042", "mrs.jones")
    SignInNames(state).add(SMITH, ["jsmith"])
    yield started(lab)
    lab.stop_gates()


def started(lab: Lab) -> Gate:
    gate = lab.gate(MORNING, ("gateway.yaml", "", GATEWAY_YAML))
    wait_for(lambda: status(lab)["problem"] is None, "the gate listening to access points")
    return gate


def status(lab: Lab) -> dict[str, Any]:
    """What the running gate says of it."""
    answer = ask_gate(LogPaths.of(lab.folder / "state", simulated=True), {"kind": "status"})
    assert answer is not None
    found: dict[str, Any] = answer["status"]["sign_ins"]
    return found


def whose(lab: Lab, gate: Gate, device: Device, source: str = "") -> Whose:
    """What comes on record of somebody who asks now."""
    # Each time for another name: what is asked for twice in a minute is counted.
    host = f"{next(_NUMBERS)}.facebook.com"
    ask(lab, device, source or device.ip4, host, at=FACEBOOK)
    return Whose.of(record_of(gate, host))


def record_of(gate: Gate, host: str) -> dict[str, Any]:
    """The one record about a host, once it is written."""
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        lines = (line for day in gate.log.glob("*.jsonl") for line in day.read_bytes().splitlines())
        found[:] = [json.loads(line) for line in lines if f'"{host}"'.encode() in line]
        return bool(found)

    wait_for(is_there, f"the record about {host}", 2)
    [record] = found
    return record


def test_whoever_signs_in_to_a_laptop_is_named_and_nobody_once_they_sign_out(
    lab: Lab, gate: Gate, ap: AccessPoint
) -> None:
    assert whose(lab, gate, lab.staff) == TEACHER
    ap.starts("5F3A-01", "jsmith@school.example", LAPTOP_MAC, lab.staff.ip4)
    ask(lab, lab.staff, lab.staff.ip4, "reddit.com", at=FACEBOOK)
    record = record_of(gate, "reddit.com")
    assert Whose.of(record) == signed_in("staff-laptop-07")
    assert record["bellgate"]["accounting"] == "5F3A-01"
    assert "jsmith" not in json.dumps(record)
    said, _ = explained(lab, lab.staff.ip4)
    assert (said["device"], said["attribution"]) == ("staff-laptop-07", "signed-in")
    ap.stops("5F3A-01", "jsmith@school.example", LAPTOP_MAC)
    assert whose(lab, gate, lab.staff) == TEACHER


def test_a_phone_is_known_by_its_card_before_its_address_is_reported(
    lab: Lab, gate: Gate, ap: AccessPoint, phone: Device
) -> None:
    whose(lab, gate, phone)
    ap.starts("5F3A-02", "SCHOOL\\JSmith", PHONE_MAC)
    assert whose(lab, gate, phone) == signed_in()
    ap.goes_on("5F3A-02", "SCHOOL\\JSmith", PHONE_MAC, phone.ip4)
    assert whose(lab, gate, phone) == signed_in()


def test_a_renewed_lease_and_a_new_privacy_address_change_nothing(
    lab: Lab, gate: Gate, ap: AccessPoint, phone: Device
) -> None:
    phone.namespace.ip_batch(
        "addr add 2001:db8:20::abcd/64 dev card nodad",
        f"addr del {phone.ip4}/24 dev card",
        "addr add 10.77.20.150/24 dev card",
        f"route add default via {GATEWAY}",
    )
    try:
        assert whose(lab, gate, phone, "2001:db8:20::abcd") == signed_in()
        assert whose(lab, gate, phone, "10.77.20.150") in (
            signed_in(),
            # Two addresses in use within seconds: perhaps two machines behind one card.
            Whose(("staff",), "address", ground="shared-mac"),
        )
    finally:
        phone.namespace.ip_batch(
            "addr del 10.77.20.150/24 dev card", f"addr add {phone.ip4}/24 dev card",
            f"route add default via {GATEWAY}",
        )  # fmt: skip


def test_a_card_that_was_swapped_is_nobodys(
    lab: Lab, gate: Gate, ap: AccessPoint, phone: Device
) -> None:
    """The phone makes up another MAC: the session speaks of the one before."""
    phone.namespace.ip("link", "set", "card", "address", "5e:99:99:99:99:99")
    phone.namespace.ip("route", "replace", "default", "via", GATEWAY)
    try:
        assert whose(lab, gate, phone).person is None
    finally:
        phone.namespace.ip("link", "set", "card", "address", PHONE_MAC)
        phone.namespace.ip("route", "replace", "default", "via", GATEWAY)
    ap.stops("5F3A-02", "jsmith", PHONE_MAC)


def test_a_card_copied_onto_another_network_is_not_whoever_signed_in_with_it(
    lab: Lab, gate: Gate, ap: AccessPoint, phone: Device
) -> None:
    pupil = lab.device("pupils", 88, mac=PHONE_MAC)
    ap.starts("5F3A-03", "jsmith", PHONE_MAC, "10.77.20.50")
    assert whose(lab, gate, pupil).person is None
    ap.stops("5F3A-03", "jsmith", PHONE_MAC)


@pytest.mark.parametrize("user", [
    "anonymous@school.example", "@school.example", "secret.name@elsewhere.example",
    "jsmith@elsewhere.example", "jsmith\0", "",
])  # fmt: skip
def test_a_name_that_stands_for_nobody_names_nobody_and_is_kept_nowhere(
    lab: Lab, gate: Gate, ap: AccessPoint, user: str
) -> None:
    # As some access points do: a part of the name is in the session's.
    session = f"{user[:11]}-{next(_NUMBERS)}".replace("\0", "")
    ap.starts(session, user, LAPTOP_MAC, lab.staff.ip4)
    assert whose(lab, gate, lab.staff) == NOBODY
    ap.stops(session, user, LAPTOP_MAC)
    for path in (lab.folder / "state").rglob("*"):
        if path.is_file():
            assert b"secret.name" not in path.read_bytes(), path


def test_a_machine_that_signs_in_by_itself_changes_nothing(
    lab: Lab, gate: Gate, ap: AccessPoint
) -> None:
    ap.starts("5F3A-05", "host/staff-laptop-07.school.example", LAPTOP_MAC, lab.staff.ip4)
    assert whose(lab, gate, lab.staff) == TEACHER
    ap.stops("5F3A-05", "host/staff-laptop-07.school.example", LAPTOP_MAC)


def test_two_sessions_that_contradict_blame_nobody(lab: Lab, gate: Gate, ap: AccessPoint) -> None:
    ap.starts("5F3A-06", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    ap.starts("5F3A-07", "mrs.jones", LAPTOP_MAC, lab.staff.ip4)
    differing = Whose(("staff",), "address", "staff-laptop-07", ground="sign-ins-differ")
    assert whose(lab, gate, lab.staff) == differing
    ap.stops("5F3A-06", "jsmith", LAPTOP_MAC)
    assert whose(lab, gate, lab.staff) == signed_in("staff-laptop-07", "stf-0042")
    # The access point starts anew: nobody is signed in any more.
    assert ap.says("Accounting-On")
    assert whose(lab, gate, lab.staff) == TEACHER
    assert ap.says("Interim-Update", "5F3A-07", "mrs.jones", LAPTOP_MAC, Acct_Session_Time=900)
    assert whose(lab, gate, lab.staff) == TEACHER, "what has ended never comes back"


def test_hostile_packets_blame_nobody(lab: Lab, gate: Gate, ap: AccessPoint, phone: Device) -> None:
    """One that does not know the secret, one that is no access point, one sent once more."""
    forger = AccessPoint(ap._device, GATEWAY, secret="guessed")
    assert not forger.says("Start", "F-1", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    assert whose(lab, gate, lab.staff) == TEACHER
    stranger = AccessPoint(phone, GATEWAY)
    assert not stranger.says("Start", "F-2", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    assert whose(lab, gate, lab.staff) == TEACHER
    assert "not a client" not in status(lab)["packets"], "the kernel's rules keep strangers away"
    start = list(ap.packets)
    ap.starts("5F3A-08", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    ap.stops("5F3A-08", "jsmith", LAPTOP_MAC)
    ap.sends(ap.packets[len(start) : len(start) + 1] * 3)
    time.sleep(0.2)
    assert whose(lab, gate, lab.staff) == TEACHER
    assert status(lab)["ignored"]["ended before"] >= 3


def test_a_connection_that_stays_open_does_not_outlive_the_sign_in(
    lab: Lab, gate: Gate, ap: AccessPoint
) -> None:
    ap.starts("5F3A-10", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    with lab.staff.namespace.connect(lab.address(BBC), 80) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: {BBC}\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        ap.stops("5F3A-10", "jsmith", LAPTOP_MAC)
        client.sendall(b"GET / HTTP/1.1\r\nHost: kept.facebook.com\r\n\r\n")
        assert Whose.of(record_of(gate, "kept.facebook.com")) == TEACHER


def test_after_a_restart_nobody_is_named_until_the_session_reports_again(
    lab: Lab, gate: Gate, ap: AccessPoint
) -> None:
    ap.starts("5F3A-09", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    lab.stop_gates()
    kept = lab.folder / "state" / "simulated" / "signed-in.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "jsmith" not in kept.read_text() and SMITH in kept.read_text()
    gate = started(lab)
    unsure = Whose(("staff",), "address", "staff-laptop-07", ground="sign-in-unsure")
    assert whose(lab, gate, lab.staff) == unsure
    ap.goes_on("5F3A-09", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    assert whose(lab, gate, lab.staff) == signed_in("staff-laptop-07")
    ap.stops("5F3A-09", "jsmith", LAPTOP_MAC)


def test_the_sentry_knows_what_the_gate_knows_and_doubts_it_once_the_gate_is_gone(
    lab: Lab, gate: Gate, ap: AccessPoint
) -> None:
    """`gate`, or the one that a test before this one started in its place."""
    paths, table = LogPaths.of(lab.folder / "state", simulated=True), AddressTable()
    copy = SignInsCopy(paths, table, is_wanted=lambda: True, failed=lambda error: None)
    ap.starts("5F3A-11", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    copy.look()
    known = Sighting(LAPTOP_MAC)
    assert table.signed_in(lab.staff.ip4, known) == SignIn(SMITH, "5F3A-11")
    assert signed_in_now(lab.folder / "state", simulated=True)[LAPTOP_MAC].person == SMITH
    ap.stops("5F3A-11", "jsmith", LAPTOP_MAC)
    copy.look()
    assert table.signed_in(lab.staff.ip4, known) is None
    ap.starts("5F3A-12", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    copy.look()
    lab.stop_gates()
    copy.look()
    assert table.signed_in(lab.staff.ip4, known) == SignIn(doubt="sign-in-unsure")
