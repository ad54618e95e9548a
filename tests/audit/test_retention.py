"""What should be gone is gone, what should stay is what it was, and all of it still verifies."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.audit import Deletion, Limit, Limits, OutOfOrder, entries, expire, expired_line
from bellgate.audit.log.day_files import expired_leaf
from bellgate.audit.log.recovery import _placed, _resume
from bellgate.audit.log.store import Position
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.record.retention import MOST_RUNS, Named, named_by
from bellgate.audit.verify import proof
from bellgate.audit.verify.one_log import verify_log
from tests.audit.independent import emptied_without_a_reason
from tests.audit.keeping import (
    FIRST,
    KINDS,
    PERIODS,
    TODAY,
    Bytes,
    Fact,
    Holding,
    OpenLog,
    every_other_day,
    limits,
    open_again_is_well,
    what_is_there,
)

NOW = Fact("heartbeat", datetime(2026, 12, 30, tzinfo=UTC), "now")

some_facts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 40 * 24 * 60)), min_size=1, max_size=60
).map(
    lambda made: [
        Fact(kind, FIRST + timedelta(minutes=minutes), f"h{n}x")
        for n, (kind, minutes) in enumerate(sorted(made, key=lambda each: each[1]))
    ]
)
some_periods = st.fixed_dictionaries(
    {whose: st.integers(1, 50) for whose in ("pupils", "staff", "guests", "reviewers", "gate")},
    optional={"year-5": st.integers(1, 50)},
)


@pytest.fixture
def log(tmp_path: Path) -> OpenLog:
    log = OpenLog(tmp_path / "state")
    log.write(every_other_day())
    return log


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (["staff"], "staff: 20 days"),
        (["pupils"], "pupils: 30 days"),
        (["staff", "pupils"], "pupils: 30 days"),
        # Nobody knows of which group they were.
        (["everyone"], "pupils: 30 days"),
        (["stf-0042"], "pupils: 30 days"),
        ([], "pupils: 30 days"),
    ],
)
def test_what_was_granted_goes_with_the_last_record_that_it_may_clear(
    who: list[str], why: str
) -> None:
    def granted(until: str) -> dict[str, Any]:
        return {
            "@timestamp": "2026-10-01T10:00:00.000000Z",
            "event": {"dataset": "bellgate.decision", "action": "exempted"},
            "user": {"id": "head"},
            "bellgate": {"who": who, "until": until},
        }

    ours = limits(PERIODS, TODAY)
    assert ours.why(granted("2026-10-01T12:00:00Z"), "2026-10-01") == why
    # It lasted for weeks: its time begins with its end.
    days = int(why.split()[1])
    last = (TODAY - timedelta(days=days - 1)).isoformat()
    assert ours.why(granted(f"{last}T12:00:00Z"), "2026-10-01") is None


@settings(max_examples=60)
@given(facts=some_facts, periods=some_periods, data=st.data())
def test_what_should_be_gone_is_gone_and_the_rest_is_byte_for_byte_as_it_was(
    facts: list[Fact], periods: dict[str, int], data: st.DataObject
) -> None:
    today = data.draw(st.dates(date(2026, 10, 20), NOW.at.date()))
    held = data.draw(st.frozensets(st.sampled_from([fact.host for fact in facts]), max_size=5))
    cut = data.draw(st.integers(1, len(facts)))
    with (
        TemporaryDirectory(dir="/dev/shm") as folder,
        mock.patch("os.fsync"),
        mock.patch("os.fdatasync"),
    ):
        log = OpenLog(Path(folder))
        log.today = today
        mailed = Path(folder) / "mailed"
        mailed.write_text(log.write(facts[:cut]))
        # The day that the gate is writing now is left alone.
        log.write([*facts[cut:], NOW])
        before = Bytes.of(log.paths.log)
        newest = max(before.days)
        outcome = expire(log.paths, limits(periods, today), Holding(held), log.tell)
        # A second run on the same day finds nothing to do.
        again = expire(log.paths, limits(periods, today), Holding(held), log.tell)
        log.close()
        assert (again.emptied, again.days) == (0, 0)

        of_host = {fact.host: fact for fact in (*facts, NOW)}
        gone = 0
        for name, lines in Bytes.of(log.paths.log).days.items():
            assert name >= newest or len(lines) == len(before.days[name])
            for old, new in zip(before.days.get(name, []), lines, strict=False):
                host = next(h for h in of_host if h in json.dumps(json.loads(old)))
                due = of_host[host].is_gone(periods, today) and host not in held
                if due and name != newest:
                    assert new == expired_line(leaf_hash(old))
                    salt = json.loads(old)["bellgate"]["salt"]
                    assert salt not in what_is_there(log.paths.log)
                    gone += 1
                else:
                    assert new == old
        assert outcome.emptied == gone
        assert verify_log(log.paths.log).problems == ()
        assert verify_log(log.paths.log, mailed).problems == ()
        assert emptied_without_a_reason(log.paths.log) == []
        assert open_again_is_well(log.paths)


def test_a_record_is_gone_from_its_day_and_its_period_on_and_not_a_day_earlier(
    tmp_path: Path,
) -> None:
    # 23:30 in London, the day before in UTC's own eyes an hour later: summer time.
    at = datetime(2026, 10, 20, 22, 30, tzinfo=UTC)
    log = OpenLog(tmp_path)
    log.write([Fact("year-5", at, "late"), Fact("heartbeat", at + timedelta(days=1), "after")])
    for today, emptied in ((date(2026, 11, 18), 0), (date(2026, 11, 19), 1)):
        outcome = expire(log.paths, limits(PERIODS, today), Holding(), log.tell)
        assert outcome.emptied == emptied


def test_a_clock_that_was_years_behind_does_not_shorten_a_records_time(tmp_path: Path) -> None:
    """Dated 2020 by a clock not yet set, it lies in the file of the day on which it was made."""
    made = datetime(2026, 11, 23, 9, tzinfo=UTC)
    log = OpenLog(tmp_path)
    log.write([Fact("heartbeat", made, "before"), Fact("year-5", made.replace(year=2020), "late")])
    log.write([Fact("heartbeat", made + timedelta(days=1), "after")])
    for today, emptied in ((date(2026, 12, 22), 0), (date(2026, 12, 23), 1)):
        log.today = today
        outcome = expire(log.paths, limits(PERIODS, today), Holding(), log.tell)
        assert outcome.emptied == emptied
    log.write([NOW])
    log.close()
    assert verify_log(log.paths.log).problems == ()


def test_the_record_names_exactly_what_was_emptied(log: OpenLog) -> None:
    expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
    emptied = {
        number
        for number, line in enumerate(
            line for lines in Bytes.of(log.paths.log).days.values() for line in lines
        )
        if expired_leaf(line)
    }
    said = [e.record for e in entries(log.paths.log) if e.record]
    deleted = [r for r in said if r["event"]["action"] == "deleted"]
    named = [n for r in deleted for first, last in named_by(r) for n in range(first, last + 1)]
    assert sorted(named) == sorted(emptied)
    assert {r["bellgate"]["why"] for r in deleted} == {
        f"{whose}: {days} days" for whose, days in PERIODS.items() if whose != "guests"
    }
    for r in deleted:
        ours = r["bellgate"]
        runs = named_by(r)
        assert (ours["first"], ours["last"]) == (runs[0][0], runs[-1][1])
        assert ours["count"] == sum(last - first + 1 for first, last in runs)


def test_no_record_names_more_than_a_reader_and_the_socket_can_bear(tmp_path: Path) -> None:
    """Two kinds in turn, so that no two numbers are in a row."""
    log = OpenLog(tmp_path)
    day = datetime(2026, 10, 20, 9, tzinfo=UTC)
    kinds = ("year-5", "heartbeat")
    log.write(
        Fact(kinds[n % 2], day + timedelta(seconds=n), "x")  # type: ignore[arg-type]
        for n in range(2 * MOST_RUNS + 10)
    )
    log.write([Fact("heartbeat", day + timedelta(days=1), "x")])
    expire(log.paths, limits(PERIODS, date(2026, 11, 20)), Holding(), log.tell)
    log.close()
    assert [len(d.runs) for d in log.told] == [MOST_RUNS, 5]
    assert verify_log(log.paths.log).ok


def test_one_line_more_than_the_record_names_is_found_with_its_number(log: OpenLog) -> None:
    expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
    path = next(
        p
        for p in sorted(log.paths.log.glob("*.jsonl"))
        if len({line[:7] == b'{"leaf"' for line in p.read_bytes().splitlines()}) == 2
    )
    lines = path.read_bytes().splitlines()
    place = next(n for n, line in enumerate(lines) if not expired_leaf(line))
    lines[place] = expired_line(leaf_hash(lines[place]))
    path.write_bytes(b"\n".join(lines) + b"\n")
    (problem,) = verify_log(log.paths.log).problems
    assert (problem.file, problem.line) == (path.name, place + 1)
    assert problem.message == "the line was emptied, and no record says why"
    assert emptied_without_a_reason(log.paths.log) == [(path.name, place + 1)]


def deleted(**said: Any) -> dict[str, Any]:
    event = {"dataset": "bellgate.gate", "action": "deleted", "sequence": 100}
    return {"event": event, "bellgate": said}


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ({"ranges": ["3-6", "9"], "first": 3, "last": 9}, [(3, 6), (9, 9)]),
        ({"first": 3, "last": 9}, [(3, 9)]),
        ({"first": 3, "last": 100}, []),
        ({"ranges": ["3-6", "100"]}, []),
        ({"ranges": ["6-3"]}, []),
        ({"ranges": ["3-"]}, [(3, 3)]),
        ({"ranges": ["-3"]}, []),
        ({"ranges": ["³"]}, []),
        ({"ranges": [3]}, []),
        ({"ranges": []}, []),
        ({"ranges": ["3"], "log": "log.1"}, []),
        ({}, []),
    ],
)
def test_what_a_record_names(said: dict[str, Any], runs: list[tuple[int, int]]) -> None:
    assert named_by(deleted(**said)) == runs


def test_of_a_log_set_aside_a_record_may_name_any_number() -> None:
    assert named_by(deleted(ranges=["500"], log="log.1"), "log.1") == [(500, 500)]
    assert named_by(deleted(ranges=["500"], log="log.2"), "log.1") == []


@given(
    runs=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=12),
    first=st.integers(0, 60),
    length=st.integers(0, 30),
)
def test_what_is_missing_from_runs_is_what_sets_say(
    runs: list[tuple[int, int]], first: int, length: int
) -> None:
    spans = [(a, a + more) for a, more in runs]
    named = {n for a, b in spans for n in range(a, b + 1)}
    missing = Named(spans).without((first, first + length))
    found = [n for a, b in missing for n in range(a, b + 1)]
    assert found == [n for n in range(first, first + length + 1) if n not in named]


def test_a_record_that_names_what_comes_after_it_excuses_nothing(log: OpenLog) -> None:
    own = log.store.size
    log.tell(Deletion("2026-12-30", "because", ((own - 1, own + 1),)))
    log.write([Fact("year-5", NOW.at + timedelta(days=2), "after")])
    log.close()
    last = max(log.paths.log.glob("*.jsonl"))
    lines = last.read_bytes().splitlines()
    last.write_bytes(last.read_bytes().replace(lines[-1], expired_line(leaf_hash(lines[-1]))))
    (problem,) = verify_log(log.paths.log).problems
    assert (problem.file, problem.line) == (last.name, len(lines))
    assert problem.message == "the line was emptied, and no record says why"


def test_held_later_than_planned_is_held(log: OpenLog) -> None:
    """A case that was opened while a run was at work holds all that is still there."""
    holding = Holding()

    def tell(deletion: Any) -> None:
        log.tell(deletion)
        holding.hosts = frozenset({"d0h0x"})

    expire(log.paths, limits(PERIODS, TODAY), holding, tell)
    log.close()
    assert "d0h0x" in what_is_there(log.paths.log)
    assert verify_log(log.paths.log).ok


def test_nothing_is_emptied_without_its_record(log: OpenLog) -> None:
    before = Bytes.of(log.paths.log)

    def refuse(_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        expire(log.paths, limits(PERIODS, TODAY), Holding(), refuse)
    assert Bytes.of(log.paths.log) == before


def test_a_log_that_is_out_of_order_is_left_as_it_is(log: OpenLog) -> None:
    first = min(log.paths.log.glob("*.jsonl"))
    lines = first.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join(lines[1:]))
    before = Bytes.of(log.paths.log)
    with pytest.raises(OutOfOrder):
        expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    assert Bytes.of(log.paths.log) == before


def test_a_day_that_somebody_changes_meanwhile_is_theirs(log: OpenLog) -> None:
    first = min(log.paths.log.glob("*.jsonl"))
    holding = Holding()

    def kept_and_touched() -> Any:
        def kept(_: object) -> bool:
            if log.told:
                first.touch()
            return False

        return kept

    holding.kept = kept_and_touched  # type: ignore[method-assign]
    with pytest.raises(OutOfOrder, match="changed"):
        expire(log.paths, limits(PERIODS, TODAY), holding, log.tell)
    assert not list(log.paths.log.glob("*.new"))


def test_the_file_keeps_its_mode_and_drafts_of_a_crash_are_cleared_away(log: OpenLog) -> None:
    first = min(log.paths.log.glob("*.jsonl"))
    first.chmod(0o600)
    (log.paths.log / "2026-11-01.jsonl.new").write_text("d11h0x of a run that crashed")
    expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    assert first.stat().st_mode & 0o777 == 0o600
    assert not list(log.paths.log.glob("*.new"))


def test_a_place_to_go_on_from_that_lies_in_a_rewritten_day_is_found_again(tmp_path: Path) -> None:
    """Else a gate that starts would read its whole log first."""
    log = OpenLog(tmp_path)
    day = datetime(2026, 10, 20, 9, tzinfo=UTC)
    kinds = ("year-5", "heartbeat")
    for batch in range(3):
        log.write(
            Fact(kinds[n % 2], day + timedelta(seconds=9000 * batch + n), "x")  # type: ignore[arg-type]
            for n in range(8200)
        )
    log.write([Fact("heartbeat", day + timedelta(days=1), "x")])
    hint = _resume(log.paths.resume)
    assert hint is not None and hint.day == "2026-10-20" and hint.size >= 8200
    expire(log.paths, limits(PERIODS, date(2026, 11, 20)), Holding(), log.tell)
    log.close()
    placed = _placed(hint, log.paths.log)
    assert placed.offset < hint.offset
    read: list[bytes] = []
    real = __import__("bellgate.audit.log.recovery", fromlist=["leaf_of"]).leaf_of

    def counted(line: bytes) -> Any:
        read.append(line)
        return real(line)

    with mock.patch("bellgate.audit.log.recovery.leaf_of", counted):
        assert open_again_is_well(log.paths)
    assert len(read) < log.store.size - 8000
    assert verify_log(log.paths.log).ok


def test_a_place_that_is_nowhere_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "2026-10-20.jsonl").write_text("")
    assert _placed(Position("2026-10-20", 0, 9, 4000), tmp_path).offset == 0


def set_aside(log: OpenLog) -> OpenLog:
    """Break a log, so that opening puts it aside."""
    log.close()
    newest = max(log.paths.log.glob("*.jsonl"))
    newest.write_bytes(newest.read_bytes()[:-30])
    again = OpenLog(log.paths.log.parent)
    assert again.paths.log.with_name("log.1").is_dir()
    return again


def test_a_log_that_was_set_aside_is_emptied_too_and_in_the_end_removed(log: OpenLog) -> None:
    log = set_aside(log)
    aside = log.paths.log.with_name("log.1")
    wrong_before = {str(p) for p in verify_log(aside).problems}
    expire(log.paths, limits(PERIODS, TODAY), Holding(frozenset({"d3h0x"})), log.tell)
    assert {d.log for d in log.told} == {"log.1"}
    there = what_is_there(aside)
    assert "d3h0x" in there and "d4h0x" not in there and "d39h2x" in there
    assert {str(p) for p in verify_log(aside).problems} == wrong_before
    assert verify_log(log.paths.log).ok

    log.today = date(2028, 1, 1)
    expire(log.paths, limits(PERIODS, log.today), Holding(frozenset({"d3h0x"})), log.tell)
    assert "d3h0x" in what_is_there(aside) and "d39h0x" not in what_is_there(aside)
    expire(log.paths, limits(PERIODS, date(2028, 1, 1)), Holding(), log.tell)
    assert not aside.exists()
    assert log.told[-1].facts == {
        "log": "log.1", "removed": True, "why": "everything in it had been emptied",
    }  # fmt: skip
    log.close()
    assert verify_log(log.paths.log).ok


def test_an_empty_log_set_aside_is_evidence_of_what_was_taken(log: OpenLog) -> None:
    aside = log.paths.log.with_name("log.1")
    shutil.copytree(log.paths.log, aside)
    for path in aside.glob("2026*"):
        path.unlink()
    expire(log.paths, limits(PERIODS, date(2028, 1, 1)), Holding(), log.tell)
    assert aside.is_dir()


def test_a_pack_says_which_records_were_emptied(log: OpenLog, tmp_path: Path) -> None:
    expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
    files, _ = proof.parts_of(log.paths.log, range(150, 200))
    assert json.loads(files["proof.json"])["expired"] == []
    files, _ = proof.parts_of(log.paths.log, [0, 1, 199])
    assert json.loads(files["proof.json"])["expired"] == [0, 1]


def test_the_first_group_that_has_a_period_decides() -> None:
    def limit(before: str) -> Limit:
        return Limit("some time", f"2026-{before}T00:00:00.000000Z", f"2026-{before}")

    said = Limits({"pupils": limit("11-01"), "year-5": limit("10-01"), "staff": limit("09-01"),
                   "reviewers": limit("01-01"), "gate": limit("01-02")})  # fmt: skip
    when = "2026-10-15T00:00:00.000000Z"

    def why(roles: object, dataset: str = "bellgate.decision", **more: object) -> str | None:
        user = {"roles": roles}
        record = {"@timestamp": when, "event": {"dataset": dataset}, "user": user, **more}
        return said.why(record, "2020-10-15")

    assert why(["pupils"]) == "pupils: some time"
    assert why(["year-5", "pupils"]) is None
    assert why(["year-4", "pupils"]) == "pupils: some time"
    assert why(["staff"]) is None
    assert why(["guests"]) == why(None) == why([]) == "pupils: some time"
    # Nobody is in a group of that name: it is the gate's own period.
    assert why(["gate"]) == "pupils: some time"
    assert why([], "bellgate.gate") is None
    assert why([], "bellgate.gate", source={"ip": "10.77.10.3"}) == "pupils: some time"
    day = "2020-10-15"
    assert said.why({}, day) is None
    assert said.why({"@timestamp": "2020", "event": {}}, day) is None
    old = {"@timestamp": "2020-10-15T00:00:00.000000Z"}
    assert (
        said.why({**old, "event": {"dataset": "bellgate.gate", "action": "deleted"}}, day) is None
    )
    assert said.why({**old, "event": {"dataset": "bellgate.review"}}, day) == "reviewers: some time"
