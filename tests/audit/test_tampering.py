"""Any change to a log is found, and named with the file and line where it begins."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellgate.audit import expired_line
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import QUARTER_PAST_TEN, Clock, fill, journal

# 40 records an hour apart: three days, and the second has 24.
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FIRST, SECOND = "2026-11-23.jsonl", "2026-11-24.jsonl"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("good"), 40, START, each=3600)


@pytest.fixture
def log(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "log"))


def change(path: Path, how: Callable[[list[bytes]], None]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    how(lines)
    path.write_bytes(b"".join(lines))


def flip(path: Path, place: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def flip_in_line_5(lines: list[bytes]) -> None:
    lines[4] = lines[4].replace(b"facebook.com", b"facebook.con")


def take_out_line_5(lines: list[bytes]) -> None:
    del lines[4]


def take_out_lines_5_to_7(lines: list[bytes]) -> None:
    del lines[4:7]


def swap_lines_5_and_6(lines: list[bytes]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def swap_lines_5_and_9(lines: list[bytes]) -> None:
    lines[4], lines[8] = lines[8], lines[4]


def double_line_4(lines: list[bytes]) -> None:
    lines.insert(4, lines[3])


def put_in_a_line(lines: list[bytes]) -> None:
    lines.insert(4, lines[3].replace(b"facebook", b"fakebook"))


def cut_off_the_end(lines: list[bytes]) -> None:
    del lines[4:]


def tear_line_5(lines: list[bytes]) -> None:
    lines[4] = lines[4][:100]
    del lines[5:]


def empty_line_5(lines: list[bytes]) -> None:
    lines[4] = expired_line(leaf_hash(lines[4][:-1])) + b"\n"


TAMPERING = [
    (flip_in_line_5, "it was changed"),
    (take_out_line_5, "1 record is missing before this line"),
    (take_out_lines_5_to_7, "3 records are missing before this line"),
    (swap_lines_5_and_6, "it has changed places with line 6"),
    (swap_lines_5_and_9, "it has changed places with line 9"),
    (double_line_4, "it is a copy of the line before"),
    (put_in_a_line, "a line was put in here"),
    (cut_off_the_end, "20 records are missing at the end"),
    (tear_line_5, "the line breaks off"),
    (empty_line_5, "the line was emptied, and no record says why"),
]


def test_an_untouched_log_is_good(log: Path) -> None:
    result = verify_log(log)
    assert result.ok
    assert (result.size, result.problems, result.unsigned) == (40, (), 0)
    assert result.root == (log / "checkpoint").read_text().splitlines()[2]


@pytest.mark.parametrize(("how", "message"), TAMPERING)
def test_tampering_is_named_with_file_and_line(
    log: Path, how: Callable[[list[bytes]], None], message: str
) -> None:
    change(log / SECOND, how)
    result = verify_log(log)
    assert not result.ok
    assert (result.problems[0].file, result.problems[0].line) == (SECOND, 5)
    assert result.problems[0].message == message


@pytest.mark.parametrize(("how", "_"), TAMPERING[:6])
def test_it_is_found_by_its_number_or_the_checkpoint_where_the_hashes_were_made_to_fit(
    log: Path, how: Callable[[list[bytes]], None], _: str
) -> None:
    change(log / SECOND, how)
    leaves = [leaf_hash(text) for text in (log / SECOND).read_bytes().splitlines()]
    (log / SECOND).with_suffix(".leaves").write_bytes(b"".join(leaves))
    result = verify_log(log)
    assert not result.ok
    first = result.problems[0]
    assert (first.file, first.line) in {(SECOND, 5), ("checkpoint", 3)}


def test_the_end_of_a_log_cut_together_with_its_hashes_is_missed(log: Path) -> None:
    last = days_of(log)[-1]
    change(last.lines, lambda lines: lines.__delitem__(slice(-2, None)))
    last.leaves.write_bytes(last.leaves.read_bytes()[:-64])
    lines = len(last.lines.read_bytes().splitlines())
    result = verify_log(log)
    assert [(p.file, p.line) for p in result.problems] == [
        (last.lines.name, lines + 1),
        ("checkpoint", 2),
    ]


def test_a_missing_day_is_named(log: Path) -> None:
    (log / SECOND).unlink()
    assert str(verify_log(log).problems[0]) == (
        f"{SECOND}:1: the day's file is missing, with 24 records"
    )


def test_a_day_missing_with_its_hashes_is_noticed_at_the_next_line(log: Path) -> None:
    (log / SECOND).unlink()
    (log / SECOND).with_suffix(".leaves").unlink()
    first = verify_log(log).problems[0]
    assert (first.file, first.line) == ("2026-11-25.jsonl", 1)
    assert first.message == "records 9 to 32 are missing before this line"


@pytest.mark.parametrize(
    ("how", "line", "message"),
    [
        (lambda p: p.unlink(), 1, "the hashes are missing"),
        (
            lambda p: p.write_bytes(p.read_bytes()[:100]),
            4,
            "the hashes end here, but there are 24 records",
        ),
        (
            lambda p: p.write_bytes(p.read_bytes() + b"\0" * 32),
            25,
            "the hash does not match line 25",
        ),
        (lambda p: flip(p, 32 * 4 + 7), 5, "the hash does not match line 5"),
    ],
)
def test_hashes_that_were_changed_do_not_throw_suspicion_on_the_records(
    log: Path, how: Callable[[Path], None], line: int, message: str
) -> None:
    leaves = (log / SECOND).with_suffix(".leaves")
    how(leaves)
    (problem,) = verify_log(log).problems
    assert (problem.file, problem.line, problem.message) == (leaves.name, line, message)


def test_a_checkpoint_with_another_number_or_signature_is_bad(log: Path) -> None:
    note = log / "checkpoint"
    note.write_text(note.read_text().replace("\n40\n", "\n39\n"))
    assert [str(p) for p in verify_log(log).problems] == [
        "checkpoint:1: its signature does not fit its text"
    ]


def test_records_without_any_checkpoint_are_not_good(log: Path) -> None:
    (log / "checkpoint").unlink()
    result = verify_log(log)
    assert not result.ok
    assert "no checkpoint" in result.problems[0].message
    assert result.size == 40


@pytest.mark.parametrize("make", [False, True])
def test_no_log_and_an_empty_one_are_good_logs_of_nothing(tmp_path: Path, make: bool) -> None:
    if make:
        journal(tmp_path).close()
    result = verify_log(tmp_path / "log")
    assert (result.ok, result.size, result.problems) == (True, 0, ())


def test_an_old_checkpoint_that_left_the_machine_still_fits_the_longer_log(tmp_path: Path) -> None:
    log = fill(tmp_path, 10)
    anchor = tmp_path / "anchor"
    shutil.copy(log / "checkpoint", anchor)
    fill(tmp_path, 15)
    assert verify_log(log, anchor).ok
    assert verify_log(log, anchor).size == 25


def test_a_log_written_anew_with_the_stolen_key_does_not_fit_the_anchor(tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    shutil.copy(fill(tmp_path, 10) / "checkpoint", anchor)
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "last-checkpoint").unlink()
    log = fill(tmp_path, 10)
    assert verify_log(log).ok
    (problem,) = verify_log(log, anchor).problems
    assert (problem.file, problem.line) == (str(anchor), 3)
    assert problem.message == "the first 10 records are not the ones it signed"


def test_lines_put_after_the_checkpoint_must_carry_on_its_numbers(log: Path) -> None:
    last = days_of(log)[-1].lines
    change(last, lambda lines: lines.append(lines[-1]))
    lines = len(last.read_bytes().splitlines())
    (problem,) = verify_log(log).problems
    assert (problem.file, problem.line) == (last.name, lines)
    assert problem.message == "its number is 39, where 40 should come next"


def test_a_line_whose_time_was_up_is_good_only_where_a_record_says_so(tmp_path: Path) -> None:
    log = fill(tmp_path, 20)
    later = QUARTER_PAST_TEN + timedelta(days=30)
    gate = journal(tmp_path, Clock(later))
    said = {"first": 3, "last": 6, "day": "2026-11-23", "why": "pupils: 30 days"}
    gate.gate("deleted", "Records 3 to 6 were deleted, their time was up", **said)
    gate.close()

    def empty(*paths: int) -> None:
        def how(lines: list[bytes]) -> None:
            for n in paths:
                lines[n] = expired_line(leaf_hash(lines[n][:-1])) + b"\n"

        change(log / FIRST, how)

    empty(3, 4, 5, 6)
    assert verify_log(log).ok
    empty(7)
    (problem,) = verify_log(log).problems
    assert (problem.file, problem.line) == (FIRST, 8)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_flipped_bit_is_found(good: Path, data: st.DataObject) -> None:
    files = sorted(
        p for p in good.iterdir() if p.suffix in {".jsonl", ".leaves"} or p.name == "checkpoint"
    )
    path = data.draw(st.sampled_from(files))
    place = data.draw(st.integers(0, path.stat().st_size - 1))
    bit = data.draw(st.integers(0, 7))
    flip(path, place, bit)
    try:
        result = verify_log(good)
    finally:
        flip(path, place, bit)
    assert not result.ok
    first = result.problems[0]
    assert first.file == path.name
    if path.suffix == ".jsonl":
        assert first.line == 1 + path.read_bytes()[:place].count(b"\n")
    if path.suffix == ".leaves":
        assert first.line == 1 + place // 32


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bellgate.audit.verify.one_log.PROGRESS_EVERY", 10)
    told: list[tuple[int, int]] = []
    log = fill(tmp_path, 30)
    verify_log(log, progress=lambda read, total: told.append((read, total)))
    total = (log / FIRST).stat().st_size
    assert [t for _, t in told] == [total] * 3
    assert told[-1][0] == total
