"""Each record says the how-manieth of its device and of its person it is, whatever happens to the
log: restarts, crashes, days that end, deletions, and counts that were lost."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.audit import expire
from tests.audit.keeping import FIRST, KINDS, PERIODS, Fact, Holding, Kind, OpenLog, limits
from tests.audit.world import QUARTER_PAST_TEN, decision, fill, journal

OF: dict[Kind, dict[str, str]] = {
    "staff": {"device": "staff-laptop-07", "person": "stf-0042"},
    "year-5": {"device": "y5-laptop-03"},
}


def lines(log: Path) -> list[dict[str, Any]]:
    """Every line of every day, in order; `{"leaf": …}` where it was emptied."""
    days = sorted(log.glob("*.jsonl"))
    return [json.loads(text) for path in days for text in path.read_text().splitlines()]


def whose(record: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    nth = record.get("bellgate", {}).get("nth", {})
    if "device" in nth:
        yield "device", record["device"]["id"], nth["device"]
    if "person" in nth:
        yield "person", record["user"]["id"], nth["person"]


class History:
    """What a log lives through, and what was truly written to it."""

    def __init__(self, state: Path) -> None:
        self.state, self.at, self.log = state, FIRST, OpenLog(state)
        self.written: Counter[tuple[str, str]] = Counter()
        self.exact = True

    def write(self, kinds: list[Kind]) -> None:
        for _ in kinds:
            self.at += timedelta(minutes=7)
        before = len(lines(self.log.paths.log))
        self.log.write([Fact(kind, self.at, f"h{n}") for n, kind in enumerate(kinds)])
        for kind, line in zip(kinds, lines(self.log.paths.log)[before:], strict=True):
            wanted = OF.get(kind, {})
            said = {name: (of, nth) for name, of, nth in whose(line)}
            assert said.keys() == wanted.keys()
            for name, of in wanted.items():
                self.written[name, of] += 1
                assert said[name][0] == of
                if self.exact:
                    assert said[name][1] == self.written[name, of]

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)

    def restart(self) -> None:
        self.log.close()
        self.log = OpenLog(self.state)

    def crash(self) -> None:
        """The process ends with lines on the disk that no checkpoint covers, and a torn one."""
        batch = self.log.store.prepare([Fact("staff", self.at, "unsigned").line])
        for part in batch.parts:
            self.log.store._write_lines(part)
        *_, day = sorted(self.log.paths.log.glob("*.jsonl"))
        with day.open("ab") as file:
            file.write(b'{"torn')
        self.log.close()
        self.written.update(OF["staff"].items())
        self.log = OpenLog(self.state)

    def delete(self, days: int, held: str = "nothing") -> None:
        self.log.today = (self.at + timedelta(days=days)).date()
        holding = Holding(frozenset({held}))
        expire(self.log.paths, limits(PERIODS, self.log.today), holding, self.log.tell)

    def a_term_later(self) -> None:
        """Time passes, what is due is deleted, and the gate is started again."""
        self.pass_days(45)
        self.write(["heartbeat"])
        self.delete(1)
        self.pass_days(2)
        self.restart()

    def lose_counts(self) -> None:
        self.log.close()
        (self.log.paths.log / "counts").unlink()
        self.exact = self.exact and all("leaf" not in line for line in lines(self.log.paths.log))
        self.log = OpenLog(self.state)

    def check(self) -> None:
        """No number stands twice, and none is left out that was not emptied."""
        last: dict[tuple[str, str], tuple[int, int]] = {}
        emptied = 0
        for line in lines(self.log.paths.log):
            emptied += "leaf" in line
            for name, of, nth in whose(line):
                number, before = last.get((name, of), (0, 0))
                assert 0 <= nth - number - 1 <= emptied - before
                last[name, of] = nth, emptied


STEPS = st.one_of(
    st.tuples(st.just("write"), st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)),
    st.tuples(st.just("pass_days"), st.integers(0, 3)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("a_term_later")),
    st.tuples(st.just("crash")),
    st.tuples(st.just("delete"), st.integers(0, 60)),
    st.tuples(st.just("lose_counts")),
)


@settings(max_examples=120)
@given(st.lists(STEPS, min_size=4, max_size=24))
def test_the_numbers_are_right_after_anything(steps: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory(dir="/dev/shm") as folder:
        history = History(Path(folder))
        history.write(["staff", "year-5"])
        for name, *arguments in steps:
            getattr(history, name)(*arguments)
        history.write(["year-5", "staff", "staff"])
        history.check()
        history.log.close()


def test_what_was_deleted_is_counted_on_after_a_restart(tmp_path: Path) -> None:
    """The only record of each is gone, and the next is their second all the same."""
    history = History(tmp_path)
    history.write(["staff", "year-5"])
    history.a_term_later()
    assert ["leaf" in line for line in lines(tmp_path / "log")[:2]] == [True, True]
    history.write(["staff", "year-5"])
    numbers = [line["bellgate"]["nth"] for line in lines(tmp_path / "log")[-2:]]
    assert numbers == [{"device": 2, "person": 2}, {"device": 2}]


def test_counts_that_were_lost_leave_numbers_out_and_give_none_twice(tmp_path: Path) -> None:
    """Of three records of each that were deleted nobody knows whose they were."""
    history = History(tmp_path)
    history.write(["staff", "year-5"] * 3)
    history.a_term_later()
    history.write(["staff"])
    history.lose_counts()
    history.write(["staff", "year-5"])
    numbers = [line["bellgate"]["nth"] for line in lines(tmp_path / "log")[-2:]]
    assert numbers == [{"device": 5, "person": 5}, {"device": 7}]
    history.check()


def test_where_an_older_record_was_held_the_number_of_a_newer_one_is_not_given_again(
    tmp_path: Path,
) -> None:
    """A case holds the first of two; the second was deleted, and then the counts were lost."""
    history = History(tmp_path)
    history.write(["staff", "staff"])
    history.pass_days(45)
    history.write(["heartbeat"])
    history.delete(1, held="h0.")
    assert ["leaf" in line for line in lines(tmp_path / "log")[:2]] == [False, True]
    history.lose_counts()
    history.pass_days(2)
    history.write(["staff"])
    assert lines(tmp_path / "log")[-1]["bellgate"]["nth"] == {"device": 3, "person": 3}


def test_a_log_that_takes_the_place_of_a_broken_one_begins_anew(tmp_path: Path) -> None:
    log = fill(tmp_path, 3)
    day = log / "2026-11-23.jsonl"
    day.write_bytes(day.read_bytes().replace(b"facebook", b"fakebook", 1))
    anew = journal(tmp_path)
    anew.decision(decision(), "block", "page")
    anew.close()
    assert lines(log)[-1]["bellgate"]["nth"] == {"device": 1, "person": 1}


def test_what_is_nobodys_has_no_number(tmp_path: Path) -> None:
    log = journal(tmp_path)
    log.gate("started", "The gate started")
    log.review("viewed", "head looked", user="head", target="stf-0042")
    log.decision(decision(ip="10.77.10.9", mac=None), "block", "page")
    log.close()
    assert all("nth" not in line["bellgate"] for line in lines(tmp_path / "log"))


def test_counting_does_not_slow_the_writer(tmp_path: Path) -> None:
    """A tenth of what it may take for a record: 20,000 of them a second."""
    from bellgate.audit.log.line import line_of
    from bellgate.audit.record.record import decision_record

    open_log = OpenLog(tmp_path)
    record = decision_record(
        decision(at=QUARTER_PAST_TEN), "block", seen="page", clock="synchronised"
    )
    line = line_of(record)
    counted, plain = [line] * 5_000, [line._replace(device=None, person=None)] * 5_000

    def took(batch: Any) -> float:
        began = time.process_time()
        open_log.store.prepare(batch)
        return time.process_time() - began

    took(plain)
    times = [(took(counted), took(plain)) for _ in range(5)]
    assert min(c for c, _ in times) - min(p for _, p in times) < 5_000 * 5e-6
    open_log.close()
