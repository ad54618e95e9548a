"""Every way round that somebody thought of, in one table: who does what and gets what.

A pupil and a teacher try each, over IPv4 and IPv6. What they do is written out in `ways.py`; `gets`
is what came of it; under `on record` stands the service that a record names, or `-` for none. One
device makes one attempt, so that no record stands for two.

Nothing here may reach a closed site, whatever it gets: that is looked at once, for all of them.
"""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import pytest

from tests.lab.network import A_LARGER_SHARE, PORT, SILENT, Device, Lab, open_lab
from tests.lab.school import Gate, wait_for
from tests.lab.test_whose import TEACHERS_MAC
from tests.lab.visits import Visit
from tests.lab.ways import (
    BBC,
    FACEBOOK,
    FIRST,
    PROXY_PORT,
    REDDIT,
    SILENT_NAME,
    WAYS,
    YOUTUBE,
    Attempt,
    get,
)

IN_SESSION, AT_LUNCH = "2026-11-23 10:15", "2026-11-23 12:30"
PUPIL, TEACHER, IMPOSTOR = "pupil", "teacher", "pupil with the teacher's MAC"

THE_TABLE = """
    who     | does                                    | gets         | on record

    both    | bbc                                     | BBC          | -
    both    | bbc by plain http                       | BBC          | -
    both    | page of bbc by the proxy                | BBC          | -
    both    | facebook itself                         | the page     | facebook
    both    | facebook by plain http                  | the page     | facebook

    both    | made up name in the hello               | nothing      | no-name
    both    | made up host                            | the page     | no-name
    both    | name whose own server is broken         | nothing      | no-name
    both    | name whose own server says nothing      | nothing      | no-name
    both    | connect to a made up name               | nothing      | -
    both    | bbcs name to facebooks address          | BBC          | -
    both    | bbc as host to facebooks address        | BBC          | -
    both    | facebooks name to bbcs address          | the page     | facebook
    both    | address written as a name               | nothing      | addresses-as-names

    both    | no name in the hello                    | nothing      | no-name
    both    | two names in one hello                  | nothing      | facebook
    both    | the name twice over                     | nothing      | facebook
    both    | another name in the second hello        | a server's hello | facebook
    both    | name of three hundred letters           | nothing      | no-name
    both    | hello in single bytes                   | the page     | facebook
    both    | hello behind a warning                  | nothing      | no-name
    both    | hello in the form of ssl 2              | nothing      | no-name
    both    | an address for a host                   | the page     | no-name
    both    | no host                                 | the page     | no-name
    both    | request behind a space                  | nothing      | no-name
    both    | request behind a null                   | nothing      | no-name
    both    | odd method                              | the page     | facebook
    both    | method of forty letters and a sign      | the page     | facebook
    both    | http 2 without tls                      | nothing      | no-name
    both    | absolute uri under bbcs host            | the page     | facebook
    both    | bbc as the user of facebook             | a refusal    | -
    both    | a dot a port and capitals               | the page     | facebook
    both    | two hosts                               | the page     | facebook
    both    | second request on bbcs connection       | the page     | facebook
    both    | request pipelined behind bbcs           | the page     | facebook
    both    | request smuggled behind two lengths     | a refusal    | -
    both    | request smuggled behind chunks          | a refusal    | -

    pupil   | ssh on a web port                       | nothing      | not-web
    teacher | ssh on a web port                       | its greeting | -
    pupil   | silence until the server speaks         | nothing      | not-web
    teacher | silence until the server speaks         | its greeting | -
    pupil   | hello after the servers greeting        | nothing      | not-web
    teacher | hello after the servers greeting        | its greeting | no-name
    pupil   | request after ssh                       | nothing      | not-web
    teacher | request after ssh                       | its greeting | no-name

    both    | staff machine as a page                 | nothing      | -
    both    | staff machine by tls                    | nothing      | -
    both    | staff machine by connect                | a refusal    | -
    both    | staff machine in another address        | a refusal    | -
    both    | a mail server                           | a refusal    | -
    both    | a vpns port                             | a refusal    | -

    both    | connect to facebook with bbcs hello     | nothing      | facebook
    both    | connect to bbc with facebooks hello     | the page     | facebook
    both    | connect to an address without a name    | nothing      | no-name
    both    | connect to a number                     | nothing      | no-name
    both    | absolute uri behind connect             | the page     | facebook
    both    | page of an address under bbcs host      | the page     | no-name
    both    | page of facebook under bbcs host        | the page     | facebook

    pupil with the teacher's MAC | facebook itself    | the page     | facebook
"""

