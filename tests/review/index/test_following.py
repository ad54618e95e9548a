"""The index follows the log: what is new, deleted, altered or set aside."""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from bellgate.audit import LogPaths, expire
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.verify.one_log import verify_log
from bellgate.review.index import Index, Search, following
from bellgate.review.index.database import Database
from tests.audit.keeping import Holding, OpenLog, limits
from tests.audit.world import LONDON, journal
from tests.review.index.made import (
    MINUTE,
    TEN,
    TERM,
    School,
    attempts_in,
    expected,
    facts_in,
    facts_of,
    gate,
    review,
    tried,
)

DAY = timedelta(days=1)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path / "state")
    yield made
    made.close()


def is_as_the_log(school: School) -> bool:
    """Whether the rows and the counts are those of what is in the log now."""
    wanted = [facts_of(visit) for visit in expected(attempts_in(school.paths.log))]
    rows = school.rows()
    anew = Index.open(school.state / "anew.sqlite", LONDON, lambda: TEN)
    anew.rebuild(school.paths)
    same = all(
        school.index.totals(TEN.date(), TEN.date() + timedelta(days=n))
        == anew.totals(TEN.date(), TEN.date() + timedelta(days=n))
        for n in range(-70, 70, 7)
    ) and school.index.on_record(*TERM) == anew.on_record(*TERM)
    anew.close()
    return same and [facts_in(row) for row in rows] == wanted


