"""A gateway that is also a proxy: a browser finds the PAC file by itself (WPAD), and only what is
restricted comes to the gate by it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bellgate.gateway import dns
from bellgate.gateway.kernel_rules import Diversion, rules
from bellgate.schedules.scalars import Range, ip_network
from bellgate.schedules.settings import GatewaySettings
from tests.cli.test_commands import bellgate
from tests.lab.browser import Browser
from tests.lab.dhcp import told4
from tests.lab.network import NETWORKS, PORT, SAMPLE, Lab
from tests.lab.school import Gate, wait_for

FACEBOOK, BBC = "www.facebook.com", "www.bbc.co.uk"
LISTED = "www.gov.uk"
"""A site that only a list of this test closes."""
GATEWAY = f"lan: [{', '.join(NETWORKS)}]\nwan: wan\nkernel_path: no\nproxy: yes\n"
PRODUCT = rules(Diversion(tuple(NETWORKS), PORT, wan="wan", proxy_port=8080))
NOT_BROUGHT = "".join(
    line for line in PRODUCT.splitlines(keepends=True) if "dport { 80, 443 }" not in line
)
"""The product's rules but for what brings the web to the gate: what meets it came by the PAC."""


@pytest.fixture(scope="module", autouse=True)
def named(lab: Lab) -> Iterator[None]:
    """The product's own name server on the gateway; the lab's answers it from the internet."""
    lab.name_server.kill()
    lab.name_server.wait()
    lab.internet.start(
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file=",
        "--no-resolv", "--no-hosts", "--local=/#/", f"--addn-hosts={lab.folder / 'names'}",
    )  # fmt: skip
    lab.gateway.ask_for_names("203.0.113.254")
    pupils = ip_network("10.77.10.0/24")
    leased = {pupils: Range(pupils[100], pupils[150])}
    settings = GatewaySettings(
        lan=tuple(NETWORKS), wan="wan", forward_to=("203.0.113.254",), proxy=True, leased=leased
    )
    file = lab.folder / "dnsmasq.conf"
    text = dns.dnsmasq(settings, "/etc/resolv.conf")
    file.write_text(text.replace(dns.OUR_LEASES, str(lab.folder / "our-leases")))
    lab.gateway.start(
        "dnsmasq", "--keep-in-foreground", "--pid-file=", "--user=root", f"--conf-file={file}"
    )
    yield


@pytest.fixture(autouse=True)
def stopped(lab: Lab) -> Iterator[None]:
    yield
    lab.stop_gates()


def beside(lab: Lab, at: str) -> Gate:
    """The gate of a gateway whose files say `proxy: yes`, and that subscribes to a list."""
    folder = lab.folder / "beside"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLE, folder)
    (folder / "gateway.yaml").write_text(GATEWAY)
    (folder / "lists").mkdir()
    (folder / "lists" / "closed.txt").write_text(f"{LISTED}\n")
    with (folder / "services.yaml").open("a") as file:
        file.write(
            "\nlists:\n  - category: forum\n    from: lists/closed.txt\n    format: domains\n"
        )
    return lab.gate(at, folder=folder)


def with_a_browser(lab: Lab, home: Path, at: str) -> tuple[Gate, Browser]:
    """That gate, and a browser of staff's that only a PAC file leads to it."""
    gate = beside(lab, at)
    lab.apply(NOT_BROUGHT)
    wait_for(lambda: ":8080" in lab.gateway.run("ss", "-ltnH").stdout, "the proxy listening")
    return gate, Browser(lab.staff.namespace, home, gate.authority, lab.authority)


