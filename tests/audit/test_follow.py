"""Lines that are added while somebody watches: each is given once, and half a line is none yet."""

from pathlib import Path

from bellgate.audit.log.follow import Follower

LINE = b'{"message":"%d"}\n'


def said(follower: Follower) -> list[tuple[str, int, str]]:
    return [(e.file, e.line, (e.record or {})["message"]) for e in follower.new()]


def test_what_was_there_is_not_given_and_what_is_added_once(tmp_path: Path) -> None:
    day = tmp_path / "2026-11-23.jsonl"
    day.write_bytes(LINE % 1)
    follower = Follower(tmp_path)
    assert said(follower) == []
    with day.open("ab") as file:
        file.write(LINE % 2 + LINE % 3)
    assert said(follower) == [(day.name, 2, "2"), (day.name, 3, "3")]
    assert said(follower) == []


def test_half_a_line_is_given_when_it_is_whole(tmp_path: Path) -> None:
    day = tmp_path / "2026-11-23.jsonl"
    follower = Follower(tmp_path)
    day.write_bytes((LINE % 1)[:-4])
    assert said(follower) == []
    day.write_bytes(LINE % 1)
    assert said(follower) == [(day.name, 1, "1")]


def test_the_next_day_and_a_log_that_begins_afresh_are_followed(tmp_path: Path) -> None:
    day = tmp_path / "2026-11-23.jsonl"
    day.write_bytes(LINE % 1 + LINE % 2)
    follower = Follower(tmp_path)
    later = tmp_path / "2026-11-24.jsonl"
    later.write_bytes(LINE % 3)
    assert said(follower) == [(later.name, 1, "3")]
    day.write_bytes(LINE % 4)
    assert said(follower) == [(day.name, 1, "4")]
