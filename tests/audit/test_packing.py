"""A pack is checked by a stranger with one file, against a checkpoint that left the machine."""

import ast
import email.message
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.verify.proof import CannotPack
from tests.audit.agreement import cases, ours_accepts
from tests.audit.independent import pack_is_good
from tests.audit.test_crash import DAY
from tests.audit.world import QUARTER_PAST_TEN, fill, write_pack

VERIFIER = Path("addon/bellgate/audit/verify/verify.py")


def stranger(pack: Path, *arguments: object) -> tuple[int, str]:
    """verify.py as the pack brings it, on a Python that knows nothing of ours."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *map(str, arguments)],
        cwd=pack,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


@pytest.fixture
def mailed(tmp_path: Path) -> Path:
    """A log of 30 records, of which 20 were there when the checkpoint left."""
    log = fill(tmp_path / "state", 20)
    shutil.copy(log / "checkpoint", tmp_path / "mailed")
    fill(tmp_path / "state", 10, start=QUARTER_PAST_TEN + timedelta(hours=20))
    return tmp_path / "mailed"


def test_the_verifier_is_one_short_file_that_needs_python_alone() -> None:
    text = VERIFIER.read_text()
    assert text.count("\n") < 350
    for node in ast.walk(ast.parse(text, feature_version=(3, 8))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_pack_is_proven_by_the_mailed_checkpoint_and_without_it_only_by_itself(
    tmp_path: Path, mailed: Path
) -> None:
    pack = tmp_path / "pack"
    assert write_pack(tmp_path / "state" / "log", {3, 0, 19}, pack).size == 30
    written = (tmp_path / "state" / "log" / DAY).read_bytes().splitlines(keepends=True)
    assert (pack / "records.jsonl").read_bytes() == written[0] + written[3] + written[19]

    code, said = stranger(pack, "--checkpoint", mailed)
    assert (code, said.splitlines()) == (
        0,
        [
            "This pack holds 3 of the 30 records of the log bellgate/gateway.",
            "3 of them are proven by the checkpoint of 20 records:",
            "each is, byte for byte, what it was when that left the machine.",
            "It does not show whether records were left out: these carry no numbers of their own.",
            "Only records.jsonl was checked: NOT report.pdf, nor any other file in the pack.",
        ],
    )
    code, said = stranger(pack)
    assert (code, "ONLY with itself" in said) == (0, True)


def test_it_speaks_of_the_records_alone_and_tells_what_the_report_must_be(
    tmp_path: Path, mailed: Path
) -> None:
    """A forged report lies in the pack beside records that are as they were."""
    write_pack(tmp_path / "state" / "log", [3], tmp_path / "pack")
    (tmp_path / "pack" / "report.pdf").write_bytes(b"forged")
    for given in ([], ["--checkpoint", mailed]):
        code, said = stranger(tmp_path / "pack", *given)
        assert code == 0
        assert "Only records.jsonl was checked: NOT report.pdf, nor any other file" in said
        assert f"report.pdf has the SHA-256 {sha256(b'forged').hexdigest()}:" in said
        assert "report_sha256 in the log's own record of this pack" in said


def test_a_zip_holds_the_same(tmp_path: Path, mailed: Path) -> None:
    write_pack(tmp_path / "state" / "log", [1], tmp_path / "case-7.zip")
    with zipfile.ZipFile(tmp_path / "case-7.zip") as archive:
        archive.extractall(tmp_path / "out")
    assert stranger(tmp_path / "out" / "case-7", "--checkpoint", mailed)[0] == 0
    assert "verify.py needs Python 3.8" in (tmp_path / "out/case-7/README.txt").read_text()


def as_mail(note: str, transfer: str) -> bytes:
    """As a mail program saves it: encoded, with a text before it and Windows line ends."""
    mail = email.message.EmailMessage()
    mail["Subject"] = "Checkpoint"
    mail.set_content(f"Please keep this.\n\n{note}\nBellgate – it’s kept", cte=transfer)
    return bytes(mail).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("transfer", ["base64", "quoted-printable", "8bit"])
def test_the_mail_may_be_saved_as_it_is(tmp_path: Path, mailed: Path, transfer: str) -> None:
    write_pack(tmp_path / "state" / "log", [1], tmp_path / "pack")
    (tmp_path / "saved.eml").write_bytes(as_mail(mailed.read_text(), transfer))
    assert stranger(tmp_path / "pack", "--checkpoint", tmp_path / "saved.eml")[0] == 0


def test_the_note_may_be_quoted_in_an_answer(tmp_path: Path, mailed: Path) -> None:
    write_pack(tmp_path / "state" / "log", [1], tmp_path / "pack")
    quoted = "".join(f"> {line}\n" for line in mailed.read_text().splitlines())
    (tmp_path / "answer").write_text("Thank you\n" + quoted)
    assert stranger(tmp_path / "pack", "--checkpoint", tmp_path / "answer")[0] == 0


def test_records_after_the_checkpoint_are_named_as_not_proven(tmp_path: Path, mailed: Path) -> None:
    write_pack(tmp_path / "state" / "log", [3, 20, 25], tmp_path / "pack")
    code, said = stranger(tmp_path / "pack", "--checkpoint", mailed)
    assert code == 0
    assert "1 of them are proven by the checkpoint of 20 records:" in said
    assert "2 are newer, and proven only by the pack's own checkpoint: 20, 25." in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no note here", "holds no checkpoint of the log bellgate/gateway"),
        ("bellgate/other\n3\n" + "A" * 43 + "=\n", "holds no checkpoint of the log"),
        ("bellgate/gateway\n31\n" + "A" * 43 + "=\n", "newer than the pack"),
        ("bellgate/gateway\n20\n" + "A" * 43 + "=\n", "20 records do NOT fit what was mailed"),
    ],
)
def test_another_checkpoint_is_refused_in_words(
    tmp_path: Path, mailed: Path, text: str, why: str
) -> None:
    write_pack(tmp_path / "state" / "log", [3], tmp_path / "pack")
    mailed.write_text(text)
    code, said = stranger(tmp_path / "pack", "--checkpoint", mailed)
    assert (code, why in said) == (1, True), said


@pytest.mark.parametrize("part", ["records.jsonl", "proof.json", "leaves", "checkpoint"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\n", b'{"records":[{}]}\n'])
def test_nonsense_is_refused_and_never_a_traceback(
    tmp_path: Path, mailed: Path, part: str, content: bytes
) -> None:
    write_pack(tmp_path / "state" / "log", [3], tmp_path / "pack")
    (tmp_path / "pack" / part).write_bytes(content)
    code, said = stranger(tmp_path / "pack", "--checkpoint", mailed)
    assert (code, said.startswith("REFUSED: ")) == (1, True)


def test_a_record_whose_time_was_up_is_left_out_and_named(tmp_path: Path, mailed: Path) -> None:
    log = tmp_path / "state" / "log"
    lines = (log / DAY).read_bytes().splitlines()
    lines[3] = expired_line(leaf_hash(lines[3]))
    (log / DAY).write_bytes(b"".join(line + b"\n" for line in lines))
    write_pack(log, [2, 3], tmp_path / "pack")
    assert json.loads((tmp_path / "pack" / "proof.json").read_bytes())["expired"] == [3]
    assert stranger(tmp_path / "pack", "--checkpoint", mailed)[0] == 0


def test_no_pack_is_made_of_what_is_not_the_log(tmp_path: Path, mailed: Path) -> None:
    log = tmp_path / "state" / "log"
    with pytest.raises(CannotPack, match="no record 30 among the 30 signed"):
        write_pack(log, [30], tmp_path / "pack")
    (log / DAY).write_bytes((log / DAY).read_bytes().replace(b"n3.face", b"n3.fake"))
    with pytest.raises(CannotPack, match="not what was signed"):
        write_pack(log, [5], tmp_path / "pack")


def test_a_thousand_logs_and_four_hundred_tamperings_are_judged_alike_by_another_reader() -> None:
    """`agreement.py` puts the same to aics-tlog, in an environment of its own."""
    untouched = refused = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        pack = Path(folder) / "pack"
        pack.mkdir()
        for case in cases(1000, 400, Path(folder)):
            ours = ours_accepts(case, pack)
            assert ours is pack_is_good(case.files, case.mailed, case.vkey), case.name
            assert ours is (case.name == "untouched"), case.name
            untouched, refused = untouched + ours, refused + (not ours)
    assert (untouched, refused) == (1000, 400)
