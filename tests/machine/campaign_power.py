"""The power goes at random moments of an installation and of an upgrade, and with it what had not
reached the disk. What is left is the old version or the new one, whole, with its state.

Started by `./tests/run machine`; BELLGATE_SEED gives the moments of an earlier run again.
"""

import os
import random
import threading
import time
from collections.abc import Iterator

import pytest

from tests.lab.school import wait_for
from tests.machine.campaign_gateway import is_as_promised
from tests.machine.campaign_upgrades import numbered, version
from tests.machine.site import CARDS, OPEN, Site, fetched, open_site

pytestmark = pytest.mark.timeout(900)

SEED = int(os.environ.get("BELLGATE_SEED", str(random.randrange(10_000))))
INSTALLATIONS, UPGRADES = 8, 12
# Every file of the version and of its environment, against what is written down of it.
WHOLE = """\
import hashlib, pathlib, sys
from base64 import urlsafe_b64encode
from importlib.metadata import distributions
wrong = []
for one in distributions():
    for file in one.files or ():
        if file.hash is None or file.suffix == ".pyc":
            continue
        digest = hashlib.new(file.hash.mode, pathlib.Path(file.locate()).read_bytes()).digest()
        if urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            wrong.append(str(file))
sys.exit("\\n".join(wrong) or 0)
"""
NOT_COMPARED = ("__pycache__", ".venv*", "pictures")


def moments(number: int) -> list[float]:
    """Parts of the time that it takes, half of them in its last third: the version changes then."""
    chance = random.Random(SEED + number)
    late = [chance.uniform(2 / 3, 1.05) for _ in range(number // 2)]
    early = [chance.uniform(0, 2 / 3) for _ in range(number - number // 2)]
    return sorted(early + late)


@pytest.fixture(scope="module")
def powered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bare machine on an image, off."""
    with open_site(tmp_path_factory.mktemp("site"), on_an_image=True) as site:
        site.machine.start()
        site.machine.run("systemctl", "poweroff", check=False)
        site.machine.cut()
        site.machine.keep_disk("bare")
        yield site


def interrupted(site: Site, after: float, *words: str, checkout: str = "") -> float:
    """Begin an installation, and take the power away after a while. How long it really went on."""
    given = {"checkout": checkout} if checkout else {}
    going = threading.Thread(target=lambda: site.install(*words, **given), daemon=True)
    begun = time.monotonic()
    going.start()
    going.join(after)
    ended = time.monotonic() - begun
    site.machine.lose_power()
    going.join()
    site.machine.start()
    return ended


def is_whole(site: Site) -> None:
    """What is in place is what its checkout and its packages say, and it works."""
    run = site.machine.run
    run("/opt/bellgate/current/.venv/bin/python", "-c", WHOLE)
    for part in ("addon", "deploy", "schedules"):
        run("diff", "--recursive", *(f"--exclude={name}" for name in NOT_COMPARED),
            f"/mnt/checkout/{part}", f"/opt/bellgate/current/{part}")  # fmt: skip
    assert '"ok": true' in run("bellgate", "audit", "verify", "--json").stdout
    listed = run("systemctl", "list-units", "--failed", "--no-legend").stdout
    assert "bellgate" not in listed
    is_as_promised(site)


def test_a_first_installation_leaves_nothing_or_all_of_it(powered: Site) -> None:
    site, run = powered, powered.machine.run
    site.machine.start()
    begun = time.monotonic()
    assert site.install().returncode == 0
    took = time.monotonic() - begun
    is_whole(site)
    site.machine.cut()
    site.machine.keep_disk("installed")
    came: list[str] = []
    for part in moments(INSTALLATIONS):
        site.machine.have_disk("bare")
        site.machine.start()
        went_on = interrupted(site, part * took)
        tables = run("nft", "list", "tables").stdout
        forwards = run("sysctl", "-n", "net.ipv4.ip_forward").stdout.strip()
        enabled = run("systemctl", "is-enabled", "bellgate-rules", check=False).stdout.strip()
        is_there = enabled == "enabled"
        came.append(f"after {went_on:.2f} s: {'all of it' if is_there else 'nothing'}")
        print(f"seed {SEED}, of {took:.0f} s: {came[-1]}", flush=True)
        assert (forwards == "1") == ("bellgate" in tables) == is_there
        # Whatever was left lies in the way of nothing.
        done = site.install()
        assert done.returncode == 0, done.stdout + done.stderr
        is_whole(site)
        site.machine.cut()


def test_the_schools_files_are_there_whole_or_copied_again(powered: Site) -> None:
    """The power goes once the disk has their names, and before it has to have what they hold: ext4
    writes the one after five seconds, the other after thirty."""
    site = powered
    waits = ("deploy/install", "if [ ! -e $schedules/gateway.yaml ]; then\n    {",
             "sleep 120\nif [ ! -e $schedules/gateway.yaml ]; then\n    {")  # fmt: skip
    checkout = site.another_checkout("waits", waits)
    site.machine.have_disk("bare")
    site.machine.start()
    threading.Thread(target=lambda: site.install(*CARDS, checkout=checkout), daemon=True).start()
    copied = site.machine.root / "etc/bellgate/schedules/school.yaml"
    wait_for(copied.exists, "the files being copied", 60)
    time.sleep(8)
    site.machine.lose_power()
    site.machine.start()
    done = site.install()
    assert done.returncode == 0, done.stdout + done.stderr
    is_whole(site)
    site.machine.cut()


def test_an_upgrade_leaves_the_old_version_or_the_new(powered: Site) -> None:
    site, run = powered, powered.machine.run
    took = 0.0
    root = "/var/lib/bellgate/certificate/bellgate-ca.pem"
    for number, part in enumerate([0.0, *moments(UPGRADES)]):
        site.machine.have_disk("installed")
        site.machine.start()
        wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 60)
        run("bellgate", "people", "add", "stf-0042", "--name", "Jane Smith")
        before, certificate = len(site.records()), run("sha256sum", root).stdout
        checkout = site.another_checkout(f"power{number}", numbered(30 + number))
        if not number:
            begun = time.monotonic()
            assert site.install("--yes", checkout=checkout).returncode == 0
            took = time.monotonic() - begun
            site.machine.cut()
            continue
        went_on = interrupted(site, part * took, "--yes", checkout=checkout)
        wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 60)
        print(f"seed {SEED}, of {took:.0f} s: after {went_on:.2f} s {version(site)}", flush=True)
        assert version(site) in ("0.1.0", f"0.1.{30 + number}")
        assert len(site.records()) >= before and run("sha256sum", root).stdout == certificate
        shown = run("bellgate", "people", "reveal", "stf-0042", "--reason", "A test").stdout
        assert "Jane Smith" in shown
        is_whole(site)
        site.machine.cut()