def status(gate: Gate) -> dict[str, object]:
    done = bellgate("--state", gate.state, "status", "--simulated", "--json")
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_a_browser_finds_the_gate_by_itself_and_sends_it_what_is_restricted(
    lab: Lab, tmp_path: Path
) -> None:
    gate, browser = with_a_browser(lab, tmp_path, "2026-11-23 10:15")
    page = browser.show(f"https://{FACEBOOK}/", "--proxy-auto-detect")
    assert "Facebook is closed" in page.html
    # The gate's certificate opens what the catalogue names, and no site that a list alone names.
    page = browser.show(f"https://{LISTED}/", "--proxy-auto-detect")
    assert page.error == "ERR_SSL_UNRECOGNIZED_NAME_ALERT"
    page = browser.show(f"https://{BBC}/", "--proxy-auto-detect")
    assert f"origin of {BBC}" in page.html
    assert status(gate)["passed"] == 0, "what nobody restricts went straight out"
    assert status(gate)["proxy"] == {"problem": None, "left_out": []}
    domains = {record["url"]["domain"] for record in gate.records()}
    assert domains == {FACEBOOK, LISTED}, "looking for a proxy is nobody's attempt"


def test_the_schools_side_alone_reaches_the_proxy_and_hears_of_it(lab: Lab) -> None:
    beside(lab, "2026-11-23 10:15")
    lab.apply(PRODUCT)
    wait_for(lambda: ":8080" in lab.gateway.run("ss", "-ltnH").stdout, "the proxy listening")
    fetched = lab.pupil.namespace.run("curl", "--silent", "http://wpad/wpad.dat").stdout
    assert "PROXY wpad:8080" in fetched and f'"{LISTED}":1' in fetched
    fetched = lab.pupil.namespace.run("curl", "--silent", "http://10.77.10.1:8080/proxy.pac").stdout
    assert "PROXY 10.77.10.1:8080" in fetched
    found = lab.pupil.namespace.run("getent", "ahosts", "wpad").stdout.split()
    assert "10.77.10.1" in found and "10.77.20.1" not in found, "the card that asks"
    from_outside = lab.internet.run("curl", "--silent", "http://203.0.113.1:8080/proxy.pac")
    assert from_outside.returncode == 7
    assert lab.internet.run("curl", "--silent", "http://203.0.113.1/wpad.dat").returncode == 7


def test_a_windows_without_a_domain_finds_the_file_where_the_gateway_gives_addresses_out(
    lab: Lab,
) -> None:
    """It asks no name server for a name of one word."""
    beside(lab, "2026-11-23 10:15")
    lab.apply(PRODUCT)
    wait_for(lambda: ":8080" in lab.gateway.run("ss", "-ltnH").stdout, "the proxy listening")
    said = told4(lab.pupil, 252)
    assert said is not None
    address = said.rstrip(b"\0").decode()
    host = urlsplit(address).hostname
    assert host is not None and "." in host
    fetched = lab.pupil.namespace.run("curl", "--silent", address).stdout
    assert f"PROXY {host}:8080" in fetched and '"facebook.com":1' in fetched
    found = lab.pupil.namespace.run("getent", "ahostsv4", host).stdout.split()
    assert set(found) & {"10.77.10.1", "10.77.20.1"} == {"10.77.10.1"}, "the card that asks"


def test_a_port_that_somebody_holds_takes_nothing_else_with_it(lab: Lab) -> None:
    other = lab.start_python(lab.gateway, "-m", "http.server", "8080")
    wait_for(lambda: ":8080" in lab.gateway.run("ss", "-ltnH").stdout, "the other server")
    gate = beside(lab, "2026-11-23 10:15")
    wait_for(lambda: bool(said_of(gate)), "what is wrong being said")
    assert said_of(gate) == "cannot listen on :8080: Address already in use"
    other.kill()
    other.wait()
    wait_for(lambda: not said_of(gate), "the proxy being served after all")
    wait_for(lambda: ":8080" in lab.gateway.run("ss", "-ltnH").stdout, "the proxy listening")


def said_of(gate: Gate) -> str | None:
    said = status(gate)["proxy"]
    assert isinstance(said, dict)
    problem: str | None = said["problem"]
    return problem
