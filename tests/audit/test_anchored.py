"""The ways to tamper with a log, each without and with a checkpoint that left the machine.

With one everything is found: by the command on the machine, and by a stranger who has a pack, the
e-mail, and a Python that knows nothing of ours.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bellgate.audit import LogPaths
from bellgate.audit.log.anchors import Leaving, letter_of
from bellgate.audit.log.day_files import days_of, leaf_of
from bellgate.audit.log.note import Checkpoint, Signer, read
from bellgate.audit.log.tree import root_of
from bellgate.audit.verify.one_log import verify_log
from bellgate.audit.verify.proof import CannotPack
from bellgate.outside.mail import MailServer
from tests.audit import test_tampering as ways
from tests.audit.world import fill, write_pack
from tests.cli.test_commands import bellgate

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND = "2026-11-24.jsonl"
EMPTY: dict[str, str] = {}


@dataclass(frozen=True)
class Found:
    """How a log is found: where `verify` says that it begins, if it finds it by itself."""

    alone: bool
    line: int | None = None


def by_lines(how: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    return lambda state: ways.change(state / "log" / SECOND, how)


def cut_the_tail(state: Path) -> None:
    """The last 5 lines and their hashes; the checkpoints stay."""
    last = days_of(state / "log")[-1]
    ways.change(last.lines, lambda lines: lines.__delitem__(slice(-5, None)))
    last.leaves.write_bytes(last.leaves.read_bytes()[: -5 * 32])


def cut_the_tail_and_delete_the_checkpoints(state: Path) -> None:
    cut_the_tail(state)
    (state / "log" / "checkpoint").unlink()
    (state / "last-checkpoint").unlink()


def put_back_an_older_state(state: Path) -> None:
    """All that lies on the machine, as it once was: what came later never was."""
    shutil.rmtree(state)
    shutil.copytree(state.with_name("older"), state)


def sign(state: Path) -> None:
    """What root can do: hash all anew, and sign it with the gate's own key."""
    leaves: list[bytes] = []
    for day in days_of(state / "log"):
        of_day = [leaf_of(line) for line in day.lines.read_bytes().splitlines()]
        day.leaves.write_bytes(b"".join(of_day))
        leaves += of_day
    paths = LogPaths.of(state)
    claimed = Checkpoint(read(paths.checkpoint.read_text()).origin, len(leaves), root_of(leaves))
    note = Signer.at(paths.key).sign(claimed)
    paths.checkpoint.write_text(note)
    paths.last_checkpoint.write_text(note)


def edit_and_sign(state: Path) -> None:
    ways.change(state / "log" / SECOND, ways.flip_in_line_5)
    sign(state)


def cut_and_sign(state: Path) -> None:
    cut_the_tail(state)
    sign(state)


def make_it_anew_with_a_new_key(state: Path) -> None:
    shutil.rmtree(state)
    fill(state, 40, START, each=3600)


