"""The gateway gives out addresses, announces IPv6 networks and masquerades, as gateway.yaml says.

Started by `./tests/run machine`.
"""

import pytest

from tests.lab.authority import issue
from tests.lab.dhcp import lease4
from tests.lab.school import TOP, wait_for
from tests.machine.campaign_gateway import is_as_promised
from tests.machine.site import OPEN, Site, asked, fetched

pytestmark = pytest.mark.timeout(900)


def test_a_saved_range_is_given_out_and_the_gate_knows_whose_it_is(site: Site) -> None:
    site.say("dhcp:", "  10.77.10.0/24: 10.77.10.100 to 10.77.10.150")
    leases = site.machine.root / "var/lib/bellgate-dns/leases"
    wait_for(leases.exists, "the DNS taking it up")
    given = lease4(site.pupil)  # type: ignore[arg-type]  # of another lab
    assert given.startswith("10.77.10.1")
    wait_for(lambda: given in leases.read_text(), "the lease being kept")
    seen = site.machine.run("bellgate", "explain", "--from", given, "--site", OPEN, "--json").stdout
    assert '"group":"pupils"' in seen
    is_as_promised(site)


def test_an_announced_network_is_one_that_devices_choose_addresses_in(site: Site) -> None:
    site.pupil.namespace.set(ipv6__conf__card__accept_ra="2", ipv6__conf__card__autoconf="1")
    site.say("dhcp:", '  "2001:db8:10::/64": announce')

    def chosen() -> bool:
        shown = site.pupil.namespace.run("ip", "-6", "addr", "show", "card").stdout
        return "2001:db8:10:" in shown.replace("2001:db8:10::21/64", "") and "dynamic" in shown

    wait_for(chosen, "an address by itself", 20)
    is_as_promised(site)


def test_without_masquerading_the_way_back_is_the_routers(site: Site) -> None:
    """What the gate dials has the gateway's address; what the kernel carries has the device's."""
    file = site.machine.root / "etc/bellgate/schedules/gateway.yaml"
    listing = ("nft", "list", "table", "inet", "bellgate")
    assert "masquerade" in site.machine.run(*listing).stdout
    file.write_text(file.read_text().replace("masquerade: yes", "masquerade: no"))
    wait_for(lambda: "masquerade" not in site.machine.run(*listing).stdout, "it being taken up")
    is_as_promised(site)


def test_a_mistake_in_the_file_leaves_everything_as_it_is(site: Site) -> None:
    # Without whose connections are counted just now.
    listing = ("nft", "--stateless", "--terse", "list", "table", "inet", "bellgate")
    before = site.machine.run(*listing).stdout
    site.say("dhcp:", "  10.77.10.0/24: 10.77.10.200 to 10.77.10.100")
    wait_for(
        lambda: "not taken up" in site.machine.run("journalctl", "-u", "bellgate-rules").stdout,
        "it being said",
    )
    assert site.machine.run(*listing).stdout == before
    # Also over a restart.
    site.machine.restart()
    wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 30)
    is_as_promised(site)
    site.say()


def test_the_schools_own_name_server_is_asked(site: Site) -> None:
    site.say("dns:", "  forward_to: 203.0.113.254")
    wait_for(
        lambda: (
            "server=203.0.113.254"
            in site.machine.run("cat", "/run/bellgate-rules/dnsmasq.conf").stdout
        ),
        "it being taken up",
    )
    wait_for(lambda: asked(site.pupil, OPEN) == (0, 1), "its answer")


def test_the_pages_are_served_to_other_computers_as_the_guide_says(site: Site) -> None:
    guide = (TOP / "deploy/README.md").read_text()
    words = guide.partition("```ini\n")[2].partition("```")[0]
    certificate, key = issue(site.folder, ["10.77.20.1"])
    root = site.machine.root
    (root / "etc/bellgate/pages.pem").write_bytes(certificate.read_bytes())
    (root / "etc/bellgate/pages.key").write_bytes(key.read_bytes())
    site.machine.run("chgrp", "bellgate-console", "/etc/bellgate/pages.key")
    site.machine.run("chmod", "640", "/etc/bellgate/pages.key")
    added = root / "etc/systemd/system/bellgate-console.service.d"
    added.mkdir()
    (added / "override.conf").write_text(words)
    site.machine.run("systemctl", "daemon-reload")
    site.machine.run("systemctl", "restart", "bellgate-console")

    def shown() -> str:
        asked = ("curl", "--silent", "--insecure", "https://10.77.20.1:8800/sign-in")
        return site.staff.namespace.run(*asked).stdout

    wait_for(lambda: "Sign in" in shown(), "the page", 20)
    # An upgrade writes the unit anew.
    assert site.install("--yes").returncode == 0
    wait_for(lambda: "Sign in" in shown(), "the page after an upgrade", 20)