def altered(path: Path, old: bytes, new: bytes) -> None:
    """Change a file in place, and put its time back."""
    before = path.stat()
    content = path.read_bytes()
    assert old in content
    with path.open("r+b") as file:
        file.write(content.replace(old, new, 1))
        file.truncate()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_nothing_is_there_before_there_is_a_log(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index" / "index.sqlite", LONDON, lambda: TEN)
    assert index.follow(LogPaths.of(tmp_path)) == 0
    assert index.state().logs == () and not index.state().rebuilding
    assert (tmp_path / "index" / "index.sqlite").stat().st_mode & 0o777 == 0o640
    index.close()


def test_what_is_new_is_taken_in_and_nothing_twice(school: School) -> None:
    school.write(tried(TEN), tried(TEN + MINUTE))
    assert school.follow() == 2
    assert school.follow() == 0
    school.write(tried(TEN + 2 * MINUTE), gate("heartbeat", TEN + 2 * MINUTE))
    assert school.reopened().follow() == 2
    [row] = school.rows()
    assert (row.number, row.times, row.first, row.last) == (0, 3, TEN, TEN + 2 * MINUTE)
    [log] = school.index.state().logs
    assert (log.size, log.signed, log.newest, log.problem) == (4, 4, TEN + 2 * MINUTE, None)


def test_put_in_order_it_says_the_same_to_whoever_has_it_open(school: School) -> None:
    for n in range(30):
        school.write(tried(TEN + n * DAY), tried(TEN + n * DAY + MINUTE, device="y5-laptop-03"))
    school.follow()
    before, reader = school.rows(), school.opened()
    file = school.state / "index" / "index.sqlite"
    other = Database.open(file, LONDON, readonly=False)
    other.put_in_order()
    other.close()
    assert school.rows() == before == list(reader.every_visit(Search()))
    reader.close()
    # It goes on being followed.
    school.write(tried(TEN + 31 * DAY)).follow()
    assert is_as_the_log(school)
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_visit_leads_to_its_lines(school: School) -> None:
    school.write(tried(TEN), gate("heartbeat", TEN), tried(TEN + MINUTE)).follow()
    [row] = school.rows()
    lines = school.index.lines(school.paths, row)
    assert [line.number for line in lines] == [0, 2]
    assert [line.file for line in lines] == ["2026-11-23.jsonl"] * 2
    [first, last] = [line.record for line in lines]
    assert first is not None and last is not None
    assert first["event"]["sequence"] == 0 and last["event"]["sequence"] == 2
    assert school.index.visit(row.day, row.number) == row
    assert school.index.visit(row.day, 1) is None


def test_a_record_that_is_not_signed_yet_is_not_there_yet(school: School) -> None:
    school.write(tried(TEN)).follow()
    [path] = school.days()
    signed = path.read_bytes()
    path.write_bytes(signed + signed.replace(b'"sequence":0', b'"sequence":1'))
    assert school.follow() == 0
    assert [row.times for row in school.rows()] == [1]


def test_what_is_deleted_when_due_leaves_the_index_too(school: School) -> None:
    """The staff's records of October go, the others of those days stay; so do the counts."""
    school.log.today = date(2026, 12, 1)
    for n in range(4):
        at = TEN + n * DAY
        school.write(
            tried(at), tried(at + MINUTE, device="y5-laptop-03", person=None),
            tried(at + 2 * MINUTE), gate("heartbeat", at), review("viewed", at, target="stf-0042"),
        )  # fmt: skip
    school.follow()
    assert len(school.rows(person="stf-0042")) == 4
    periods = {"staff": 6, "pupils": 30, "guests": 30, "reviewers": 30, "gate": 30}
    outcome = expire(school.paths, limits(periods, date(2026, 12, 1)), Holding(), school.log.tell)
    assert outcome.emptied > 0
    assert verify_log(school.paths.log).ok
    school.follow()
    assert is_as_the_log(school)
    [log] = school.index.state().logs
    assert (log.unsound, log.problem) == (0, None)


def test_a_name_that_nothing_speaks_of_is_not_kept(school: School) -> None:
    school.log.today = date(2026, 12, 1)
    school.write(tried(TEN, device="laptop-of-a-leaver", person="stf-left"))
    school.write(tried(TEN + DAY), tried(TEN + 2 * DAY)).follow()
    periods = {"staff": 8, "pupils": 8, "guests": 8, "reviewers": 30, "gate": 30}
    expire(school.paths, limits(periods, date(2026, 12, 1)), Holding(), school.log.tell)
    school.follow()
    assert school.index.on_record(*TERM).persons == ("stf-0042",)
    school.index.close()
    files = [p for p in (school.state / "index").iterdir() if p.suffix == ".sqlite"]
    content = b"".join(path.read_bytes() for path in files)
    assert b"stf-left" not in content and b"laptop-of-a-leaver" not in content
    assert b"stf-0042" in content
    school.index = school.opened()


def test_a_visit_over_midnight_loses_only_the_deleted_day(school: School) -> None:
    late = TEN.replace(hour=23, minute=58)
    school.log.today = date(2026, 12, 1)
    school.write(tried(late), tried(late + MINUTE), tried(late + 3 * MINUTE))
    school.write(tried(late + 5 * DAY)).follow()
    assert [row.records for row in school.rows()] == [1, 3]
    periods = {"staff": 8, "pupils": 8, "guests": 8, "reviewers": 30, "gate": 30}
    expire(school.paths, limits(periods, date(2026, 12, 1)), Holding(), school.log.tell)
    school.follow()
    assert [row.records for row in school.rows()] == [1, 1]
    assert is_as_the_log(school)


def test_a_line_that_was_altered_is_shown_and_not_counted(school: School) -> None:
    """Somebody makes a page of a background request of yesterday, and puts the file's time back."""
    school.write(tried(TEN, seen="background"), tried(TEN + MINUTE, seen="background"))
    school.write(tried(TEN + DAY)).follow()
    first, _ = school.days()
    altered(first, b'"seen":"background"', b'"seen":"page"')
    school.follow()
    [newest, sound, forged] = school.rows()
    assert [row.sound for row in (newest, sound, forged)] == [True, True, False]
    assert forged.grade == "page" and forged.number < 0
    assert (sound.times, sound.grade) == (1, "background")
    week = school.index.totals(date(2026, 11, 23), date(2026, 11, 29))
    assert (week.whole.page, week.whole.background) == (0, 1)
    assert school.index.count(Search()).unsound == 1
    [log] = school.index.state().logs
    assert log.unsound == 1 and log.problem == "1 line is not what was signed"
    [line] = school.index.lines(school.paths, forged)
    assert line.record is not None and line.record["bellgate"]["seen"] == "page"


def test_what_was_altered_and_is_put_right_is_sound_again(school: School) -> None:
    school.write(tried(TEN, seen="background"), tried(TEN + DAY)).follow()
    first, _ = school.days()
    kept = first.read_bytes()
    altered(first, b"background", b"page")
    school.follow()
    first.write_bytes(kept)
    school.follow()
    assert is_as_the_log(school) and all(row.sound for row in school.rows())


def test_today_is_looked_at_again_when_it_is_over(school: School) -> None:
    """While a day's file grows, its own time says nothing: a hand that altered it is seen then."""
    school.write(tried(TEN, seen="background")).follow()
    [today] = school.days()
    altered(today, b'"seen":"background"', b'"seen":"embedded"  ')
    school.write(tried(TEN + MINUTE)).follow()
    school.write(tried(TEN + DAY)).follow()
    assert sorted(row.sound for row in school.rows()) == [False, True, True]


@pytest.mark.parametrize(
    "line",
    [b"[]", b"{}", b'{"event":{"dataset":"bellgate.decision","sequence":1}}', b"\xff",
     b'{"event":{"dataset":7}}', b'{"@timestamp":{},"event":{"dataset":"bellgate.gate"}}'],
)  # fmt: skip
def test_what_is_no_record_at_all_is_counted_and_no_more(school: School, line: bytes) -> None:
    school.write(tried(TEN), tried(TEN + MINUTE), tried(TEN + DAY)).follow()
    first, _ = school.days()
    lines = first.read_bytes().splitlines()
    first.write_bytes(b"\n".join([lines[0], line, b""]))
    school.follow()
    assert [row.times for row in school.rows() if row.sound] == [1, 1]
    assert school.index.state().logs[0].unsound == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bellgate", "repeat"), 1 << 70), (("bellgate", "repeat"), "many"),
        (("device", "id"), ["a"]), (("user", "roles"), "staff"), (("event", "action"), "shot"),
        (("@timestamp",), "2026-11-23"), (("event", "duration"), 1 << 80),
        (("bellgate", "seen"), {}), (("rule", "name"), None), (("user", "id"), {"x": 1}),
        (("message",), 7), (("event", "sequence"), -5), (("event", "sequence"), 1 << 90),
    ],
)  # fmt: skip
def test_a_forged_line_may_hold_anything_anywhere(
    school: School, path: tuple[str, ...], value: object
) -> None:
    school.write(tried(TEN), tried(TEN + MINUTE), tried(TEN + DAY)).follow()
    first, _ = school.days()
    kept, forged = first.read_bytes().splitlines()
    record = json.loads(forged)
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    first.write_bytes(kept + b"\n" + json.dumps(record).encode() + b"\n")
    school.follow()
    assert [row.times for row in school.rows() if row.sound] == [1, 1]
    assert school.index.state().logs[0].unsound == 1
    school.index.totals(date(2026, 11, 23), date(2026, 11, 29))


