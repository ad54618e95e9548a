"""The proxy that a browser names, asked as no browser asks: every name is decided, and what was
decided is what is dialled."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.lab.school import BBC, FACEBOOK, IN_SESSION, School


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


def say(school: School, *parts: str, who: str = "127.0.0.1") -> list[str]:
    """What the proxy answers to each part, said one after the other on one connection."""
    answers = []
    with school.namespace.connect("127.0.0.1", 8080, source=who) as connection:
        connection.settimeout(1)
        for part in parts:
            answer = b""
            with suppress(OSError):
                connection.sendall(part.encode("latin-1"))
                # Until it closes, or has said nothing for a while.
                while more := connection.recv(65536):
                    answer += more
                    connection.settimeout(0.4)
            answers.append(answer.decode("latin-1"))
            connection.settimeout(1)
    return answers


def connect(to: str) -> str:
    return f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n"


def test_behind_connect_an_absolute_uri_is_what_is_asked_for(school: School) -> None:
    gate = school.gate(IN_SESSION)
    school.forget_contacts()
    _, answer = say(
        school,
        connect(f"{BBC}:80"),
        f"GET http://{FACEBOOK}/ HTTP/1.1\r\nHost: {BBC}\r\n\r\n",
    )
    assert " 403 " in answer.splitlines()[0]
    assert school.contacts() == []
    [record] = gate.records()
    assert record["network"]["application"] == "facebook"


def test_an_address_under_somebody_elses_name_hides_its_name(school: School) -> None:
    """The site takes the address for what is asked, whatever the Host (RFC 9112, 3.2.2)."""
    school.namespace.ip("route", "add", "local", "203.0.113.50/32", "dev", "lo")
    school.gate(IN_SESSION, ("school.yaml", "[127.0.0.0/8]", "[127.0.0.0/8, 203.0.113.0/24]"))
    for host in (BBC, "made-up.example", "203.0.113.50"):
        [answer] = say(school, f"GET http://203.0.113.50/ HTTP/1.1\r\nHost: {host}\r\n\r\n")
        assert " 403 " in answer.splitlines()[0], host


@pytest.mark.parametrize("port", [22, 25, 1194, 8443])
def test_other_ports_are_served_only_where_they_are_named(school: School, port: int) -> None:
    school.gate(IN_SESSION)
    [answer] = say(school, connect(f"{BBC}:{port}"))
    assert " 403 " in answer.splitlines()[0]
    [answer] = say(school, f"GET http://{BBC}:{port}/ HTTP/1.1\r\nHost: {BBC}:{port}\r\n\r\n")
    assert " 403 " in answer.splitlines()[0]
    assert "gate.ports" in answer
    school.stop_gates()
    school.gate(
        IN_SESSION,
        ("school.yaml", "reachable: [127.0.0.0/8]", f"reachable: [127.0.0.0/8]\n  ports: {port}"),
    )
    [answer] = say(school, connect(f"{BBC}:{port}"))
    assert " 200 " in answer.splitlines()[0]


def test_behind_connect_to_443_only_tls_that_can_be_read_is_served(school: School) -> None:
    school.gate(IN_SESSION)
    school.forget_contacts()
    for text in ("SSH-2.0-OpenSSH_9.6\r\n", "GET / HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n"):
        accepted, answer = say(school, connect(f"{BBC}:443"), text)
        assert " 200 " in accepted.splitlines()[0]
        assert answer == ""
    assert school.contacts() == []
    assert school.curl(f"https://{BBC}/").body == f"origin of {BBC}\n"
