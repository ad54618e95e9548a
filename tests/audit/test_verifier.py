"""verify.py in a stranger's hands: whatever the e-mail was saved as, whatever lies in the pack, and
what it says of records that are newer than the e-mail, or left out."""

import base64
import email.message
import html
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.verify.proof import parts_of
from bellgate.review.pack.material import gather
from tests.audit.test_crash import DAY
from tests.audit.test_packing import stranger
from tests.audit.test_tampering import change
from tests.audit.world import QUARTER_PAST_TEN, Clock, decision, fill, journal
from tests.review.afternoon import question

PERSON = {"person": "stf-0042"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Ten records of the teacher, then the e-mail left, then four more; a pupil's in between."""
    state = tmp_path / "state"
    log = fill(state, 10)
    shutil.copy(log / "checkpoint", tmp_path / "mailed")
    gate = journal(state)
    for n in range(4):
        at = QUARTER_PAST_TEN + timedelta(minutes=30 + n)
        gate.decision(decision(at=at, ip="10.77.10.9", mac=None), "block", "page")
        gate.decision(decision(at=at), "block", "page")
    gate.close()
    return state


@pytest.fixture
def mailed(state: Path, tmp_path: Path) -> Path:
    assert state.is_dir()
    return tmp_path / "mailed"


def theirs(state: Path) -> list[int]:
    lines = (state / "log" / DAY).read_bytes().splitlines()
    return [n for n, line in enumerate(lines) if b"stf-0042" in line or b'"deleted"' in line]


def packed(state: Path, chosen: list[int], to: Path, subject: dict[str, str] | None = None) -> Path:
    parts, _ = parts_of(state / "log", chosen, subject=subject or PERSON)
    to.mkdir()
    for name, content in parts.items():
        (to / name).write_bytes(content)
    return to


def test_it_says_how_many_are_proven_and_how_many_are_newer(
    state: Path, mailed: Path, tmp_path: Path
) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    code, said = stranger(pack, "--checkpoint", mailed)
    assert code == 0, said
    assert "10 of them are proven by the checkpoint of 10 records:" in said
    assert "Of the records of stf-0042, that is 10 of 14." in said
    assert "4 are newer, and proven only by the pack's own checkpoint: 11, 13, 15, 17." in said
    assert "It has the numbers 1 to 14 of stf-0042, and none is left out." in said
    assert "It does not show whether others before or after them are left out." in said


@pytest.mark.parametrize("left_out", [3, 11, 13])
@pytest.mark.parametrize("subject", [PERSON, {"device": "staff-laptop-07"}])
def test_a_record_left_out_is_missed(
    state: Path, mailed: Path, tmp_path: Path, left_out: int, subject: dict[str, str]
) -> None:
    chosen = [n for n in theirs(state) if n != left_out]
    pack = packed(state, chosen, tmp_path / "pack", subject)
    for words in ([], ["--checkpoint", mailed]):
        code, said = stranger(pack, *words)
        assert code == 1
        assert f"REFUSED: between the records {left_out - (1 if left_out == 3 else 2)} and" in said
        assert "the pack leaves records out" in said


def test_what_was_deleted_when_due_is_counted_apart(state: Path, tmp_path: Path) -> None:
    gate = journal(state, Clock(QUARTER_PAST_TEN + timedelta(days=90)))
    said = {"ranges": ["4-5"], "day": "2026-11-23", "why": "staff: 90 days"}
    gate.gate("deleted", "Emptied 2 records", at=QUARTER_PAST_TEN + timedelta(hours=1), **said)
    gate.decision(decision(at=QUARTER_PAST_TEN + timedelta(hours=2)), "block", "page")
    gate.close()

    def how(lines: list[bytes]) -> None:
        for n in (4, 5):
            lines[n] = expired_line(leaf_hash(lines[n][:-1])) + b"\n"

    change(state / "log" / DAY, how)
    pack = packed(state, theirs(state), tmp_path / "pack")
    code, told = stranger(pack)
    assert code == 0, told
    assert "It has the numbers 1 to 15 of stf-0042, and none is left out." in told
    assert "2 of these are not there: at least as many lines were deleted when due." in told
    # One more is not explained by that.
    chosen = [n for n in theirs(state) if n != 6]
    code, told = stranger(packed(state, chosen, tmp_path / "other"))
    assert (code, "2 of the lines between were deleted when due" in told) == (1, True), told


def mime(note: str, **content: str) -> bytes:
    mail = email.message.EmailMessage()
    mail["Subject"] = "Checkpoint"
    mail.set_content(note, **content)
    return bytes(mail)


def as_html(note: str) -> str:
    lines = "<br>\r\n".join(html.escape(line) for line in note.splitlines())
    return f"<html><body><p>Please keep <b>this</b>.</p><div>{lines}</div></body></html>"


def paragraphs(note: str) -> str:
    return "".join(f'<p class="MsoNormal"><span>{html.escape(x)}&nbsp;</span></p>\n'
                   for x in note.splitlines())  # fmt: skip


def quoted(note: str, times: int) -> str:
    return "".join(f"{'> ' * times}{line}\n" for line in note.splitlines())


def outlook(note: str) -> bytes:
    """An OLE file's signature, binary streams, and the body in UTF-16 among them."""
    body = f"Please keep this message.\r\n\r\n{note}".replace("\n", "\r\n")
    streams = bytes(range(256)) * 6
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + streams + body.encode("utf-16-le") + streams


def forwarded(note: str) -> bytes:
    mail = email.message.EmailMessage()
    mail.set_content("See below")
    inner = email.message.EmailMessage()
    inner.set_content(note)
    mail.add_attachment(inner)
    return bytes(mail)


SAVED: dict[str, Callable[[str], bytes]] = {
    "as .eml": mime,
    "as .eml of HTML": lambda note: mime(as_html(note), subtype="html", cte="base64"),
    "as .msg": outlook,
    "as HTML": lambda note: as_html(note).encode(),
    "as HTML by Word": lambda note: paragraphs(note).encode("cp1252", "replace"),
    "as UTF-16": lambda note: note.encode("utf-16"),
    "as UTF-16 without a mark": lambda note: note.encode("utf-16-le"),
    "as UTF-16 of HTML": lambda note: as_html(note).encode("utf-16"),
    "with a mark and Windows line ends": lambda note: (
        b"\xef\xbb\xbf" + note.replace("\n", "\r\n").encode()
    ),
    "quoted twice": lambda note: quoted(note, 2).encode(),
    "quoted twice and saved": lambda note: mime(quoted(note, 2), cte="quoted-printable"),
    "forwarded as an attachment": forwarded,
    "with old Mac line ends": lambda note: note.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("way", SAVED)
def test_the_e_mail_may_be_saved_in_any_way(
    state: Path, mailed: Path, tmp_path: Path, way: str
) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    (tmp_path / "saved").write_bytes(SAVED[way](mailed.read_text()))
    code, said = stranger(pack, "--checkpoint", tmp_path / "saved")
    assert (code, "proven by the checkpoint of 10 records" in said) == (0, True), said


def test_what_is_no_file_is_refused_at_once(state: Path, tmp_path: Path) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    for wrong in (tmp_path / "pipe", tmp_path / "folder", tmp_path / "huge", Path("/dev/zero")):
        code, said = stranger(pack, "--checkpoint", wrong)
        assert (code, said.startswith("REFUSED: ")) == (1, True), said
    for name in ("records.jsonl", "proof.json", "leaves", "checkpoint", "report.pdf"):
        whole = (pack / name).read_bytes() if (pack / name).exists() else None
        for put in (os.mkfifo, lambda p: p.symlink_to("/dev/zero")):
            (pack / name).unlink(missing_ok=True)
            put(pack / name)
            code, said = stranger(pack)
            assert (code, said.startswith("REFUSED: ")) == (1, True), (name, said)
        (pack / name).unlink()
        if whole is not None:
            (pack / name).write_bytes(whole)


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 1_000_000,
        b'{"size": ' + b"9" * 5_000_000 + b"}",
        b'{"a":' * 200_000,
    ],
)
def test_bombs_are_refused_in_words(state: Path, tmp_path: Path, bomb: bytes) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    (pack / "proof.json").write_bytes(bomb)
    code, said = stranger(pack)
    assert (code, said.startswith("REFUSED: ")) == (1, True), said