AT_LUNCH_TABLE = """
    who     | does                                    | gets         | on record

    pupil   | facebook itself                         | the page     | facebook
    pupil   | no name in the hello                    | nothing      | no-name
    pupil   | made up name in the hello               | nothing      | no-name
    pupil   | hello behind a warning                  | nothing      | no-name
    pupil   | ssh on a web port                       | nothing      | not-web
    pupil with the teacher's MAC | facebook itself    | the page     | facebook
    teacher | facebook itself                         | Facebook     | -
    teacher | no name in the hello                    | a server's hello | -
"""

WHILE_NO_NAME_IS_ANSWERED = """
    who     | does                                    | gets         | on record

    both    | bbc                                     | BBC          | -
    both    | facebook itself                         | the page     | facebook
    both    | made up name in the hello               | nothing      | no-name
    both    | made up host                            | the page     | no-name
    both    | name whose own server says nothing      | nothing      | no-name
    both    | connect to a made up name               | nothing      | -
    both    | facebooks name to bbcs address          | the page     | facebook
"""
"""With the name server dead, or so busy with one pupil's questions that it answers nobody's."""


@dataclass(frozen=True)
class Row:
    who: str
    does: str
    gets: str
    on_record: str

    def __str__(self) -> str:
        return f"{self.who}: {self.does}"


def rows_of(table: str) -> list[Row]:
    found = []
    for line in table.strip().splitlines()[1:]:
        if line.strip():
            who, *rest = (cell.strip() for cell in line.split("|"))
            found += [Row(each, *rest) for each in ((PUPIL, TEACHER) if who == "both" else (who,))]
    return found