def test_a_copied_line_counts_once(school: School) -> None:
    school.write(tried(TEN), tried(TEN + MINUTE), tried(TEN + DAY)).follow()
    first, _ = school.days()
    one, two = first.read_bytes().splitlines()
    first.write_bytes(b"\n".join([one, one, two, b""]))
    school.follow()
    assert sum(row.times for row in school.rows() if row.sound) == 3
    assert school.index.state().logs[0].unsound == 1


def test_lines_that_changed_places_count_once_each(school: School) -> None:
    school.write(*(tried(TEN + n * MINUTE) for n in range(4)), tried(TEN + DAY)).follow()
    first, _ = school.days()
    one, two, three, four = first.read_bytes().splitlines()
    first.write_bytes(b"\n".join([three, two, one, four, b""]))
    school.follow()
    assert sum(row.times for row in school.rows() if row.sound) == 5
    assert school.index.state().logs[0].unsound == 0


def test_lines_that_were_cut_out_are_missed(school: School) -> None:
    school.write(*(tried(TEN + n * MINUTE) for n in range(4)), tried(TEN + DAY)).follow()
    first, _ = school.days()
    one, _, _, four = first.read_bytes().splitlines()
    first.write_bytes(b"\n".join([one, four, b""]))
    school.follow()
    assert sum(row.times for row in school.rows()) == 3
    assert school.index.state().problems == ("log: 2 lines are missing",)


def test_a_day_of_no_lines_is_passed_over(school: School) -> None:
    school.write(tried(TEN)).write(tried(TEN + DAY)).follow()
    (school.paths.log / "2026-11-20.jsonl").touch()
    (school.paths.log / "2026-11-20.leaves").touch()
    file = school.state / "index" / "index.sqlite-wal"
    assert school.follow() == 0
    before = file.stat().st_mtime_ns
    assert school.follow() == 0
    assert file.stat().st_mtime_ns == before
    assert is_as_the_log(school)


