"""Whose a device is, on an installed gateway: access points say who is signed in, and devices come
from behind another router.

Started by `./tests/run machine`. The tests go on from each other's machine, in their order.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.lab.access_point import SECRET, AccessPoint
from tests.lab.open_connection import OpenConnection
from tests.lab.school import wait_for
from tests.machine.campaign_gateway import is_as_promised, is_closed
from tests.machine.site import CLOSED, OPEN, Device, Site, fetched

pytestmark = pytest.mark.timeout(900)

AP, GATEWAY = "10.77.20.2", "10.77.20.1"
SMITH = "stf-0077"
RADIUS = f'radius: {{listen: "{GATEWAY}:1813", clients: [{AP}]}}'
LONDON = ZoneInfo("Europe/London")


def status(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.machine.run("bellgate", "status", "--json").stdout)
    return found


def record_of(site: Site, device: Device, version: int = 4) -> dict[str, Any]:
    """What comes on record when somebody asks for what is closed, each time by another name: what
    is asked for twice in a minute is counted."""
    host = f"n{time.monotonic_ns()}.{CLOSED.removeprefix('www.')}"
    to = "198.51.100.2" if version == 4 else "[2001:db8:51::2]"
    fetched(device, host, version, "--resolve", f"{host}:443:{to}")

    def found() -> list[dict[str, Any]]:
        return [r for r in site.records("block") if r["url"]["domain"] == host]

    wait_for(lambda: bool(found()), "the record", 45)
    return found()[0]


@pytest.fixture(scope="module")
def access_point(site: Site) -> AccessPoint:
    """Its secret is a credential of the service: the gate's user could not read the file."""
    store = site.machine.root / "etc/credstore"
    store.mkdir(mode=0o700, exist_ok=True)
    (store / "radius-secret").write_text(SECRET + "\n")
    (store / "radius-secret").chmod(0o600)
    run = site.machine.run
    run("bellgate", "people", "add", SMITH, "--name", "Jane Smith")
    run("bellgate", "people", "signs-in-as", SMITH, "jsmith")
    site.say(RADIUS)
    # Credentials are given to a service as it starts.
    run("systemctl", "restart", "bellgate-gate")
    said: Callable[[], Any] = lambda: status(site)["sign_ins"]  # noqa: E731
    wait_for(lambda: said() is not None and said()["problem"] is None, "the gate listening", 20)
    return AccessPoint(site.device("staff", 2), GATEWAY)  # type: ignore[arg-type]


def test_who_signs_in_is_on_record_until_they_sign_out(
    site: Site, access_point: AccessPoint
) -> None:
    laptop = site.staff
    assert record_of(site, laptop)["bellgate"]["attribution"] != "signed-in"
    access_point.starts("5F3A-01", "jsmith", laptop.mac, laptop.ip4)
    time.sleep(1)  # a second after the access point had its answer, gate and sentry know
    said = record_of(site, laptop)
    assert (said["bellgate"]["attribution"], said["user"]["id"]) == ("signed-in", SMITH)
    assert "jsmith" not in json.dumps(said) and "Smith" not in json.dumps(said)
    access_point.stops("5F3A-01", "jsmith", laptop.mac)
    time.sleep(1)
    said = record_of(site, laptop)
    assert said["bellgate"]["attribution"] != "signed-in" and "id" not in said["user"]
    assert status(site)["sign_ins"]["packets"] == {"taken": 2}


def test_nobody_but_the_access_point_is_believed(site: Site, access_point: AccessPoint) -> None:
    other = AccessPoint(site.pupil, GATEWAY)  # type: ignore[arg-type]
    assert not other.says("Start", "1", "jsmith", site.pupil.mac, site.pupil.ip4)
    stranger = AccessPoint(access_point._device, GATEWAY, secret="another")
    assert not stranger.says("Start", "2", "jsmith", site.pupil.mac, site.pupil.ip4)
    assert status(site)["sign_ins"]["sessions"] == 0
    site.say()


@pytest.fixture(scope="module")
def behind(site: Site) -> Iterator[Device]:
    """A device of a building that has a router of its own, which the files know as staff's."""
    device = site.behind_a_router("staff", 40)
    file = site.machine.root / "etc/bellgate/schedules/devices.yaml"
    text = file.read_text()
    networks = '  10.77.40.0/24: staff\n  "2001:db8:40::/64": staff\n'
    listed = "".join(
        f'  - name: annexe-pc-{n}\n    group: staff\n    ip: "{device.ip(n)}"\n' for n in (4, 6)
    )
    changed = text.replace("\nnetworks:\n", f"\nnetworks:\n{networks}")
    file.write_text(changed.replace("\ndevices:\n", f"\ndevices:\n{listed}"))
    wait_for(lambda: known(site, device.ip4) == "staff", "the files being in force")
    yield device
    file.write_text(text)


def known(site: Site, ip: str) -> str:
    said = site.machine.run("bellgate", "explain", "--from", ip, "--site", OPEN, "--json").stdout
    group: str = json.loads(said.splitlines()[0])["group"]
    return group


@pytest.mark.parametrize("version", [4, 6])
def test_behind_a_router_devices_are_decided_and_recorded_by_their_address_alone(
    site: Site, behind: Device, version: int
) -> None:
    assert fetched(behind, OPEN, version) == "open"
    said = record_of(site, behind, version)
    assert said["source"] == {"ip": behind.ip(version)}, "the router's MAC says nothing"
    assert said["bellgate"]["attribution"] == "address"
    assert said["user"] == {"roles": ["staff"]}
    assert said["device"] == {"id": f"annexe-pc-{version}"}
    assert is_closed(behind, version)


def test_behind_a_router_what_is_open_is_cut_at_the_bell(site: Site, behind: Device) -> None:
    """By the timetable, with a minute that begins while they are open."""
    now = datetime.now(LONDON)
    bell = (now + timedelta(seconds=75)).replace(second=0, microsecond=0)
    rules = site.machine.root / "etc/bellgate/schedules/rules.yaml"
    text = rules.read_text()
    rule = (
        f"  - name: From now on\n    who: staff\n    what: {OPEN}\n"
        f"    when: any day {bell:%H:%M}-24:00\n    do: block\n    clause: School's own rule\n\n"
    )
    assert text.count("\nrules:\n") == 1
    rules.write_text(text.replace("\nrules:\n", f"\nrules:\n{rule}"))
    time.sleep(3)
    opened = [
        OpenConnection(site.authority, behind.namespace, OPEN, address)
        for address in ("198.51.100.1", "2001:db8:51::1")
    ]
    assert all(one.is_there for one in opened)
    assert datetime.now(LONDON) < bell - timedelta(seconds=1)
    time.sleep((bell - datetime.now(LONDON)).total_seconds() - 0.5)
    assert [one.ended_within(2) for one in opened] == [True, True]
    assert datetime.now(LONDON) - bell < timedelta(seconds=2)
    wait_for(lambda: len(cuts(site)) > 0, "the records")
    wait_for(lambda: {r["source"]["ip"] for r in cuts(site)} == {behind.ip4, behind.ip6}, "both")
    assert all(r["bellgate"]["carried_over"] for r in cuts(site))
    assert all(r["bellgate"]["attribution"] == "address" for r in cuts(site))
    rules.write_text(text)
    wait_for(lambda: fetched(behind, OPEN) == "open", "the rule being gone")
    is_as_promised(site)


def cuts(site: Site) -> list[dict[str, Any]]:
    return site.records("cut")
