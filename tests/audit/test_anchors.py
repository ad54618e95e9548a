"""After each session the newest checkpoint leaves the machine, against a real mail server."""

import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bellgate.audit import LogPaths, entries
from bellgate.audit.log.anchors import Anchoring, Folder, Leaving, Mail, Place
from bellgate.audit.verify.one_log import verify_log
from bellgate.outside import NotSent
from bellgate.outside.mail import MailServer, server_of
from bellgate.running.post import MAIL_PASSWORD, secret
from tests.audit.test_packing import stranger
from tests.audit.world import LONDON, QUARTER_PAST_TEN, fill, journal, write_pack
from tests.lab.post_box import PostBox, address, serving

HEAD, CHAIR, GATE = "head@example.sch.uk", "chair@example.sch.uk", "bellgate@example.sch.uk"


@pytest.fixture
def box() -> PostBox:
    return PostBox()


@pytest.fixture
def plain(box: PostBox) -> Iterator[str]:
    controller = serving(box)
    yield address(controller)
    controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of the mail server, signed by itself: who trusts it trusts this file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def encrypted(box: PostBox, certificate: Path) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = serving(
        box,
        tls_context=context,
        require_starttls=True,
        authenticator=box.authenticate,
        auth_required=True,
    )
    yield address(controller)
    controller.stop()


def leaving(state: Path) -> Leaving:
    note = (LogPaths.of(state).log / "checkpoint").read_text()
    return Leaving(note, "Bury C of E Primary School", QUARTER_PAST_TEN.astimezone(LONDON))


def mail(server: str, password: str | None = None, trusts: Path | None = None) -> Mail:
    def context() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=None if trusts is None else str(trusts))

    return Mail((HEAD, CHAIR), MailServer(GATE, server, lambda: password, context))


def send(place: Place, state: Path) -> None:
    assert place.send(leaving(state), place.recipients) == {}


def test_the_letter_comes_to_both_and_proves_the_log_and_a_pack_as_it_was_saved(
    tmp_path: Path, box: PostBox, plain: str
) -> None:
    log = fill(tmp_path / "state", 3)
    send(mail(plain), tmp_path / "state")
    fill(tmp_path / "state", 2)

    [envelope] = box.letters
    assert envelope.rcpt_tos == [HEAD, CHAIR]
    content = envelope.content
    assert isinstance(content, bytes)
    assert b"Subject: Bellgate checkpoint: Bury C of E Primary School, 3 records" in content
    assert content.isascii()
    (tmp_path / "saved.eml").write_bytes(content)
    result = verify_log(log, tmp_path / "saved.eml")
    assert (result.ok, result.covers, result.size) == (True, 3, 5)
    write_pack(log, [2], tmp_path / "pack")
    assert stranger(tmp_path / "pack", "--checkpoint", tmp_path / "saved.eml")[0] == 0

    # Written anew as a whole, with the log's own key.
    shutil.rmtree(log)
    (tmp_path / "state" / "last-checkpoint").unlink()
    again = fill(tmp_path / "state", 5)
    assert verify_log(again).ok
    said = [str(p) for p in verify_log(again, tmp_path / "saved.eml").problems]
    assert said == [f"{tmp_path}/saved.eml:3: the first 3 records are not the ones it signed"]


def test_the_password_goes_over_an_encrypted_connection(
    tmp_path: Path, box: PostBox, encrypted: str, certificate: Path
) -> None:
    fill(tmp_path, 1)
    send(mail(encrypted, "right", certificate), tmp_path)
    assert (box.encrypted, box.passwords) == ([True], [b"right"])
    with pytest.raises(NotSent, match="the server said 535"):
        send(mail(encrypted, "wrong", certificate), tmp_path)


def test_the_password_is_told_to_no_server_without_encryption_or_with_a_strange_certificate(
    tmp_path: Path, box: PostBox, plain: str, encrypted: str
) -> None:
    fill(tmp_path, 1)
    with pytest.raises(NotSent, match="offers no encryption, so it is not told the password"):
        send(mail(plain, "right"), tmp_path)
    with pytest.raises(NotSent, match="certificate verify failed"):
        send(mail(encrypted, "right"), tmp_path)
    assert (box.passwords, box.letters) == ([], [])


def test_what_a_server_refuses_is_said_in_words(tmp_path: Path, box: PostBox, plain: str) -> None:
    fill(tmp_path, 1)
    box.refuse = "552 the box is full"
    with pytest.raises(NotSent, match="the server said 552 the box is full"):
        send(mail(plain), tmp_path)
    with pytest.raises(NotSent, match="Connection refused"):
        send(mail("127.0.0.1:1"), tmp_path)
    with pytest.raises(NotSent, match="not in the form HOST:PORT"):
        send(mail("mail:x"), tmp_path)