def test_a_file_that_takes_its_place_while_a_day_is_closed_is_seen(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night's deletion may put its file there in the very moment."""
    school.write(tried(TEN)).follow()
    school.write(tried(TEN + DAY))
    school.log.today = date(2026, 12, 1)
    periods = {"staff": 8, "pupils": 30, "guests": 30, "reviewers": 30, "gate": 30}
    whole = following.looked_at_again

    def and_then_deleted(*arguments):  # type: ignore[no-untyped-def]
        found = whole(*arguments)
        expire(school.paths, limits(periods, date(2026, 12, 1)), Holding(), school.log.tell)
        return found

    monkeypatch.setattr(following, "looked_at_again", and_then_deleted)
    school.follow()
    monkeypatch.undo()
    school.follow()
    assert is_as_the_log(school)
    assert [row.first for row in school.rows()] == [TEN + DAY]


def test_a_line_put_in_today_costs_no_record_its_place(school: School) -> None:
    """The log goes on behind it, and it is not read from its beginning each time."""
    school.write(tried(TEN), tried(TEN + MINUTE))
    [today] = school.days()
    one, two = today.read_bytes().splitlines()
    today.write_bytes(b"\n".join([one, one.replace(b"Blocked", b"Allowed"), two, b""]))
    assert school.follow() == 3
    assert school.follow() == 0
    assert [(row.sound, row.records) for row in school.rows()] == [(True, 2), (False, 1)]
    [log] = school.index.state().logs
    assert (log.size, log.signed, log.unsound) == (2, 2, 1)


def test_a_day_that_is_gone_is_gone_here_too(school: School) -> None:
    school.write(tried(TEN)).write(tried(TEN + DAY)).follow()
    first, _ = school.days()
    first.unlink()
    school.follow()
    assert [row.day for row in school.rows()] == [date(2026, 11, 24)]


def test_a_line_changed_with_the_hash_beside_it_is_found(school: School) -> None:
    """Of what such a log still proves nothing is known, and every row says so."""
    school.write(tried(TEN, seen="background"), tried(TEN + DAY)).follow()
    first, _ = school.days()
    altered(first, b'"background"', b'"page"')
    line = first.read_bytes().removesuffix(b"\n")
    first.with_suffix(".leaves").write_bytes(leaf_hash(line))
    school.follow()
    assert [row.sound for row in school.rows()] == [False, False]
    [log] = school.index.state().logs
    assert log.problem is not None and "do not lead to its checkpoint" in log.problem


def test_the_same_of_a_day_that_was_still_growing(school: School) -> None:
    school.write(tried(TEN, seen="background")).follow()
    [today] = school.days()
    altered(today, b'"background"', b'"page"      ')
    today.with_suffix(".leaves").write_bytes(leaf_hash(today.read_bytes().removesuffix(b"\n")))
    school.write(tried(TEN + MINUTE)).follow()
    school.write(tried(TEN + DAY)).follow()
    assert {row.sound for row in school.rows()} == {False}


def test_a_hash_alone_that_was_altered_throws_no_suspicion_on_lines(school: School) -> None:
    school.write(tried(TEN), tried(TEN + DAY)).follow()
    first, _ = school.days()
    first.with_suffix(".leaves").write_bytes(bytes(32))
    school.index.rebuild(school.paths)
    assert [row.sound for row in school.rows()] == [True, True]
    assert school.index.state().logs[0].problem is not None


def test_a_log_out_of_order_is_not_read_from_its_beginning_every_two_seconds(
    school: School,
) -> None:
    school.write(tried(TEN), tried(TEN + DAY))
    school.days()[0].with_suffix(".leaves").write_bytes(bytes(32))
    assert school.follow() == 2
    school.write(tried(TEN + DAY + MINUTE))
    assert school.follow() == 0
    school.now += 11 * MINUTE
    assert school.follow() == 3
    school.now += 11 * MINUTE
    assert school.follow() == 0


def test_a_log_that_was_set_aside_stays_beside_the_new_one(tmp_path: Path) -> None:
    """Put back to yesterday, the gate sets its log aside and starts another from 0."""
    state = tmp_path / "state"
    first = journal(state)
    first.submit(tried(TEN))
    first.flush()
    shutil.copytree(state / "log", tmp_path / "yesterday")
    first.submit(tried(TEN + 10 * MINUTE))
    assert first.close() == 0
    index = Index.open(state / "index" / "index.sqlite", LONDON, lambda: TEN)
    paths = LogPaths.of(state)
    index.follow(paths)
    shutil.rmtree(state / "log")
    shutil.copytree(tmp_path / "yesterday", state / "log")
    after = journal(state)
    after.submit(tried(TEN + 20 * MINUTE))
    assert after.close() == 0
    index.follow(paths)
    rows = [(row.log, row.first) for row in index.every_visit(Search())]
    assert rows == [("log", TEN + 20 * MINUTE), ("log.1", TEN)]
    assert {log.log for log in index.state().logs} == {"log", "log.1"}
    shutil.rmtree(state / "log.1")
    index.follow(paths)
    assert [row.log for row in index.every_visit(Search())] == ["log"]
    index.close()


def put_back(kept: Path, log: Path, *, in_place: bool) -> None:
    """Put a log back to what it was: by other files, or by the same ones with the old bytes."""
    if not in_place:
        shutil.rmtree(log)
        shutil.copytree(kept, log)
    for path in kept.iterdir():
        (log / path.name).write_bytes(path.read_bytes())
    shutil.copy(kept / "checkpoint", log.with_name("last-checkpoint"))


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("later", [30 * MINUTE, DAY])
def test_a_log_put_back_and_grown_again_is_taken_in_anew(
    school: School, tmp_path: Path, in_place: bool, later: timedelta
) -> None:
    """Other records under the same name and numbers: nothing of the first ones may stay."""
    school.write(tried(TEN)).follow()
    kept = tmp_path / "kept"
    shutil.copytree(school.paths.log, kept)
    school.write(tried(TEN + MINUTE)).follow()
    assert [row.records for row in school.rows()] == [2]
    school.log.close()
    put_back(kept, school.paths.log, in_place=in_place)
    school.log = OpenLog(school.state)
    # Of the same length: nothing but what the lines say is different.
    school.write(tried(TEN + MINUTE, device="staff-laptop-08"), tried(TEN + later)).follow()
    assert is_as_the_log(school)


def test_a_crash_within_a_batch_leaves_the_one_before(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bellgate.review.index import reading, writing

    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr(reading.Reading.lines, "__defaults__", (2,))
    school.write(*(tried(TEN + n * 10 * MINUTE) for n in range(6)))
    calls = iter(range(10))
    whole = writing.Writing.take

    def dies(self, *arguments):  # type: ignore[no-untyped-def]
        whole(self, *arguments)
        if next(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(writing.Writing, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        school.follow()
    assert len(school.rows()) == 2
    assert school.index.totals(date(2026, 11, 23), date(2026, 11, 29)).whole.whole == 2
    assert school.index.state().behind == 4 or school.index.state().rebuilding
    assert school.reopened().follow() == 4
    assert is_as_the_log(school)


def test_an_index_of_another_version_or_no_index_at_all_is_rebuilt(school: School) -> None:
    import sqlite3

    school.write(tried(TEN)).follow()
    school.index.close()
    file = school.state / "index" / "index.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE name = 'version'")
        connection.execute("CREATE TABLE of_old (id INTEGER)")
    connection.close()
    school.index = school.opened()
    assert school.index.state().rebuilding and school.rows() == []
    assert school.follow() == 1 and len(school.rows()) == 1
    school.index.close()
    file.write_bytes(b"nothing of the kind" * 1000)
    school.index = school.opened()
    assert school.follow() == 1 and len(school.rows()) == 1


def test_a_damaged_index_is_taken_in_anew(school: School) -> None:
    """Its first pages are whole, so it opens; what comes after them is not."""
    school.write(*(tried(TEN + n * 10 * MINUTE) for n in range(50))).follow()
    school.index.close()
    file = school.state / "index" / "index.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))
    school.index = school.opened()
    school.write(tried(TEN + 600 * MINUTE))
    assert school.follow() == 51
    assert is_as_the_log(school)


def test_two_who_follow_the_same_log_do_not_count_twice(school: School) -> None:
    other = school.opened()
    school.write(tried(TEN)).follow()
    assert other.follow(school.paths) == 0
    school.write(tried(TEN + MINUTE))
    assert other.follow(school.paths) == 1
    school.write(tried(TEN + 2 * MINUTE)).follow()
    assert [row.times for row in school.rows()] == [3]
    other.close()
    assert is_as_the_log(school)


def test_who_may_only_read_cannot_write(school: School) -> None:
    school.write(tried(TEN)).follow()
    place = school.state / "index" / "index.sqlite"
    reader = Index.open(place, LONDON, lambda: TEN, readonly=True)
    assert reader.visits(Search()).total == 1
    with pytest.raises(OSError):
        reader.rebuild(school.paths)
    reader.close()
    with pytest.raises(OSError):
        Index.open(school.state / "none.sqlite", LONDON, lambda: TEN, readonly=True)


def test_progress_is_told_in_bytes(school: School) -> None:
    school.write(*(tried(TEN + n * MINUTE) for n in range(5)))
    told: list[tuple[int, int]] = []
    school.index.rebuild(school.paths, lambda done, whole: told.append((done, whole)))
    size = school.days()[0].stat().st_size
    assert told == [(size, size)]
