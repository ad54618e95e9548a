"""The numbers that a gateway serves, and whether it is well, as a watcher asks for them."""

import socket
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bellgate.running.metrics import served
from bellgate.schedules.scalars import Endpoint

STATUS: dict[str, Any] = {
    "connections": 7,
    "memory": 90_000_000,
    "refused": 2,
    "clock": "synchronised",
    "problems": [{"level": "error"}, {"level": "warning"}],
    "log": {"size": 4711, "behind": 0, "problem": None},
}


@pytest.fixture
def place() -> Endpoint:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Endpoint("127.0.0.1", free.getsockname()[1])


def told(place: Endpoint, path: str) -> str:
    with urlopen(f"http://{place}{path}", timeout=5) as answer:
        return answer.read().decode()


def test_prometheus_reads_what_status_shows(place: Endpoint) -> None:
    with served(place, lambda: STATUS, pytest.fail):
        lines = told(place, "/metrics").splitlines()
    for line in ("bellgate_connections 7.0", "bellgate_records_total 4711.0",
                 "bellgate_folder_errors 1.0", "bellgate_log_writable 1.0"):  # fmt: skip
        assert line in lines


def test_a_gate_that_cannot_record_is_not_well(place: Endpoint) -> None:
    full = {**STATUS, "log": {**STATUS["log"], "problem": "the disk is full"}}
    with served(place, lambda: STATUS, pytest.fail):
        assert told(place, "/healthz") == "ok\n"
    with served(place, lambda: full, pytest.fail), pytest.raises(HTTPError) as refused:
        told(place, "/healthz")
    assert refused.value.code == 503
    assert "the disk is full" in refused.value.read().decode()


def test_an_address_that_is_taken_is_said_and_the_gate_goes_on(place: Endpoint) -> None:
    said: list[Exception] = []
    with served(place, lambda: STATUS, said.append), served(place, lambda: STATUS, said.append):
        assert told(place, "/healthz") == "ok\n"
    [error] = said
    assert isinstance(error, OSError)


def test_without_an_address_nothing_is_served() -> None:
    with served(None, lambda: STATUS, pytest.fail):
        pass
