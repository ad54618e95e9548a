"""What the index takes for sound is what `audit verify` says is still as it was signed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.verify.covering import ByHashes, Walked, covered
from bellgate.audit.verify.one_log import verify_log
from bellgate.review.index.files import DayFile
from bellgate.review.index.reading import Reading
from tests.review.index.made import MINUTE, TEN, School, tried

Lines = list[bytes]
DAYS = 3


def sound_numbers(log: Path) -> list[int]:
    stands, found, first = covered(log, Walked()), list[int](), 0
    for number, files in enumerate(days_of(log)):
        if files.lines.exists():
            if isinstance(stands.cover, ByHashes):
                first = stands.cover.first[files.day]
            reading = Reading(files, DayFile(number, 1, files.day, first, first), stands.cover)
            found += [each.number for each in reading.lines() if each.sound]
            first = reading.file.end
    return sorted(found)


def change(lines: Lines) -> Lines:
    return [lines[0], lines[1].replace(b"Blocked", b"Allowed"), *lines[2:]]


def cut_out(lines: Lines) -> Lines:
    return [lines[0], *lines[3:]]


def put_in(lines: Lines) -> Lines:
    return [lines[0], b'{"event":{"sequence":99}}', *lines[1:]]


def swap(lines: Lines) -> Lines:
    return [lines[2], lines[1], lines[0], *lines[3:]]


def double(lines: Lines) -> Lines:
    return [lines[0], *lines]


def cut_the_end(lines: Lines) -> Lines:
    return lines[:2]


@pytest.mark.parametrize("day", range(DAYS))
@pytest.mark.parametrize("how", [change, cut_out, put_in, swap, double, cut_the_end])
@pytest.mark.parametrize("hashes", ["kept", "made anew", "gone"])
def test_the_same_records_are_sound(
    tmp_path: Path, how: Callable[[Lines], Lines], day: int, hashes: str
) -> None:
    school = School(tmp_path)
    for n in range(DAYS):
        school.write(*(tried(TEN + (n * 24 * 60 + k) * MINUTE) for k in range(5)))
    path = school.days()[day]
    lines = how(path.read_bytes().splitlines())
    path.write_bytes(b"\n".join([*lines, b""]))
    leaves = path.with_suffix(".leaves")
    if hashes == "made anew":
        leaves.write_bytes(b"".join(map(leaf_hash, lines)))
    elif hashes == "gone":
        leaves.unlink()
    result = verify_log(school.paths.log)
    assert not result.ok
    expected = [n for first, last in result.as_signed for n in range(first, last + 1)]
    assert sound_numbers(school.paths.log) == expected
    school.close()