TABLE = [
    (by_lines(ways.take_out_line_5), Found(True, 5)),
    (by_lines(ways.double_line_4), Found(True, 5)),
    (by_lines(ways.swap_lines_5_and_6), Found(True, 5)),
    (by_lines(ways.flip_in_line_5), Found(True, 5)),
    (cut_the_tail, Found(True)),
    (cut_the_tail_and_delete_the_checkpoints, Found(True)),
    (put_back_an_older_state, Found(False)),
    (edit_and_sign, Found(False)),
    (cut_and_sign, Found(False)),
    (make_it_anew_with_a_new_key, Found(False)),
]
NAMES = [
    "deleted", "doubled", "swapped", "bit-flipped", "tail-cut", "tail-cut-without-checkpoints",
    "rolled-back", "edited-and-signed", "cut-and-signed", "anew-with-a-new-key",
]  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state of 40 records, an older one of 35 of them, and the e-mail that left at the end."""
    top = tmp_path_factory.mktemp("original")
    fill(top / "state", 35, START, each=3600)
    shutil.copytree(top / "state", top / "older")
    log = fill(top / "state", 5, START.replace(day=25), each=60)
    note = (log / "checkpoint").read_text()
    letter = letter_of(Leaving(note, "Bury C of E Primary School", START))
    server = MailServer("gate@school.example", "mail.example")
    # As a mail program saves it whole; that it arrives so is test_anchors.py's business.
    saved = bytes(server.message(letter, ["head@school.example"])).replace(b"\n", b"\r\n")
    (top / "saved.eml").write_bytes(saved)
    return top


@pytest.fixture
def top(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


@pytest.mark.parametrize(("tamper", "found"), TABLE, ids=NAMES)
def test_every_way_is_found_once_a_checkpoint_left_the_machine(
    top: Path, tamper: Callable[[Path], None], found: Found
) -> None:
    state, mailed = top / "state", top / "saved.eml"
    assert verify_log(state / "log", mailed).ok
    tamper(state)
    assert verify_log(state / "log").ok is not found.alone

    done = bellgate("audit", "verify", "--state", state, "--checkpoint", mailed)
    assert done.returncode == 1
    assert f"The log in {state / 'log'} is NOT what was signed." in done.stdout
    if found.line is not None:
        assert done.stdout.startswith(f"{SECOND}:{found.line}: ")
    elif not found.alone:
        assert f"{mailed}:" in done.stdout

    # Nor does a pack of it convince anybody: none is made, or the stranger refuses it.
    try:
        write_pack(state / "log", [1, 12], top / "pack")
    except CannotPack:
        assert found.alone
    else:
        assert not found.alone
        code, said = run([sys.executable, "-I", "-S", "verify.py", "--checkpoint", mailed], top)
        assert (code, said.startswith("REFUSED: ")) == (1, True), said


def test_the_same_log_untouched_convinces(top: Path) -> None:
    mailed = top / "saved.eml"
    done = bellgate("audit", "verify", "--state", top / "state", "--checkpoint", mailed)
    assert done.returncode == 0
    write_pack(top / "state" / "log", [1, 12], top / "pack")
    assert run([sys.executable, "-I", "-S", "verify.py", "--checkpoint", mailed], top)[0] == 0


def run(words: list[str | Path], top: Path) -> tuple[int, str]:
    ran = subprocess.run(
        list(map(str, words)), cwd=top / "pack", env=EMPTY, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


class Stranger:
    """Another's machine: a bare environment elsewhere, no network, and nothing of ours."""

    def __init__(self, home: Path) -> None:
        self.home = home
        venv = [sys.executable, "-m", "venv", "--without-pip", home / "venv"]
        subprocess.run(venv, check=True, timeout=60)
        self.python = home / "venv" / "bin" / "python"

    def runs(self, *words: str | Path) -> tuple[int, str]:
        ran = subprocess.run(
            ["/usr/bin/unshare", "--net", str(self.python), *map(str, words)], cwd=self.home,
            env=EMPTY, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.stderr == ""
        return ran.returncode, ran.stdout

    def unpacks(self, archive: Path) -> Path:
        shutil.rmtree(self.home / "pack", ignore_errors=True)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(self.home / "pack")
        [folder] = (self.home / "pack").iterdir()
        return folder


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    return Stranger(tmp_path_factory.mktemp("elsewhere"))


def test_the_stranger_has_no_network_and_nothing_of_ours(stranger: Stranger) -> None:
    assert not str(stranger.home).startswith(os.fspath(Path.cwd()))
    look = (
        "import importlib.util as u, socket, os\n"
        "s = socket.socket()\n"
        "print([n for n in ('bellgate', 'cryptography', 'orjson', 'pip') if u.find_spec(n)],"
        "      s.connect_ex(('127.0.0.1', 25)) != 0, [n for _, n in socket.if_nameindex()])"
    )
    code, said = stranger.runs("-c", look)
    assert (code, said) == (0, "[] True ['lo']\n")


def change_a_byte(pack: Path) -> None:
    ways.flip(pack / "records.jsonl", 700)


def leave_a_line_out(pack: Path) -> None:
    ways.change(pack / "records.jsonl", lambda lines: lines.__delitem__(1))


@pytest.mark.parametrize("harm", [None, change_a_byte, leave_a_line_out])
def test_a_stranger_checks_the_zip_with_the_e_mail_alone(
    top: Path, stranger: Stranger, harm: Callable[[Path], None] | None
) -> None:
    write_pack(top / "state" / "log", [1, 12, 39], top / "case-7.zip")
    pack = stranger.unpacks(top / "case-7.zip")
    mailed = shutil.copy(top / "saved.eml", stranger.home / "saved.eml")
    if harm is not None:
        harm(pack)
    code, said = stranger.runs(pack / "verify.py", "--checkpoint", mailed)
    if harm is None:
        assert code == 0, said
        assert "3 of them are proven by the checkpoint of 40 records:" in said
    else:
        assert (code, said.startswith("REFUSED: ")) == (1, True), said


@pytest.mark.parametrize("tamper", [make_it_anew_with_a_new_key, edit_and_sign])
def test_a_stranger_refuses_a_pack_of_a_log_that_was_made_anew(
    top: Path, stranger: Stranger, tamper: Callable[[Path], None]
) -> None:
    tamper(top / "state")
    write_pack(top / "state" / "log", [1, 12], top / "case-7.zip")
    pack = stranger.unpacks(top / "case-7.zip")
    # By itself it is whole: it is the e-mail that convicts it.
    assert stranger.runs(pack / "verify.py")[0] == 0
    mailed = shutil.copy(top / "saved.eml", stranger.home / "saved.eml")
    code, said = stranger.runs(pack / "verify.py", "--checkpoint", mailed)
    assert code == 1
    assert "the log's first 40 records do NOT fit what was mailed" in said
