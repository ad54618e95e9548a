"""A client that speaks HTTP/3 gets nothing on any port of the web: what it wants it must ask for
over TCP, where its hello is read."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.lab.namespace import Namespace
from tests.lab.network import Lab, open_lab
from tests.lab.school import TOP, Gate
from tests.lab.whole_gateway import whole_gateway

MORNING = "2026-11-23 10:15"
FACEBOOK, BBC = "www.facebook.com", "www.bbc.co.uk"
PORTS = (80, 443, 8443)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in open_lab(tmp_path_factory.mktemp("http3"), [FACEBOOK, BBC]):
        ports = ",".join(map(str, PORTS))
        serves = lab.start_python(
            lab.internet, "-m", "tests.lab.http3", "serve", lab.folder, ports, FACEBOOK, BBC,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert serves.stdout is not None and serves.stdout.readline() == b"listening\n"
        yield lab


@pytest.fixture(scope="module")
def gate(lab: Lab) -> Iterator[Gate]:
    with whole_gateway(lab, MORNING) as gate:
        yield gate


def got(lab: Lab, where: Namespace, host: str, version: int, port: int) -> str:
    done = where.run(
        "env", f"PYTHONPATH={TOP}:{TOP / 'addon'}", "python", "-m", "tests.lab.http3",
        "get", lab.address(host, version), str(port), host, lab.authority,
    )  # fmt: skip
    assert done.returncode == 0 or "\nnothing: " in f"\n{done.stderr}", done.stderr
    return done.stdout


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("port", PORTS)
def test_a_client_that_speaks_http_3_gets_nothing(
    lab: Lab, gate: Gate, port: int, version: int
) -> None:
    before = len(lab.contacts())
    for host in (FACEBOOK, BBC):
        assert got(lab, lab.pupil.namespace, host, version, port) == ""
    assert lab.contacts(before) == []
    # What is tried is something: from the gateway itself, which nothing is refused, it works.
    assert got(lab, lab.gateway, BBC, version, port) == f"origin of {BBC}\n"
