"""Every way of tampering against every tool: who finds it, who says that the e-mail is needed to
find it. Nobody may be silent.

    PYTHONPATH=addon python -m tests.cli.test_who_finds_what     prints the table
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from bellgate.audit import Journal, LogPaths, expired_line
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.note import Checkpoint, Signer, read
from bellgate.audit.log.tree import leaf_hash, root_of
from bellgate.cli.main import bellgate
from bellgate.running import editions
from bellgate.schedules.load import load
from tests.audit.test_tampering import change
from tests.cli.test_pack import MONDAY, WEEK, tried
from tests.lab.school import SAMPLE

TOOLS = (
    "audit verify", "… with the e-mail", "pack", "people export", "audit export",
    "verify.py", "… with the e-mail ",
)  # fmt: skip
FINDS, ASKS, NO_PACK = "finds it", "asks for the e-mail", "no pack"
SILENT = "SILENT"
DAY = "2026-11-23.jsonl"


@dataclass
class School:
    """A state folder, and what had left it after the first five records."""

    state: Path
    mailed: Path
    early: Path
    """The log as it was after three records."""

    @property
    def log(self) -> Path:
        return self.state / "log"


def make(top: Path) -> School:
    """Four attempts, a checkpoint that leaves, and three more."""
    state, loaded = top / "state", load(SAMPLE)
    assert loaded.policy is not None
    editions.keep(state, loaded.policy.edition.hash, loaded.files)

    def live(*minutes: int) -> None:
        assert loaded.policy is not None
        journal = Journal(LogPaths.of(state), loaded.policy.edition, lambda: MONDAY)
        for minute in minutes:
            tried(loaded.policy, journal, MONDAY + timedelta(hours=10, minutes=minute))
        assert journal.close() == 0

    live(0, 1)
    shutil.copytree(state / "log", top / "early")
    live(2, 30, 31)
    shutil.copy(state / "log" / "checkpoint", top / "mailed")
    live(32, 33, 34)
    return School(state, top / "mailed", top / "early")


# With no right but to write the files.
def flip_a_bit(school: School) -> None:
    change(school.log / DAY, lambda lines: _put(lines, 1, lines[1].replace(b"page", b"pagd", 1)))


def take_a_record_out(school: School) -> None:
    change(school.log / DAY, lambda lines: lines.__delitem__(2))


def double_a_record(school: School) -> None:
    change(school.log / DAY, lambda lines: lines.insert(2, lines[1]))


def swap_two_records(school: School) -> None:
    change(school.log / DAY, lambda lines: lines.__setitem__(slice(1, 3), [lines[2], lines[1]]))


def put_a_record_in(school: School) -> None:
    change(
        school.log / DAY, lambda lines: lines.insert(2, lines[1].replace(b"facebook", b"fakebo"))
    )


def empty_a_record(school: School) -> None:
    change(
        school.log / DAY,
        lambda lines: _put(lines, 2, expired_line(leaf_hash(lines[2][:-1])) + b"\n"),
    )


def change_a_record_and_its_hash(school: School) -> None:
    flip_a_bit(school)
    lines = (school.log / DAY).read_bytes().splitlines()
    [day] = days_of(school.log)
    day.leaves.write_bytes(b"".join(map(leaf_hash, lines)))


def change_a_hash(school: School) -> None:
    [day] = days_of(school.log)
    day.leaves.write_bytes(day.leaves.read_bytes()[:-1] + b"\0")


def cut_the_end(school: School) -> None:
    change(school.log / DAY, lambda lines: lines.__delitem__(slice(-2, None)))


def put_the_checkpoint_of_another_time(school: School) -> None:
    shutil.copy(school.early / "checkpoint", school.log / "checkpoint")


def roll_the_log_back(school: School) -> None:
    shutil.rmtree(school.log)
    shutil.copytree(school.early, school.log)


# With every right on the machine.
def roll_everything_back(school: School) -> None:
    roll_the_log_back(school)
    (school.state / "last-checkpoint").unlink()


def sign_a_changed_record(school: School) -> None:
    signed_anew(school, lambda records: records[1].__setitem__("message", "Nothing happened"))


def sign_without_a_record(school: School) -> None:
    signed_anew(school, lambda records: records.__delitem__(2))


def sign_a_late_record_changed(school: School) -> None:
    signed_anew(school, lambda records: records[-1].__setitem__("message", "Nothing happened"))


def sign_without_a_late_record(school: School) -> None:
    signed_anew(school, lambda records: records.__delitem__(-2))


def sign_a_deletion_before_its_time(school: School) -> None:
    def how(records: list[dict[str, Any]]) -> None:
        records.append(json.loads(json.dumps(records[-1])))
        records[-1]["event"] |= {"dataset": "bellgate.gate", "action": "deleted"}
        records[-1]["bellgate"] = {
            "day": "2026-11-23", "why": "staff: 90 days", "ranges": ["2"],
            "first": 2, "last": 2, "count": 1, "policy": "sha256:x",
        }  # fmt: skip

    signed_anew(school, how)
    empty_a_record(school)


def signed_anew(school: School, how: Callable[[list[dict[str, Any]]], None]) -> None:
    """The whole log written again and signed with the stolen key."""
    [day] = days_of(school.log)
    records = [json.loads(line) for line in day.lines.read_bytes().splitlines()]
    how(records)
    for n, record in enumerate(records):
        record["event"]["sequence"] = record["event"].pop("sequence", n) and n
    lines = [orjson.dumps(record) for record in records]
    leaves = [leaf_hash(line) for line in lines]
    day.lines.write_bytes(b"".join(line + b"\n" for line in lines))
    day.leaves.write_bytes(b"".join(leaves))
    origin = read((school.log / "checkpoint").read_text()).origin
    note = Signer.at(school.state / "secrets" / "log.key").sign(
        Checkpoint(origin, len(lines), root_of(leaves))
    )
    for place in (school.log / "checkpoint", school.state / "last-checkpoint"):
        place.write_text(note)
    for hint in ("resume", "counts"):
        (school.log / hint).unlink(missing_ok=True)


def _put(lines: list[bytes], at: int, line: bytes) -> None:
    assert lines[at] != line
    lines[at] = line


WAYS: tuple[Callable[[School], None], ...] = (
    flip_a_bit, take_a_record_out, double_a_record, swap_two_records, put_a_record_in,
    empty_a_record, change_a_record_and_its_hash, change_a_hash, cut_the_end,
    put_the_checkpoint_of_another_time, roll_the_log_back, roll_everything_back,
    sign_a_changed_record, sign_without_a_record, sign_a_late_record_changed,
    sign_without_a_late_record, sign_a_deletion_before_its_time,
)  # fmt: skip


def cell(status: int, said: str) -> str:
    """What a tool made of it."""
    if status:
        return FINDS
    asks = (
        "--checkpoint", "ONLY with itself", "came after it", "proven only by the pack's own",
    )  # fmt: skip
    return ASKS if any(word in said for word in asks) else SILENT


def row(school: School, top: Path) -> list[str]:
    """What each tool says of a log, the pack being made with --damaged where it must be."""

    def run(*words: object) -> tuple[int, str]:
        folders = ("--schedules", str(SAMPLE), "--state", str(school.state))
        done = CliRunner().invoke(bellgate, [*folders, *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    pack, export = top / "p.zip", ("people", "export", "stf-0042", "--output", top / "e.zip")
    words = ("pack", "--person", "stf-0042", *WEEK, "--output", pack)
    cells = [
        cell(*run("audit", "verify")),
        cell(*run("audit", "verify", "--checkpoint", school.mailed)),
        cell(*run(*words)),
        cell(*run(*export)),
        cell(*run("audit", "export", "--format", "csv", "--output", top / "records.csv")),
    ]
    if not pack.exists() and run(*words, "--damaged")[0]:
        return [*cells, NO_PACK, NO_PACK]
    return [*cells, *checked(pack, top, school.mailed)]


def checked(pack: Path, top: Path, mailed: Path) -> Iterator[str]:
    """What verify.py says of a zip, without and with the e-mail."""
    with zipfile.ZipFile(io.BytesIO(pack.read_bytes())) as archive:
        archive.extractall(top / "unzipped")
    verifier = top / "unzipped" / "p" / "verify.py"
    for words in ([], ["--checkpoint", str(mailed)]):
        command = [sys.executable, "-I", str(verifier), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        yield cell(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("whole")
    make(top)
    return top


def copied(whole: Path, to: Path) -> School:
    shutil.copytree(whole, to)
    return School(to / "state", to / "mailed", to / "early")


EARLY = [FINDS] * 5
BY_MAIL = [ASKS, FINDS, ASKS, ASKS, ASKS, ASKS, FINDS]
TABLE: dict[str, list[str]] = {
    # What nobody tampered with: each says how far it can tell.
    "leave_it_alone": [ASKS] * 7,
    "flip_a_bit": [*EARLY, NO_PACK, NO_PACK],
    "take_a_record_out": [*EARLY, NO_PACK, NO_PACK],
    "double_a_record": [*EARLY, NO_PACK, NO_PACK],
    "swap_two_records": [*EARLY, NO_PACK, NO_PACK],
    "put_a_record_in": [*EARLY, NO_PACK, NO_PACK],
    "empty_a_record": [*EARLY, FINDS, FINDS],
    "change_a_record_and_its_hash": [*EARLY, NO_PACK, NO_PACK],
    "change_a_hash": [*EARLY, FINDS, FINDS],
    "cut_the_end": [*EARLY, NO_PACK, NO_PACK],
    # A true one, and older: last-checkpoint still speaks for the rest. No pack is made of what it
    # does not cover; the record of the next export signs for all again.
    "put_the_checkpoint_of_another_time": [ASKS, ASKS, FINDS, FINDS, ASKS, ASKS, ASKS],
    "roll_the_log_back": [*EARLY, NO_PACK, NO_PACK],
    "roll_everything_back": BY_MAIL,
    "sign_a_changed_record": BY_MAIL,
    # Their own numbers have a gap, whoever signed it.
    "sign_without_a_record": [ASKS, FINDS, ASKS, ASKS, ASKS, FINDS, FINDS],
    # After the e-mail nothing but the log's own word speaks, and that is said.
    "sign_a_late_record_changed": [ASKS] * 7,
    "sign_without_a_late_record": [ASKS, ASKS, ASKS, ASKS, ASKS, FINDS, FINDS],
    "sign_a_deletion_before_its_time": [*EARLY, FINDS, FINDS],
}


def leave_it_alone(_: School) -> None:
    pass


@pytest.mark.parametrize("how", [leave_it_alone, *WAYS], ids=lambda how: how.__name__)
def test_no_tool_is_silent(whole: Path, tmp_path: Path, how: Callable[[School], None]) -> None:
    school = copied(whole, tmp_path / "school")
    how(school)
    cells = row(school, tmp_path)
    assert SILENT not in cells
    assert dict(zip(TOOLS, cells, strict=True)) == dict(
        zip(TOOLS, TABLE[how.__name__], strict=True)
    )


def test_every_way_is_in_the_table() -> None:
    assert [how.__name__ for how in (leave_it_alone, *WAYS)] == list(TABLE)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "whole")
        print(f"{'':36}" + "".join(f"{tool:22}" for tool in TOOLS))
        for n, each in enumerate((leave_it_alone, *WAYS)):
            trial = copied(Path(folder) / "whole", Path(folder) / str(n))
            each(trial)
            (Path(folder) / f"{n}.out").mkdir()
            found = row(trial, Path(folder) / f"{n}.out")
            print(f"{each.__name__:36}" + "".join(f"{tool:22}" for tool in found))