def test_an_e_mail_inside_of_a_thousand_others_is_no_way_to_stop_it(
    state: Path, tmp_path: Path
) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    (tmp_path / "deep").write_bytes(b"Content-Type: message/rfc822\n\n" * 20_000)
    (tmp_path / "tags").write_bytes(b"<" * 2_000_000)
    for name in ("deep", "tags"):
        code, said = stranger(pack, "--checkpoint", tmp_path / name)
        assert (code, said.startswith("REFUSED: ")) == (1, True), said


def test_it_prints_nothing_that_a_terminal_obeys(state: Path, tmp_path: Path) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    proof = json.loads((pack / "proof.json").read_bytes())
    proof["subject"] = {"person": "\x1b[2J\nEach record is proven é"}
    proof["damaged"] = ["\x1b]0;all is well\x07"]
    proof["size"] = "\x1b[31m"
    for fields in ({"subject": proof["subject"]}, {"damaged": proof["damaged"]}, proof):
        whole = json.loads((pack / "proof.json").read_bytes())
        (pack / "proof.json").write_text(json.dumps({**whole, **fields}))
        _, said = stranger(pack)
        assert said.isascii() and all(c.isprintable() or c == "\n" for c in said)


def test_a_checkpoint_of_nothing_of_ours_is_named_so(state: Path, tmp_path: Path) -> None:
    pack = packed(state, theirs(state), tmp_path / "pack")
    root = base64.b64encode(b"\0" * 32).decode()
    (tmp_path / "newer").write_text(f"bellgate/gateway\n999\n{root}\n")
    code, said = stranger(pack, "--checkpoint", tmp_path / "newer")
    assert (code, "newer than the pack" in said) == (1, True)


