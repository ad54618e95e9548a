"""Checkpoints are C2SP notes that anybody's tools can check."""

import stat
import subprocess
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit.log.note import BadNote, Checkpoint, Signer, Verifier, origin_of, read

CHECKPOINT = Checkpoint("bellgate/gateway", 4711, sha256(b"root").digest())


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.at(tmp_path_factory.mktemp("secrets") / "log.key")


def test_a_note_is_what_the_format_says(signer: Signer) -> None:
    lines = signer.sign(CHECKPOINT).split("\n")
    assert lines[:2] == ["bellgate/gateway", "4711"]
    assert b64decode(lines[2]) == CHECKPOINT.root
    assert lines[3] == ""
    assert lines[4].startswith("— bellgate/gateway ")
    assert lines[5:] == [""]


def test_openssl_finds_the_signature_good(signer: Signer, tmp_path: Path) -> None:
    note = signer.sign(CHECKPOINT)
    name, key_id, encoded = signer.verifier(CHECKPOINT.origin).vkey.split("+", 2)
    raw_key = b64decode(encoded)
    raw = b64decode(note.splitlines()[4].rpartition(" ")[2])
    assert raw_key[:1] == b"\x01"
    assert sha256(name.encode() + b"\n" + raw_key).digest()[:4].hex() == key_id == raw[:4].hex()
    # An Ed25519 public key in DER is this prefix and the raw key (RFC 8410).
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + raw_key[1:])
    (tmp_path / "text").write_text(note.partition("\n\n")[0] + "\n")
    (tmp_path / "signature").write_bytes(raw[4:])
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile"
    done = subprocess.run(
        [*command.split(), "signature"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_good_note_opens(signer: Signer) -> None:
    verifier = Verifier.from_vkey(signer.verifier(CHECKPOINT.origin).vkey)
    assert verifier.open(signer.sign(CHECKPOINT)) == CHECKPOINT


@given(data=st.data())
def test_every_changed_byte_of_a_note_or_a_key_is_found(
    signer: Signer, data: st.DataObject
) -> None:
    note = signer.sign(CHECKPOINT).encode()
    vkey = signer.verifier(CHECKPOINT.origin).vkey.encode()
    whole = note + vkey
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(whole)
    changed[place] ^= 1 << bit
    with pytest.raises((BadNote, UnicodeDecodeError)):
        verifier = Verifier.from_vkey(changed[len(note) :].decode())
        verifier.open(changed[: len(note)].decode())


def test_another_gateways_note_is_refused(signer: Signer, tmp_path: Path) -> None:
    other = Signer.at(tmp_path / "log.key")
    with pytest.raises(BadNote, match="not signed by this log's key"):
        signer.verifier(CHECKPOINT.origin).open(other.sign(CHECKPOINT))


def test_a_good_signature_under_another_logs_name_is_refused(tmp_path: Path) -> None:
    signer = Signer.at(tmp_path / "log.key")
    key = load_pem_private_key((tmp_path / "log.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    verifier = signer.verifier("bellgate/gateway/2")
    body = CHECKPOINT.body
    signature = b64encode(verifier.key_id + key.sign(body.encode())).decode()
    with pytest.raises(BadNote, match="speaks of the log bellgate/gateway, not of"):
        verifier.open(f"{body}\n— {verifier.name} {signature}\n")


@pytest.mark.parametrize("text", ["", "a\n1\n\n", "a\n01\nAAAA\n\n— a AAAA\n", "a\n1\nx\n\nb\n"])
def test_what_is_no_checkpoint_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadNote):
        read(text)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "log.key"
    first = Signer.at(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.at(path).verifier("x") == first.verifier("x")
    assert [p.name for p in path.parent.iterdir()] == ["log.key"]


@pytest.mark.parametrize(
    ("gateway", "generation", "origin"),
    [
        ("gateway-1", 1, "bellgate/gateway-1"),
        ("gateway-1", 2, "bellgate/gateway-1/2"),
        ("Main gate/2+", 1, "bellgate/Main-gate-2-"),
    ],
)
def test_an_origin_names_gateway_and_generation(gateway: str, generation: int, origin: str) -> None:
    assert origin_of(gateway, generation) == origin
    assert Checkpoint(origin, 0, b"").generation == generation


def test_a_key_that_cannot_be_read_is_named_and_nothing_of_it_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    path.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(BadNote, match=r"log\.key holds no key that can be read") as raised:
        Signer.at(path)
    assert "secret" not in str(raised.value)
