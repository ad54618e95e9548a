"""Ways round by real clients on a gateway as it is installed: Chromium with DNS over HTTPS forced,
curl that is told where to go, a phone that changes its card, its address or its network, and each
way of `ways.py`, twice, as the kernel's path sends the second attempt to the gate."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.network import Device, Lab, open_lab
from tests.lab.school import Gate
from tests.lab.test_browsers import browse, trust_in_chromium
from tests.lab.visits import Visit, Way
from tests.lab.ways import BBC, FACEBOOK, FIRST, REDDIT, WAYS, YOUTUBE, Attempt
from tests.lab.whole_gateway import whole_gateway

MORNING = "2026-11-23 10:15"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from open_lab(
        tmp_path_factory.mktemp("ways"), [BBC, FACEBOOK, REDDIT, YOUTUBE, FIRST, "dns.google"]
    )


@pytest.fixture(scope="module")
def gate(lab: Lab) -> Iterator[Gate]:
    with whole_gateway(lab, MORNING) as gate:
        yield gate


@pytest.fixture(autouse=True)
def nothing_closed_was_reached(lab: Lab, gate: Gate) -> Iterator[None]:
    """A handshake of TCP that says nothing may: the kernel forwards it before it can know."""
    before = len(lab.contacts())
    yield
    said = [line for line in lab.contacts(before) if not line.startswith("tcp ")]
    assert [line for line in said if "facebook" in line.lower() or "dns.google" in line] == []


@pytest.mark.parametrize("mode", ["secure", "automatic"])
def test_chromium_with_dns_over_https(lab: Lab, gate: Gate, mode: str) -> None:
    trust_in_chromium(lab.pupil, lab.authority, gate.authority)
    policies = lab.pupil.namespace.etc / "chromium/policies/managed/doh.json"
    policies.write_text(
        json.dumps(
            {
                "DnsOverHttpsMode": mode,
                "DnsOverHttpsTemplates": "https://dns.google/dns-query",
                "EncryptedClientHelloEnabled": True,
            }
        )
    )
    assert "origin of" not in browse(lab, lab.pupil, f"https://{FACEBOOK}/")
    if mode == "automatic":
        assert "origin of www.bbc" in browse(lab, lab.pupil, f"https://{BBC}/")


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name, at", [(FACEBOOK, FACEBOOK), (FACEBOOK, BBC), (BBC, FACEBOOK)])
def test_curl_that_is_told_where_to_go(
    lab: Lab, gate: Gate, version: int, name: str, at: str
) -> None:
    address = lab.address(at, version)
    there = f"[{address}]" if version == 6 else address
    for _ in range(2):
        for scheme, port in (("https", 443), ("http", 80)):
            done = lab.pupil.namespace.run(
                "curl", "--silent", "--insecure", "--max-time", "6",
                "--resolve", f"{name}:{port}:{there}", f"{scheme}://{name}/",
            )  # fmt: skip
            assert "origin of www.facebook.com" not in done.stdout


def test_a_phone_that_changes_its_card_its_address_or_its_network(lab: Lab, gate: Gate) -> None:
    phone = lab.device("pupils", 77)
    assert_closed(lab, phone)
    for host, mac in ((77, "0a:11:22:33:44:55"), (78, "0a:11:22:33:44:56")):
        phone.namespace.ip_batch(
            "link set card down", f"link set card address {mac}", "link set card up",
            f"addr replace 10.77.10.{host}/24 dev card",
            f"addr replace 2001:db8:10::{host:x}/64 dev card nodad",
            "route replace default via 10.77.10.1", "route replace default via 2001:db8:10::1",
        )  # fmt: skip
        assert_closed(lab, phone)
    assert_closed(lab, lab.device("guests", 77, mac="0a:11:22:33:44:55"))


def assert_closed(lab: Lab, device: Device) -> None:
    for version in (4, 6):
        for _ in range(2):
            visit = Visit(lab, device, FACEBOOK, Way(version, "1.3"))  # type: ignore[arg-type]
            assert visit.make().fate != "open"


def test_each_way_tried_twice(lab: Lab, gate: Gate) -> None:
    ways = [name for name in WAYS if "bbc" not in name.split()[0]]
    tried = [
        (name, Attempt(lab, device, version, gate.authority))
        for number, name in enumerate(ways, start=100)
        for device in (lab.device("pupils", number),)
        for version in (4, 6)
    ]

    def twice(one: tuple[str, Attempt]) -> list[str]:
        return [WAYS[one[0]](one[1]) for _ in range(2)]

    with ThreadPoolExecutor(32) as pool:
        came = list(pool.map(twice, tried))
    opened = [name for (name, _), got in zip(tried, came, strict=True) if "Facebook" in got]
    assert opened == []