def test_a_count_that_was_written_after_midnight_is_no_gap_in_the_next_days_pack(
    tmp_path: Path,
) -> None:
    """It is timed at its last attempt, the evening before, and stands among the morning's."""
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    gate = journal(tmp_path / "state")
    for at in (5, -1, 36_000):
        when = midnight + timedelta(seconds=at)
        gate.decision(decision(at=when), "block", "page", at=when)
    gate.close()
    tuesday = replace(question(), first=midnight.date(), last=midnight.date())
    material = gather(tmp_path / "state" / "log", tuesday)
    assert [a.number for a in material.attempts] == [0, 2]
    pack = packed(tmp_path / "state", material.sequences, tmp_path / "pack")
    code, said = stranger(pack)
    assert code == 0 and "the numbers 1 to 3 of " in said


def test_what_only_the_pack_says_was_deleted_is_said_to_be_only_that(
    state: Path, tmp_path: Path
) -> None:
    """A log set aside has its deletions named in a later one; and anybody can write so."""
    pack = packed(state, [n for n in theirs(state) if n != 4], tmp_path / "pack")
    proof = json.loads((pack / "proof.json").read_bytes())
    (pack / "proof.json").write_text(json.dumps({**proof, "deleted_elsewhere": ["4-5"]}))
    code, said = stranger(pack)
    assert code == 0
    assert "1 of these are not there: at least as many lines were deleted when due." in said
    assert "For 1 of them only the pack says so: the record of it is in a later log." in said
