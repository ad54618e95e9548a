"""A machine that is a proxy too, that is upgraded from a signed release, and that gets a newer
catalogue.

Started by `./tests/run machine`.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab.school import TOP, wait_for
from tests.machine.campaign_gateway import is_as_promised
from tests.machine.campaign_upgrades import numbered, version
from tests.machine.site import OTHERS, Site

pytestmark = pytest.mark.timeout(900)

NEW = "new-network.example"


def pac(site: Site) -> str:
    """What a pupil's browser that looks for a proxy by itself gets."""
    curl = ("curl", "--silent", "--max-time", "3", "http://wpad/wpad.dat")
    return site.pupil.namespace.run(*curl).stdout


def test_it_becomes_a_proxy_and_ceases_to_be_one_while_it_runs(site: Site) -> None:
    assert pac(site) == ""
    site.say("proxy: yes")
    wait_for(lambda: "PROXY wpad:8080" in pac(site), "the PAC file", 20)
    asked = ("curl", "--silent", "--max-time", "3", "http://203.0.113.1:8080/proxy.pac")
    assert site.internet.run(*asked).returncode == 7
    is_as_promised(site)
    site.say()
    listening = ("ss", "-ltnH", "sport = :8080")
    wait_for(lambda: site.machine.run(*listening).stdout == "", "the port being free", 20)
    is_as_promised(site)


def sign(site: Site, file: Path, purpose: str) -> None:
    key = site.folder / "key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", purpose, file], check=True)


def signers(site: Site) -> str:
    return f"bellgate {(site.folder / 'key.pub').read_text()}"


def test_an_upgrade_from_a_release_hands_its_key_on(site: Site) -> None:
    others = site.folder / "others"
    site.another_checkout("released", numbered(7))
    sign(site, shutil.copy(TOP / "LICENSE", others / "nothing"), "nothing")  # makes the key
    (others / "signers").write_text(signers(site))
    (others / "released/deploy/signers").write_text(signers(site))
    archive = others / "bellgate-0.1.7.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", others, "released"], check=True)
    sign(site, archive, "bellgate-release")
    where = f"{OTHERS}/{archive.name}"
    done = site.install(where, "--signers", f"{OTHERS}/signers", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(site) == "0.1.7"
    is_as_promised(site)
    archive.write_bytes(archive.read_bytes() + b"\0")
    done = site.install(where, "--yes", checkout="/opt/bellgate/current")
    assert done.returncode == 1 and "is not what was signed" in done.stderr, done
    assert version(site) == "0.1.7"


def test_a_newer_catalogue_is_taken_up_by_gate_and_sentry(site: Site) -> None:
    others = site.folder / "others"
    folder = others / "catalogue"
    shutil.copytree(TOP / "addon/bellgate/schedules/catalogue", folder)
    (folder / "EDITION").write_text("2031-05-04\n")
    text = (folder / "circumvention.yaml").read_text()
    entry = f"  - id: new-way\n    name: New Way\n    domains: [{NEW}]\n"
    (folder / "circumvention.yaml").write_text(text.rstrip("\n") + "\n" + entry)
    archive = others / "catalogue.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", others, "catalogue"], check=True)
    sign(site, archive, "bellgate-catalogue")
    said = site.machine.run("bellgate", "catalogue", "update", f"{OTHERS}/{archive.name}").stdout
    assert "The catalogue dated 2031-05-04 is now in force" in said
    wait_for(
        lambda: "Catalogue: dated 2031-05-04" in site.machine.run("bellgate", "status").stdout,
        "the gate taking it up",
    )
    # By its name alone, wherever it leads: a hello goes by the sentry.
    asked = ("curl", "--silent", "--max-time", "5", "--connect-to", f"{NEW}:443:198.51.100.1:443",
             "--insecure", f"https://{NEW}/")  # fmt: skip
    assert site.pupil.namespace.run(*asked).returncode != 0
    wait_for(
        lambda: any(r.get("url", {}).get("domain") == NEW for r in site.records("block")),
        "the record of it",
        45,
    )
    is_as_promised(site)
