"""Versions come and go: one that is good stays, one that is not goes by itself, and a power cut at
any moment leaves the old or the new.

Started by `./tests/run machine`, not with the other tests: it installs a dozen times. The tests go
on from each other's machine, in their order.
"""

import threading
import time

import pytest

from tests.lab.school import wait_for
from tests.machine.campaign_gateway import is_as_promised
from tests.machine.site import OPEN, Site, fetched

pytestmark = pytest.mark.timeout(900)

FAILING = (
    "addon/bellgate/cli/run.py",
    "    gc.enable()\n",
    '    gc.enable()\n    raise SystemExit("this version is broken")\n',
)
OPENING = (
    "addon/bellgate/gate/fate.py",
    'return "page" if can_show_page() else "refused"',
    'return "passed"',
)
CLOSING = (
    "addon/bellgate/gateway/kernel_rules.py",
    'f"{REMOVAL}table inet {TABLE} {{\\n"',
    'f"{REMOVAL}table inet {TABLE} {{\\n\\tchain no {{\\n\\t\\ttype filter hook input priority -9;'
    ' policy accept;\\n\\t\\ttcp dport 8081 drop\\n\\t}}\\n"',
)


def numbered(number: int) -> tuple[str, str, str]:
    """An edit that makes another version, and changes nothing."""
    return ("pyproject.toml", 'version = "0.1.0"', f'version = "0.1.{number}"')


def version(site: Site) -> str:
    return site.machine.run("readlink", "/opt/bellgate/current").stdout.strip().partition("-")[0]


def test_the_same_command_again_changes_nothing(site: Site) -> None:
    before = site.machine.run("readlink", "/opt/bellgate/current").stdout
    done = site.install("--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.machine.run("readlink", "/opt/bellgate/current").stdout == before
    is_as_promised(site)


def test_an_upgrade_keeps_log_folder_and_certificate(site: Site) -> None:
    records = len(site.records())
    root = "/var/lib/bellgate/certificate/bellgate-ca.pem"
    before = site.machine.run("sha256sum", root).stdout
    checkout = site.another_checkout("one", numbered(1))
    done = site.install("--yes", checkout=checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(site) == "0.1.1"
    assert site.machine.run("sha256sum", root).stdout == before
    assert len(site.records()) > records
    left = site.machine.run("ls", "/var/lib/bellgate-install").stdout.split()
    assert "snapshot" not in left, "no second copy of names and keys stays"
    verified = site.machine.run("bellgate", "audit", "verify", "--json").stdout
    assert '"ok": true' in verified
    is_as_promised(site)


def test_the_version_before_is_a_command_away(site: Site) -> None:
    newer = version(site)
    done = site.install("--yes", checkout="/opt/bellgate/previous")
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(site) == "0.1.0"
    is_as_promised(site)
    assert site.install("--yes", checkout="/opt/bellgate/previous").returncode == 0
    assert version(site) == newer


@pytest.mark.parametrize("edit", [FAILING, OPENING, CLOSING], ids=["fails", "opens", "closes"])
def test_a_version_that_is_not_good_goes_back_by_itself(
    site: Site, edit: tuple[str, str, str], request: pytest.FixtureRequest
) -> None:
    before = version(site)
    name = request.node.callspec.id
    done = site.install("--yes", checkout=site.another_checkout(name, numbered(7), edit))
    assert done.returncode == 1
    assert "was not put in place" in done.stderr and "Going back to" in done.stderr
    assert version(site) == before
    is_as_promised(site)
    site.machine.restart()
    wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 30)
    assert version(site) == before
    is_as_promised(site)


def test_a_folder_with_a_mistake_stops_it_before_anything(site: Site) -> None:
    before = version(site)
    school = site.machine.root / "etc/bellgate/schedules/school.yaml"
    text = school.read_text()
    school.write_text(text.replace("morning: 08:50-12:00", "morning: 12:00-08:50"))
    done = site.install("--yes", checkout=site.another_checkout("two", numbered(2)))
    assert done.returncode == 1 and "school.yaml:" in done.stdout
    assert version(site) == before
    is_as_promised(site)
    school.write_text(text)


@pytest.mark.parametrize("after", [0.2, 1.0, 3.0, 6.0, 8.0, 9.0, 10.0, 11.0, 12.5, 14.0])
def test_a_power_cut_at_any_moment_leaves_the_old_or_the_new(
    site: Site, after: float, request: pytest.FixtureRequest
) -> None:
    number = 20 + int(after * 10)
    before = version(site)
    checkout = site.another_checkout(f"cut{number}", numbered(number))
    done: list[object] = []
    upgrade = threading.Thread(
        target=lambda: done.append(site.install("--yes", checkout=checkout)), daemon=True
    )
    upgrade.start()
    time.sleep(after)
    ended = bool(done)
    site.machine.cut()
    upgrade.join()
    site.machine.start()
    wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 60)
    assert version(site) in (before, f"0.1.{number}")
    if ended:
        assert version(site) == f"0.1.{number}"
    is_as_promised(site)
    listed = site.machine.run("systemctl", "list-units", "--failed", "--no-legend").stdout
    assert "bellgate" not in listed


def test_a_first_installation_that_is_cut_off_leaves_the_machine_as_it_was(bare: Site) -> None:
    machine = bare.machine
    machine.run("bellgate", "gateway", "uninstall", "--purge", "--yes")
    for after in (2.0, 9.0, 10.5, 12.0):
        started = threading.Thread(target=bare.install, daemon=True)
        started.start()
        time.sleep(after)
        machine.cut()
        started.join()
        machine.start()
        tables = machine.run("nft", "list", "tables").stdout
        forwards = machine.run("sysctl", "-n", "net.ipv4.ip_forward").stdout.strip()
        in_place = machine.run("systemctl", "is-enabled", "bellgate-rules", check=False).stdout
        assert (forwards == "1") == ("bellgate" in tables) == (in_place.strip() == "enabled")
    done = bare.install()
    assert done.returncode == 0, done.stdout + done.stderr
    is_as_promised(bare)
