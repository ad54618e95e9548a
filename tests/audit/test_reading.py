"""Reading back: which records somebody asked for, over the days, and what is not there any more."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import Query, entries, expired_line, find
from bellgate.audit.log.tree import leaf_hash
from tests.audit.world import QUARTER_PAST_TEN, decision, journal

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    log = journal(state)
    log.gate("started", "The gate started", at=QUARTER_PAST_TEN)
    log.decision(decision(), "block", "page")
    log.decision(decision("wordpress.com", QUARTER_PAST_TEN + DAY), "log", "connection")
    pupil = decision("m.facebook.com", QUARTER_PAST_TEN + 2 * DAY, ip="10.77.10.9", mac=None)
    log.decision(pupil, "block", "embedded")
    log.close()
    return state / "log"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [0, 1, 2, 3]),
        ({"dataset": "bellgate.gate"}, [0]),
        ({"actions": frozenset({"log", "started"})}, [0, 2]),
        ({"person": "stf-0042"}, [1, 2]),
        ({"device": "staff-laptop-07", "service": "facebook"}, [1]),
        ({"role": "pupils"}, [3]),
        ({"address": "10.77.10.9"}, [3]),
        ({"host": "facebook.com"}, [1, 3]),
        ({"host": "book.com"}, []),
        ({"session": "morning"}, [1, 2, 3]),
        ({"since": QUARTER_PAST_TEN + DAY}, [2, 3]),
        ({"until": QUARTER_PAST_TEN + DAY}, [0, 1]),
        ({"since": QUARTER_PAST_TEN + DAY, "until": QUARTER_PAST_TEN + 2 * DAY}, [2]),
    ],
)
def test_what_is_asked_for_is_found_oldest_first(
    log: Path, asked: dict[str, Any], found: list[int]
) -> None:
    records = [e.record for e in find(log, Query(**asked))]
    assert [r["event"]["sequence"] for r in records if r] == found


def test_each_entry_knows_its_file_and_line(log: Path) -> None:
    places = [(e.file, e.line) for e in entries(log)]
    assert places == [
        ("2026-11-23.jsonl", 1),
        ("2026-11-23.jsonl", 2),
        ("2026-11-24.jsonl", 1),
        ("2026-11-25.jsonl", 1),
    ]


def test_a_line_whose_time_was_up_is_an_entry_without_a_record(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23.jsonl").write_bytes(expired_line(leaf_hash(b"x")) + b'\n{"torn":')
    assert [(e.line, e.record) for e in entries(tmp_path)] == [(1, None)]
    assert list(find(tmp_path, Query())) == []


def test_no_log_has_no_entries(tmp_path: Path) -> None:
    assert list(entries(tmp_path / "log")) == []