def test_servers_as_they_are_written() -> None:
    assert server_of("mail.example.sch.uk:25") == ("mail.example.sch.uk", 25)
    assert server_of("mail.example.sch.uk") == ("mail.example.sch.uk", 587)
    assert server_of("[2001:db8::1]:465") == ("2001:db8::1", 465)
    assert server_of("[2001:db8::1]") == ("2001:db8::1", 587)


def test_the_password_is_a_credential_or_lies_among_the_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert secret(tmp_path, MAIL_PASSWORD) is None
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mail-password").write_text("one\n")
    assert secret(tmp_path, MAIL_PASSWORD) == "one"
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "mail-password").write_text("two")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert secret(tmp_path, MAIL_PASSWORD) == "two"


def test_a_folder_is_written_and_never_made(tmp_path: Path) -> None:
    fill(tmp_path / "state", 2)
    folder = Folder(tmp_path / "elsewhere")
    with pytest.raises(NotSent, match="not there; make it once"):
        send(folder, tmp_path / "state")
    assert folder.anchored() == []
    folder.path.mkdir()
    send(folder, tmp_path / "state")
    [left] = folder.anchored()
    assert left.name == "bellgate-gateway-000000000002.checkpoint"
    assert verify_log(LogPaths.of(tmp_path / "state").log, left).covers == 2


def test_what_lies_in_the_folder_convicts_a_rolled_back_state(tmp_path: Path) -> None:
    state, folder = tmp_path / "state", Folder(tmp_path / "elsewhere")
    folder.path.mkdir()
    fill(state, 3)
    shutil.copytree(state, tmp_path / "backup")
    fill(state, 2)
    send(folder, state)
    shutil.rmtree(state)
    (tmp_path / "backup").rename(state)
    # What others left there is no reason not to start.
    (folder.path / "other.checkpoint").write_text("nonsense")

    log = journal(state, anchored=folder.anchored())
    log.close()
    first = next(entries(LogPaths.of(state).log)).record
    assert first is not None
    assert "the log ends after 3 records, 5 were signed" in first["message"]


class Recorder:
    """A place that takes what it is given, or says why not."""

    def __init__(self, name: str = "a recorder") -> None:
        self.name = name
        self.recipients = (name,)
        self.sizes: list[int] = []
        self.tries = 0
        self.why: str | None = None

    def send(self, leaving: Leaving, to: Sequence[str]) -> Mapping[str, str]:
        self.tries += 1
        if self.why:
            raise NotSent(self.why)
        self.sizes.append(leaving.checkpoint.size)
        return {}


Step = Callable[[datetime], None]
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def stepper(anchoring: Anchoring, places: list[Place], ended: datetime | None = NOON) -> Step:
    return lambda now: anchoring.step(places, ended, now, "School", lambda at: at)


