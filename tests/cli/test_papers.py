"""The papers: filled in from a school's own files, and never over what somebody changed."""

import json
import plistlib
import re
import ssl
from html import unescape
from pathlib import Path

import pytest

from bellgate.running.papers.paper_set import PAPERS, TEMPLATES
from tests.cli.test_commands import SAMPLE, bellgate


def papers(state: Path, folder: Path, *more: str, schedules: Path = SAMPLE) -> tuple[int, str, str]:
    done = bellgate("papers", folder, "--state", state, "--schedules", schedules, *more)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "state"
    assert bellgate("certificate", "create", "--state", made).returncode == 0
    return made


def text(file: Path) -> str:
    """What a reader sees of it."""
    seen = re.sub(r"<style>.*?</style>|<[^>]+>", " ", file.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(unescape(seen).split())


def test_the_notice_says_the_schools_own_rules(state: Path, tmp_path: Path) -> None:
    code, said, _ = papers(state, tmp_path / "papers")
    assert (code, said) == (
        0, f"13 papers are in {tmp_path}/papers. Open {tmp_path}/papers/index.html first.\n",
    )  # fmt: skip
    staff = text(tmp_path / "papers" / "notice-to-staff.html")
    assert "The school’s Social Media Policy, agreed on 1 April 2017," in staff
    assert "staff YouTube sessions open once a purpose is given" in staff
    assert "pupils, guests" not in staff, "neither a rule for pupils nor one for strangers"
    assert "staff: morning 08:30–12:15, afternoon 13:00–15:45" in staff
    assert "staff 90 days" in staff and "the system itself 1 year" in staff
    parents = text(tmp_path / "papers" / "notice-to-parents.html")
    assert "pupils, guests social media, blog writing school day closed" in parents
    assert "YouTube" not in parents, "a rule for staff alone is none of theirs"


def test_each_paper_has_its_text_and_the_index_leads_to_it(state: Path, tmp_path: Path) -> None:
    papers(state, tmp_path / "papers")
    assert {p.name for p in TEMPLATES.iterdir()} == {*PAPERS, "paper.html", "rules.html"}
    index = (tmp_path / "papers" / "index.html").read_text("utf-8")
    for file in (tmp_path / "papers").iterdir():
        assert file.name == "index.html" or file.name in index, file.name


def test_devices_can_take_the_files(state: Path, tmp_path: Path) -> None:
    papers(state, tmp_path / "papers")
    root = (state / "certificate" / "bellgate-ca.pem").read_text("ascii")
    der = ssl.PEM_cert_to_DER_cert(root)
    folder = tmp_path / "papers"
    assert (folder / "certificate.crt").read_bytes() == der
    profile = plistlib.loads((folder / "certificate.mobileconfig").read_bytes())
    assert profile["PayloadContent"][0]["PayloadContent"] == der
    registry = (folder / "browsers-windows.reg").read_bytes().decode("utf-16")
    assert '"EncryptedClientHelloEnabled"=dword:00000000\r\n' in registry
    assert json.loads((folder / "browsers-chrome.json").read_text())["DnsOverHttpsMode"] == "off"
    assert "policies" in json.loads((folder / "browsers-firefox.json").read_text())


def test_a_school_with_a_proxy_has_its_address_in_the_files(state: Path, tmp_path: Path) -> None:
    schedules = tmp_path / "schedules"
    schedules.mkdir()
    for file in SAMPLE.glob("*.yaml"):
        (schedules / file.name).write_bytes(file.read_bytes())
    (schedules / "gateway.yaml").write_text("lan: lan0\nwan: wan0\nproxy: yes\n")
    assert papers(state, tmp_path / "papers", schedules=schedules)[0] == 0
    firefox = json.loads((tmp_path / "papers" / "browsers-firefox.json").read_text())
    assert firefox["policies"]["Proxy"]["AutoConfigURL"] == "http://wpad.bellgate.internal/wpad.dat"
    assert "http://wpad.bellgate.internal/wpad.dat" in text(tmp_path / "papers" / "browsers.html")


def test_without_a_certificate_it_says_what_to_do(tmp_path: Path) -> None:
    code, said, _ = papers(tmp_path / "none", tmp_path / "papers")
    assert code == 0
    assert "There is no certificate yet, so the papers have none: start the gate once" in said
    assert "No certificate has been made yet" in text(tmp_path / "papers" / "certificate.html")


def test_what_somebody_changed_stays_unless_they_say_so(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    papers(state, folder)
    dpia = folder / "dpia.html"
    dpia.write_text(dpia.read_text("utf-8").replace("[low / medium / high]", "low"), "utf-8")
    before = {file: file.read_bytes() for file in folder.iterdir()}
    code, said, wrong = papers(state, folder)
    assert (code, said) == (1, "")
    assert wrong == (
        f"error: dpia.html in {folder} differs from what would be written\n"
        "hint: name another folder, or --force to replace what is there\n"
    )
    assert before == {file: file.read_bytes() for file in folder.iterdir()}
    assert papers(state, folder, "--force")[0] == 0
    assert "[low / medium / high]" in dpia.read_text("utf-8")


def test_a_broken_folder_makes_no_papers(state: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in SAMPLE.glob("*.yaml"):
        (broken / file.name).write_bytes(file.read_bytes().replace(b"do: block", b"do: blok", 1))
    code, said, _ = papers(state, tmp_path / "papers", schedules=broken)
    assert code == 1 and "rules.yaml:" in said and not (tmp_path / "papers").exists()
