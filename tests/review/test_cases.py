"""What a case holds, until when, and that a damaged file is never taken for an empty one."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.review.cases import Case, CaseBook, CasesDamaged, Hold
from tests.audit.world import LONDON

OPENED = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 12, 1)
REVIEW = date(2027, 2, 20)


@pytest.fixture
def book(tmp_path: Path) -> CaseBook:
    return CaseBook(tmp_path, LONDON)


def record(
    when: str, person: str | None = None, device: str | None = None, **more: Any
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@timestamp": f"{when}:00.000000Z",
        "event": {"dataset": "bellgate.decision"},
        **more,
    }
    if person:
        made["user"] = {"id": person}
    if device:
        made["device"] = {"id": device}
    return made


def case(*holds: Hold, id: str = "abc123") -> Case:
    return Case(id, OPENED, "head", "a complaint", REVIEW, holds)


def test_it_holds_a_person_and_a_device_for_their_days(book: CaseBook) -> None:
    july = Hold("stf-0042", None, date(2026, 7, 1), date(2026, 7, 2))
    book.add(case(july, Hold(device="y5-laptop-03")))
    kept = book.kept(TODAY)
    # Midnight is the school's: in July an hour before UTC's.
    assert not kept(record("2026-06-30T22:59", "stf-0042"))
    assert kept(record("2026-06-30T23:00", "stf-0042"))
    assert kept(record("2026-07-02T22:59", "stf-0042"))
    assert not kept(record("2026-07-02T23:00", "stf-0042"))
    assert not kept(record("2026-07-01T10:00", "stf-0043"))
    assert kept(record("2020-01-01T10:00", None, "y5-laptop-03"))
    assert kept(record("2026-07-01T10:00", user={"target": {"id": "stf-0042"}}))
    assert not kept({})


def test_whether_the_gate_ran_is_held_with_it(book: CaseBook) -> None:
    book.add(case(Hold("stf-0042", None, date(2026, 7, 1), date(2026, 7, 2))))
    kept, gate = book.kept(TODAY), {"event": {"dataset": "bellgate.gate"}}
    assert kept(record("2026-07-01T10:00", **gate))
    assert not kept(record("2026-07-03T10:00", **gate))
    # What names an address may be about anybody.
    assert not kept(record("2026-07-01T10:00", source={"ip": "10.77.10.3"}, **gate))


def test_what_nobody_is_put_down_to_is_held_on_the_persons_own_devices(book: CaseBook) -> None:
    july = Hold("stf-0042", None, date(2026, 7, 1), date(2026, 7, 2), ("staff-laptop-07",))
    book.add(case(july))
    kept = book.kept(TODAY)
    assert kept(record("2026-07-01T10:00", None, "staff-laptop-07"))
    assert not kept(record("2026-07-01T10:00", "stf-0043", "staff-laptop-07"))
    assert not kept(record("2026-07-01T10:00", None, "staff-laptop-08"))
    assert not kept(record("2026-07-03T10:00", None, "staff-laptop-07"))


def test_what_only_claimed_to_be_the_device_is_held_with_it(book: CaseBook) -> None:
    """Somebody may have used the teacher's MAC elsewhere: that may be what clears the teacher."""
    book.add(
        case(
            Hold("stf-0042", devices=("staff-laptop-07",)),
            Hold(device="y5-laptop-03"),
        )
    )
    kept = book.kept(TODAY)
    for claimed in ("staff-laptop-07", "y5-laptop-03"):
        assert kept(record("2026-07-01T10:00", bellgate={"claimed": claimed}))
    assert not kept(record("2026-07-01T10:00", bellgate={"claimed": "staff-laptop-08"}))


def test_what_was_open_in_its_days_is_held_whenever_it_was_granted(book: CaseBook) -> None:
    book.add(case(Hold("stf-0042", None, date(2026, 7, 1), date(2026, 7, 2))))
    kept = book.kept(TODAY)

    def granted(when: str, until: str) -> dict[str, Any]:
        event = {"dataset": "bellgate.decision", "action": "exempted"}
        ours = {"who": ["staff"], "until": f"{until}:00Z"}
        return record(when, event=event, bellgate=ours)

    assert kept(granted("2026-06-20T10:00", "2026-07-01T12:00"))
    assert kept(granted("2026-07-02T10:00", "2026-08-01T12:00"))
    assert not kept(granted("2026-06-20T10:00", "2026-06-30T12:00"))
    assert not kept(granted("2026-07-03T10:00", "2026-08-01T12:00"))


def test_everybody_may_be_held_for_a_day(book: CaseBook) -> None:
    book.add(case(Hold(first=date(2026, 7, 1), last=date(2026, 7, 1))))
    kept = book.kept(TODAY)
    assert kept(record("2026-07-01T10:00")) and not kept(record("2026-07-02T10:00"))


def test_it_holds_until_it_is_closed_and_six_months_have_passed(book: CaseBook) -> None:
    book.add(case(Hold("stf-0042")))
    held = record("2026-07-01T10:00", "stf-0042")
    assert book.kept(date(2036, 1, 1))(held)
    book.close("abc123", datetime(2026, 8, 31, 22, tzinfo=UTC))
    assert book.kept(date(2027, 2, 27))(held)
    assert not book.kept(date(2027, 2, 28))(held)
    # What is over goes with the next change.
    book.add(Case("def456", datetime(2027, 3, 1, tzinfo=UTC), "head", "another", REVIEW))
    assert [c.id for c in book.read()] == ["def456"]


def test_what_is_added_is_kept_on_the_disk(book: CaseBook, tmp_path: Path) -> None:
    book.add(case())
    hold = Hold("stf-0042", None, date(2026, 7, 1), None)
    book.hold("abc123", hold, OPENED)
    book.add(case(hold, id="def456"))
    assert CaseBook(tmp_path, LONDON).read() == (case(hold), case(hold, id="def456"))
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize(
    "content",
    [b"", b"[{", b"{}x", b"\xff", b'{"a": 1}', b"[1]", b'[{"id": "a"}]', b"null",
     b'[{"id":"a","opened":"2026-11-20T09:00:00","by":"h","reason":"r","holds":[],"closed":null}]',
     b'[{"id":1,"opened":"2026-11-20T09:00:00Z","by":"h","reason":"r","holds":[],"closed":null}]',
     b'[{"id":"a","opened":"2026-11-20T09:00:00Z","by":"h","reason":"r",'
     b'"holds":[{"person":3,"device":null,"from":null,"to":null}],"closed":null}]'],
)  # fmt: skip
def test_a_damaged_file_is_no_empty_one(book: CaseBook, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cases").mkdir(exist_ok=True)
    (tmp_path / "cases" / "cases.json").write_bytes(content)
    for use in (book.read, lambda: book.kept(TODAY), lambda: book.add(case())):
        with pytest.raises(CasesDamaged, match="damaged"):
            use()
    assert (tmp_path / "cases" / "cases.json").read_bytes() == content


def test_no_case_changes_while_a_day_is_emptied(book: CaseBook) -> None:
    adding = threading.Thread(target=book.add, args=(case(),))
    with book.still():
        adding.start()
        adding.join(0.2)
        assert adding.is_alive() and book.read() == ()
    adding.join()
    assert len(book.read()) == 1


def test_nothing_is_held_where_there_is_no_case(book: CaseBook) -> None:
    assert not book.kept(TODAY + timedelta(days=1))(record("2026-07-01T10:00", "stf-0042"))
