"""What a person sees: Chromium on a device that trusts the school's certificate, and on one not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.browser import Browser
from tests.lab.school import BBC, FACEBOOK, IN_SESSION, PROXY, School

THROUGH_THE_GATE = f"--proxy-server=http://{PROXY}"


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


def test_a_device_that_trusts_the_certificate_sees_the_page(school: School, tmp_path: Path) -> None:
    gate = school.gate(IN_SESSION)
    school.forget_contacts()
    page = Browser(school.namespace, tmp_path, gate.authority).show(
        f"https://{FACEBOOK}/", THROUGH_THE_GATE
    )
    assert page.error is None
    assert "Facebook is closed for now" in page.html
    assert page.picture.stat().st_size > 10_000
    assert school.contacts() == []
    # Only a navigation that the browser itself calls one is recorded as a page.
    seen = [r["bellgate"]["seen"] for r in gate.records() if r["url"]["domain"] == FACEBOOK]
    assert seen[0] == "page"


def test_a_device_that_does_not_sees_a_refused_connection_and_no_warning(
    school: School, tmp_path: Path
) -> None:
    school.gate(
        IN_SESSION, ("devices.yaml", "trusts_certificate: true", "trusts_certificate: false")
    )
    page = Browser(school.namespace, tmp_path).show(f"https://{FACEBOOK}/", THROUGH_THE_GATE)
    assert page.error == "ERR_SSL_UNRECOGNIZED_NAME_ALERT"


def test_a_device_without_the_root_is_not_asked_to_believe_it_twice(
    school: School, tmp_path: Path
) -> None:
    school.gate(IN_SESSION)
    browser = Browser(school.namespace, tmp_path)
    first = browser.show(f"https://{FACEBOOK}/", THROUGH_THE_GATE)
    second = browser.show(f"https://{FACEBOOK}/", THROUGH_THE_GATE)
    assert first.error is not None
    assert second.error == "ERR_SSL_UNRECOGNIZED_NAME_ALERT"


def test_the_gates_certificate_opens_a_named_service_and_no_bank(
    school: School, tmp_path: Path
) -> None:
    gate = school.gate(IN_SESSION)
    browser = Browser(school.namespace, tmp_path, gate.authority)
    for number, (name, error) in enumerate(
        [(FACEBOOK, None), ("www.bank.example", "ERR_CERT_INVALID")], 61
    ):
        address = f"127.0.0.{number}"
        impostor = school.start_python(
            "-m", "tests.lab.impostor", gate.state / "certificate", address, name,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert impostor.stdout is not None
        assert impostor.stdout.readline() == b"listening\n"
        page = browser.show(f"https://{name}/", f"--host-resolver-rules=MAP {name} {address}")
        assert page.error == error, name
        assert ("believed" in page.html) is (error is None)


def test_the_pac_file_sends_only_restricted_services_to_the_gate(
    school: School, tmp_path: Path
) -> None:
    # The gate may not reach the lab's internet here: what still arrives went straight out.
    gate = school.gate(IN_SESSION, ("school.yaml", "[127.0.0.0/8]", "[127.0.0.99/32]"))
    browser = Browser(school.namespace, tmp_path, gate.authority, school.authority)
    by_pac = f"--proxy-pac-url=http://{PROXY}/proxy.pac"
    assert "Facebook is closed" in browser.show(f"https://{FACEBOOK}/", by_pac).html
    assert f"origin of {BBC}" in browser.show(f"https://{BBC}/", by_pac).html