def test_once_after_each_session_also_over_a_restart(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    place, failed = Recorder(), list[str]()
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", failed.append)
    step = stepper(anchoring, [place])
    step(NOON)
    assert place.sizes == []
    for seconds in (5, 15, 3600):
        step(NOON + timedelta(seconds=seconds))
    assert place.sizes == [2]
    fill(tmp_path, 3)
    again = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", failed.append)
    stepper(again, [place])(NOON + timedelta(hours=2))
    assert place.sizes == [2]
    afternoon = NOON + timedelta(hours=3)
    stepper(again, [place], afternoon)(afternoon + timedelta(seconds=9))
    assert (place.sizes, failed) == ([2, 5], [])
    stepper(again, [place], None)(NOON)


def test_what_did_not_get_there_is_said_and_tried_again_and_the_other_place_is_served(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 2)
    broken, good, failed = Recorder("e-mail"), Recorder("the folder"), list[str]()
    broken.why = "the server did not answer in time"
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", failed.append)
    step = stepper(anchoring, [broken, good])
    for seconds in range(10, 4 * 3600, 10):
        step(NOON + timedelta(seconds=seconds))
    assert good.sizes == [2]
    # After 1, 2, 4, 8, 16, 32 minutes, then every hour.
    assert broken.tries == len(failed) == 9
    assert failed[0] == (
        "The checkpoint could not leave by e-mail: the server did not answer in time. "
        "It is tried again in 1 minute"
    )
    broken.why = None
    step(NOON + timedelta(hours=5))
    assert broken.sizes == [2]


def test_who_accepts_gets_one_letter_a_session_whoever_else_is_refused(
    tmp_path: Path, box: PostBox, plain: str
) -> None:
    fill(tmp_path, 2)
    box.unknown, failed = {CHAIR}, list[str]()

    def stepped() -> Step:
        anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", failed.append)
        return stepper(anchoring, [mail(plain)])

    step = stepped()
    for minutes in range(1, 60):
        step(NOON + timedelta(minutes=minutes))
    # Nor after a restart.
    step = stepped()
    for hours in range(1, 24):
        step(NOON + timedelta(hours=hours))
    assert [each.rcpt_tos for each in box.letters] == [[HEAD]]
    assert len(failed) > 20
    assert failed[0] == (
        "The checkpoint could not leave by e-mail: 1 of 2 recipients refused: "
        "550 5.1.1 …: Recipient address rejected. It is tried again in 1 minute"
    )
    assert not any("@" in said for said in failed)

    box.unknown = set()
    step(NOON + timedelta(hours=25))
    assert [each.rcpt_tos for each in box.letters] == [[HEAD], [CHAIR]]
    step(NOON + timedelta(hours=30))
    assert len(box.letters) == 2


def test_who_accepts_does_not_wait_for_who_is_refused(
    tmp_path: Path, box: PostBox, plain: str
) -> None:
    fill(tmp_path, 2)
    box.unknown = {CHAIR}
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", list[str]().append)
    for minutes in range(1, 180):
        stepper(anchoring, [mail(plain)])(NOON + timedelta(minutes=minutes))
    afternoon = NOON + timedelta(hours=3)
    stepper(anchoring, [mail(plain)], afternoon)(afternoon + timedelta(seconds=9))
    assert [each.rcpt_tos for each in box.letters] == [[HEAD], [HEAD]]


@pytest.mark.parametrize("reply", ["552 <head@example.sch.uk> is over quota", "550 no"])
def test_what_a_server_says_is_told_without_an_address(
    tmp_path: Path, box: PostBox, plain: str, reply: str
) -> None:
    fill(tmp_path, 2)
    box.refuse, failed = reply, list[str]()
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", failed.append)
    stepper(anchoring, [mail(plain)])(NOON + timedelta(minutes=1))
    box.refuse, box.unknown = None, {HEAD, CHAIR}
    stepper(anchoring, [mail(plain)])(NOON + timedelta(minutes=3))
    assert reply[:3] in failed[0] and "2 of 2 recipients refused: 550 5.1.1 …:" in failed[1]
    assert not any("@" in said for said in failed)


def test_a_clock_put_back_keeps_no_place_waiting(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    place = Recorder()
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", list[str]().append)
    year = timedelta(days=365)
    stepper(anchoring, [place], NOON + year)(NOON + year + timedelta(minutes=1))
    stepper(anchoring, [place])(NOON + timedelta(minutes=1))
    assert place.sizes == [2, 2]


@pytest.mark.parametrize("content", ["", "[]", '{"a recorder": 7}', '{"a recorder": "x"}'])
def test_what_is_remembered_may_be_unreadable(tmp_path: Path, content: str) -> None:
    fill(tmp_path, 2)
    (tmp_path / "anchored").write_text(content)
    place = Recorder()
    anchoring = Anchoring(LogPaths.of(tmp_path).log, tmp_path / "anchored", list[str]().append)
    stepper(anchoring, [place])(NOON + timedelta(minutes=1))
    assert place.sizes == [2]


def bellgate(state: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bellgate.cli.main", "--state", str(state), *words],
        capture_output=True, text=True, env={"PYTHONPATH": "addon"}, timeout=30, check=False,
    )  # fmt: skip


def test_a_checkpoint_kept_by_hand_and_what_came_after_it(tmp_path: Path) -> None:
    log = fill(tmp_path, 2)
    printed = bellgate(tmp_path, "audit", "checkpoint")
    assert (printed.returncode, printed.stdout) == (0, (log / "checkpoint").read_text())
    kept = tmp_path / "kept"
    kept.write_text(f"Kept by the head:\n\n{printed.stdout}\nThank you.\n")
    ran = bellgate(tmp_path, "audit", "verify", "--checkpoint", str(kept))
    assert "The checkpoint given covers the first 2 of them: all." in ran.stdout
    fill(tmp_path, 3)
    ran = bellgate(tmp_path, "audit", "verify", "--checkpoint", str(kept))
    assert ran.returncode == 0
    assert "covers the first 2 of them.\n3 came after it" in ran.stdout