@dataclass(frozen=True)
class Tried:
    """What came of a row."""

    gets: str
    records: list[dict[str, Any]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in open_lab(tmp_path_factory.mktemp("ways"), [BBC, FACEBOOK, REDDIT, YOUTUBE, FIRST]):
        lab.divert()
        yield lab


_hosts = count(60)


@cache
def impostor(lab: Lab) -> Device:
    """One only: a switch takes each card to be in one place."""
    return lab.device("pupils", 33, mac=TEACHERS_MAC)


def try_all(lab: Lab, gate: Gate, rows: list[Row]) -> dict[tuple[Row, int], Tried]:
    """Every row over both kinds of address, several at the same time, and what is on record."""
    networks = {PUPIL: "pupils", TEACHER: "staff"}
    attempts: list[tuple[Row, Attempt]] = []
    for row in rows:
        if row.who == IMPOSTOR:
            device = impostor(lab)
        else:
            device = lab.device(networks[row.who], next(_hosts))
        attempts += [(row, Attempt(lab, device, ip, gate.authority)) for ip in (4, 6)]
    with ThreadPoolExecutor(48) as pool:
        came = list(pool.map(lambda tried: WAYS[tried[0].does](tried[1]), attempts))
    records = gate.records()
    return {
        (row, a.ip): Tried(gets, [r for r in records if r["source"]["ip"] == a.device.ip(a.ip)])
        for (row, a), gets in zip(attempts, came, strict=True)
    }


def wrong_in(tried: dict[tuple[Row, int], Tried], row: Row) -> list[str]:
    """Where a row came out otherwise, in words."""
    found = []
    for ip in (4, 6):
        came = tried[row, ip]
        services = {r["network"]["application"] for r in came.records} or {"-"}
        groups = {r["user"]["roles"][-1] for r in came.records}
        if came.gets != row.gets:
            found.append(f"over IPv{ip} gets {came.gets}, not {row.gets}")
        if services != {row.on_record}:
            found.append(f"over IPv{ip} on record is {services}, not {row.on_record}")
        if groups - {"staff" if row.who == TEACHER else "pupils"}:
            found.append(f"over IPv{ip} on record as {groups}")
    return found


MODES = (f"transparent@:{PORT}", f"regular@:{PROXY_PORT}")


@pytest.fixture(scope="module")
def in_session(lab: Lab) -> dict[tuple[Row, int], Tried]:
    gate = lab.gate(IN_SESSION, A_LARGER_SHARE, modes=MODES)
    tried = try_all(lab, gate, rows_of(THE_TABLE))
    lab.stop_gates()
    return tried


@pytest.fixture(scope="module")
def at_lunch(lab: Lab) -> dict[tuple[Row, int], Tried]:
    gate = lab.gate(AT_LUNCH, A_LARGER_SHARE, modes=MODES)
    tried = try_all(lab, gate, rows_of(AT_LUNCH_TABLE))
    lab.stop_gates()
    return tried


def test_every_way_stands_in_the_table() -> None:
    assert {row.does for row in rows_of(THE_TABLE)} == set(WAYS)


@pytest.mark.parametrize("row", rows_of(THE_TABLE), ids=str)
def test_in_session(in_session: dict[tuple[Row, int], Tried], row: Row) -> None:
    assert wrong_in(in_session, row) == []


def test_no_closed_site_was_contacted(lab: Lab, in_session: dict[tuple[Row, int], Tried]) -> None:
    assert lab.contacted(FACEBOOK) == []
    assert not [line for line in lab.contacts() if "facebook" in line.lower()]


@pytest.mark.parametrize("row", rows_of(AT_LUNCH_TABLE), ids=str)
def test_at_lunch(at_lunch: dict[tuple[Row, int], Tried], row: Row) -> None:
    """Closed to pupils all day, open to teachers in their own time."""
    assert wrong_in(at_lunch, row) == []


@contextmanager
def dead(lab: Lab) -> Iterator[None]:
    """The school's name server takes questions and says nothing."""
    lab.name_server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        lab.name_server.send_signal(signal.SIGCONT)


def question(name: str) -> bytes:
    """A DNS query for a name's IPv4 address (RFC 1035, section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\0\1\1\0\0\1" + b"\0" * 6 + labels + b"\0\0\1\0\1"


@contextmanager
def flooded(lab: Lab) -> Iterator[None]:
    """A pupil asks for names whose own server is silent, by the gate and by the name server itself.
    That one waits for 150 answers at most, and takes no question beyond them."""
    with lab.internet.inside():
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        silent.bind((SILENT, 53))
    over, asked, pupil = threading.Event(), count(), lab.device("pupils", next(_hosts))
    there = lab.address(FACEBOOK), 80

    def ask_by_the_gate() -> None:
        while not over.is_set():
            with suppress(OSError), pupil.namespace.connect(*there, timeout=1) as connection:
                connection.sendall(get(SILENT_NAME.format(next(asked))))
                connection.recv(1)

    def ask_itself() -> None:
        with pupil.namespace.inside(), socket.socket(type=socket.SOCK_DGRAM) as client:
            while not over.wait(0.005):
                client.sendto(question(SILENT_NAME.format(next(asked))), ("10.77.10.1", 53))

    threads = [threading.Thread(target=do) for do in (ask_by_the_gate,) * 8 + (ask_itself,)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: next(asked) > 400, "the flood to rise")
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        silent.close()


@pytest.mark.parametrize("trouble", [dead, flooded])
def test_while_no_name_is_answered(
    lab: Lab, trouble: Callable[[Lab], AbstractContextManager[None]]
) -> None:
    """Nothing closed opens, what the gate knows stays open, and the rest opens again at once."""
    gate = lab.gate(IN_SESSION, modes=MODES)
    known = Visit(lab, lab.staff, BBC)
    assert known.make().fate == "open"
    before, rows = len(lab.contacts()), rows_of(WHILE_NO_NAME_IS_ANSWERED)
    with trouble(lab):
        tried = try_all(lab, gate, rows)
    assert {str(row): wrong for row in rows if (wrong := wrong_in(tried, row))} == {}
    assert lab.contacted(FACEBOOK, before) == []
    lab.stop_gates()


def test_bbc_opens_again_within_five_seconds_of_the_name_servers_return(lab: Lab) -> None:
    """Also where the gate has never had an answer."""
    lab.gate(IN_SESSION, modes=MODES)
    bbc = Visit(lab, lab.staff, BBC)
    with dead(lab):
        assert bbc.make(timeout=5).fate == "refused"
    wait_for(lambda: bbc.make(timeout=5).fate == "open", "BBC to open", 5)
    lab.stop_gates()
