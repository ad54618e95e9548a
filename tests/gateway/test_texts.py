"""What the folder comes to on the machine: each text is one that the machine's own tools take, and
it says at each moment what the school's rules say then."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bellgate.gateway import units
from bellgate.gateway.dns import KEYS
from bellgate.gateway.places import DNSMASQ, NFTABLES, SYSCTL
from bellgate.gateway.texts import Machine, texts
from bellgate.policy.probe import CLOSED, OPEN, SERVER4
from bellgate.schedules.load import Loaded, load
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
LONDON = ZoneInfo("Europe/London")
GATEWAY = """\
lan: [lan0, lan1]
wan: wan0
masquerade: yes
dns:
  forward_to: [192.0.2.53, "2001:db8::53"]
dhcp:
  10.77.10.0/24: 10.77.10.50 to 10.77.10.250
  "2001:db8:10::/64": announce
"""


def school(folder: Path, *edits: tuple[str, str, str], gateway: str = GATEWAY) -> Loaded:
    copy = folder / "schedules"
    shutil.copytree(SAMPLE, copy)
    (copy / "gateway.yaml").write_text(gateway)
    for name, old, new in edits:
        text = (copy / name).read_text()
        assert old in text
        (copy / name).write_text(text.replace(old, new))
    loaded = load(copy, catalogue=small_catalogue())
    assert loaded.policy is not None, loaded.errors
    return loaded


def made(
    loaded: Loaded, at: str = "2026-11-23 10:15", machine: Machine | None = None
) -> dict[str, str]:
    assert loaded.policy is not None and loaded.gateway is not None
    when = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    shares = loaded.settings.gate
    return dict(texts(loaded.policy, loaded.gateway, when, machine or Machine(), shares))


def test_dnsmasq_takes_its_file(tmp_path: Path) -> None:
    for gateway in (GATEWAY, "lan: lan0\nwan: wan0\n", f"{GATEWAY}proxy: yes\n"):
        loaded = school(tmp_path / str(len(gateway)), gateway=gateway)
        file = tmp_path / "dnsmasq.conf"
        file.write_text(made(loaded)[DNSMASQ])
        tried = subprocess.run(
            ["dnsmasq", "--test", f"--conf-file={file}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert tried.returncode == 0, tried.stderr


def test_dns_asks_whom_the_school_names_else_whom_the_machine_asks(tmp_path: Path) -> None:
    told = made(school(tmp_path / "one"))[DNSMASQ].splitlines()
    assert "no-resolv" in told and "server=192.0.2.53" in told and "server=2001:db8::53" in told
    bare = school(tmp_path / "two", gateway="lan: lan0\nwan: wan0\n")
    asked = made(bare, machine=Machine(resolv_file="/run/systemd/resolve/resolv.conf"))[DNSMASQ]
    assert "resolv-file=/run/systemd/resolve/resolv.conf" in asked.splitlines()
    assert [line for line in asked.splitlines() if line.startswith("server=")] == [
        f"server=/{KEYS}/{SERVER4}"
    ], "what Bellgate tries itself with"
    assert "dhcp-range" not in asked


def test_only_a_gateway_that_is_a_proxy_too_is_found_as_one(tmp_path: Path) -> None:
    as_proxy = made(school(tmp_path / "yes", gateway=f"{GATEWAY}proxy: yes\n"))
    assert "interface-name=wpad,lan1" in as_proxy[DNSMASQ]
    assert 'dhcp-option=252,"http://wpad.bellgate.internal/wpad.dat"' in as_proxy[DNSMASQ]
    assert "fib daddr type local tcp dport 80 redirect to :8080" in as_proxy[NFTABLES]
    without = made(school(tmp_path / "no"))
    assert "8080" not in without[NFTABLES] and "252" not in without[DNSMASQ]
    # A device that calls itself wpad would otherwise be every browser's proxy.
    assert "dhcp-ignore-names=tag:wpad" in without[DNSMASQ]


def test_ports_of_ways_round_are_closed_to_whom_and_when_the_rules_close_them(
    tmp_path: Path,
) -> None:
    edit = (
        "rules.yaml",
        "    who: everyone\n    what: circumvention\n    when: always",
        "    who: pupils\n    what: circumvention\n    when: school day",
    )
    loaded = school(tmp_path, edit)
    lesson, evening = (
        made(loaded, at)[NFTABLES] for at in ("2026-11-23 10:15", "2026-11-23 20:00")
    )
    assert "ip saddr 10.77.10.0/24 goto closed_ports" in lesson
    assert "ip saddr 10.77.20.0/24 return" in lesson, "staff may"
    assert "ip saddr 10.77.10.0/24 return" in evening, "in their own time they may, too"


def test_a_card_that_hears_routers_goes_on_to(tmp_path: Path) -> None:
    loaded = school(tmp_path)
    assert "accept_ra" not in made(loaded)[SYSCTL]
    text = made(loaded, machine=Machine(wan_hears_routers=True))[SYSCTL]
    lines = text.splitlines()
    # Before forwarding, which ends it.
    accepting = lines.index("-net/ipv6/conf/wan0/accept_ra = 2")
    assert accepting < lines.index("-net.ipv6.conf.all.forwarding = 1")


def test_the_kernel_has_room_for_the_connections_of_a_school_of_600_devices(tmp_path: Path) -> None:
    """A machine of 1 GB has room for 65,536 by itself, and keeps those of a phone that left for
    five days."""
    loaded = school(tmp_path)
    for room, given in ((0, 262_144), (65_536, 262_144), (524_288, 524_288)):
        lines = made(loaded, machine=Machine(room=room))[SYSCTL].splitlines()
        assert f"-net.netfilter.nf_conntrack_max = {given}" in lines, "and never less than it had"
        assert "-net.netfilter.nf_conntrack_tcp_timeout_established = 7440" in lines


def test_the_names_of_the_gateways_own_test_are_nobodys_else(tmp_path: Path) -> None:
    text = made(school(tmp_path))[DNSMASQ]
    for name in (OPEN, CLOSED):
        assert f"host-record={name}," in text


@pytest.mark.parametrize("name", units.units())
def test_each_unit_has_no_more_of_the_machine_than_it_needs(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(units.units()[name].text)
    scored = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = scored.stdout.strip().splitlines()[-1]
    assert float(said.split(": ")[1].split()[0]) <= 2.0, said


def test_no_unit_of_ours_forbids_what_tls_in_python_needs() -> None:
    for name in (units.GATE, units.CONSOLE, units.RULES, units.SENTRY):
        assert "MemoryDenyWriteExecute" not in units.units()[name].text
