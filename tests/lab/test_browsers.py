"""curl and Chromium as they are: real name look-ups, trust stores, and ways of asking."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.network import Device, Lab
from tests.lab.school import Gate

FACEBOOK, BBC = "www.facebook.com", "www.bbc.co.uk"


@pytest.fixture(scope="module")
def in_session(lab: Lab) -> Iterator[Gate]:
    gate = lab.gate("2026-11-23 10:15")
    for device in (lab.staff, lab.pupil):
        trust_in_chromium(device, lab.authority, gate.authority)
    yield gate
    gate.stop()


def trust_in_chromium(device: Device, *authorities: Path) -> None:
    """What a school's administration would do: a policy that names the certificates to trust."""
    folder = device.namespace.etc / "chromium" / "policies" / "managed"
    folder.mkdir(parents=True, exist_ok=True)
    certificates = []
    for authority in authorities:
        whole = subprocess.run(
            ["openssl", "x509", "-in", authority, "-outform", "DER"],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        certificates.append(base64.b64encode(whole).decode())
    (folder / "lab.json").write_text(json.dumps({"CACertificates": certificates}))


def browse(lab: Lab, device: Device, url: str, *more: str) -> str:
    """The page that a person would see, as Chromium has it after loading."""
    profile = lab.folder / f"chromium-{device.mac[-2:]}"
    done = device.namespace.run(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", f"--user-data-dir={profile}",
        "--virtual-time-budget=3000", "--dump-dom", *more, url,
        timeout=60,
    )  # fmt: skip
    return done.stdout or done.stderr


def test_chromium_shows_staff_the_page_and_why(lab: Lab, in_session: Gate) -> None:
    before = len(lab.contacts())
    page = browse(lab, lab.staff, f"https://{FACEBOOK}/")
    assert "Facebook is closed" in page
    assert "Staff should only access social media sites in their own time" in page
    assert "at 12:15" in page
    assert lab.contacted(FACEBOOK, before) == []
    assert "page" in {
        r["bellgate"]["seen"]
        for r in in_session.records()
        if r["network"]["application"] == "facebook"
    }


def test_chromium_shows_a_pupil_the_pupils_page(lab: Lab, in_session: Gate) -> None:
    assert "does not mean that you have done anything wrong" in browse(
        lab, lab.pupil, f"https://{FACEBOOK}/"
    )


def test_chromium_opens_bbc_untouched(lab: Lab, in_session: Gate) -> None:
    assert f"origin of {BBC}" in browse(lab, lab.staff, f"https://{BBC}/")


def test_a_chromium_that_does_not_trust_sees_no_warning_to_click_away(
    lab: Lab, in_session: Gate
) -> None:
    guest = lab.device("guests", 88)
    page = browse(lab, guest, f"https://{FACEBOOK}/")
    assert "ERR_CERT" not in page
    assert "Facebook is closed" not in page
    assert "ERR_SSL" in page


@pytest.mark.parametrize("ip", ["-4", "-6"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("http", ["--http1.1", "--http2"])
def test_curl(lab: Lab, in_session: Gate, ip: str, tls: str, http: str) -> None:
    def curl(url: str, trust: Path) -> str:
        done = lab.staff.namespace.run(
            "curl", "--silent", "--show-error", ip, http, f"--tlsv{tls}", "--tls-max", tls,
            "--max-time", "10", "--cacert", trust, "--write-out", "\n%{http_code}", url,
        )  # fmt: skip
        return done.stdout + done.stderr

    assert "Facebook is closed" in (said := curl(f"https://{FACEBOOK}/", in_session.authority))
    assert said.endswith("\n403")
    assert curl(f"https://{BBC}/", lab.authority) == f"origin of {BBC}\n\n200"
