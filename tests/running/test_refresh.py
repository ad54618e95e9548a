"""What others publish, beside a running gate: fetched at the start, told when it fails, let go."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.audit.log.entries import Query, find
from bellgate.machine_time import machine_now
from bellgate.running import refresh
from bellgate.running.choosing import choose_policy
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.refresh import Refresher
from bellgate.schedules.fetched_copies import kept
from bellgate.schedules.lists import shelf, subscription
from tests.lab.school import SAMPLE, wait_for
from tests.schedules.test_fetching import Council, serving


@pytest.fixture
def server() -> Iterator[Council]:
    with serving() as council:
        yield council


@pytest.fixture
def school(tmp_path: Path, server: Council) -> Path:
    folder = tmp_path / "schedules"
    shutil.copytree(SAMPLE, folder)
    return folder


@pytest.fixture
def journal(tmp_path: Path, school: Path) -> Iterator[Journal]:
    edition = choose_policy(school, tmp_path / "first-state").policy.edition
    made = Journal(LogPaths.of(tmp_path / "state"), edition, machine_now)
    yield made
    made.close()


def subscribe(folder: Path, server: Council) -> subscription.Subscription:
    text = f"lists:\n  - category: circumvention\n    from: {server.address}\n    format: domains\n"
    (folder / "services.yaml").write_text(text)
    [one] = subscription.subscriptions(text.encode())
    return one


def rejected(journal: Journal) -> list[str]:
    journal.flush()
    query = Query(actions=frozenset({"policy-rejected"}))
    return [str(e.record["message"]) for e in find(journal.paths.log, query) if e.record]


def test_a_list_is_fetched_at_the_start_and_a_poisoned_one_is_told_once(
    tmp_path: Path, school: Path, server: Council, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = subscribe(school, server)
    server.content, server.etag = b"vpn.example.org\n", None
    state = tmp_path / "state"
    monkeypatch.setattr(refresh, "AGAIN", refresh.LOOK)
    with Refresher(school, state, journal=journal):
        wait_for(lambda: shelf.card(lists_folder(state), one.key) is not None, "the list", 10)
    card = shelf.card(lists_folder(state), one.key)
    chosen = choose_policy(school, state)
    assert chosen.policy.index.look_up("a.vpn.example.org").service is not None
    assert rejected(journal) == []
    server.content = b"vpn.example.org\nco.uk\n"
    asked = len(server.asked)
    with Refresher(school, state, journal=journal):
        wait_for(lambda: len(server.asked) >= asked + 3, "three tries", 20)
    [said] = rejected(journal)
    assert "refused; the last good copy stays" in said
    assert ":2: co.uk is a whole public suffix" in said
    assert shelf.card(lists_folder(state), one.key) == card


def test_a_list_that_somebody_is_writing_is_not_read_before_it_is_whole(
    tmp_path: Path, school: Path, journal: Journal
) -> None:
    (school / "services.yaml").write_text(
        "lists:\n  - category: circumvention\n    from: vpn.txt\n    format: domains\n"
    )
    file = school / "vpn.txt"
    file.write_text("")
    with Refresher(school, tmp_path / "state", journal=journal):
        for _ in range(30):
            time.sleep(0.05)
            file.write_text("")
        file.write_text("vpn.example.org\n")
        [one] = subscription.subscriptions((school / "services.yaml").read_bytes())
        shelved = lists_folder(tmp_path / "state")
        wait_for(lambda: shelf.card(shelved, one.key) is not None, "the list", 2)
    assert rejected(journal) == []


def test_the_calendar_is_fetched_too_and_a_failure_told(
    tmp_path: Path, school: Path, server: Council, journal: Journal
) -> None:
    path = school / "school.yaml"
    text = f"term_dates: {server.address}\n" + path.read_text()
    path.write_text(text)
    state = tmp_path / "state"
    with Refresher(school, state, journal=journal):
        wait_for(lambda: kept(calendars_folder(state), server.address) is not None, "the dates", 10)
    server.status = 500
    server.etag = None
    with Refresher(school, state, journal=journal):
        wait_for(lambda: bool(rejected(journal)), "the record", 10)
    assert "term dates was refused" in rejected(journal)[0]
    assert "the server answers 500" in rejected(journal)[0]


def test_a_server_that_never_ends_holds_up_nobody(
    tmp_path: Path, school: Path, server: Council, journal: Journal
) -> None:
    subscribe(school, server)
    server.drip = 0.5
    refresher = Refresher(school, tmp_path / "state", journal=journal)
    with refresher:
        wait_for(lambda: bool(server.asked), "the question", 10)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    time.sleep(0.5)
    assert rejected(journal) == []
