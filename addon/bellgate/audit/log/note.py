"""Checkpoints as C2SP signed notes, and the Ed25519 key that signs them.

Text and keys only: where the files lie, and when a checkpoint is written, is not known here.
Formats: c2sp.org/tlog-checkpoint and c2sp.org/signed-note.
"""

import email
import email.policy
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bellgate.disk import private_folder, write_whole

_ED25519: Final = b"\x01"
_SIGNED_BY: Final = "— "
# No log is longer, and Python reads no number of thousands of digits.
_SIZE: Final = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)
# A whole note inside a longer text, indented, or quoted in an answer.
_NOTE: Final = re.compile(
    r"^[> \t]*(bellgate/\S+)[ \t]*\r?\n[> \t]*(\d+)[ \t]*\r?\n[> \t]*([A-Za-z0-9+/]{43}=)[ \t]*"
    r"\r?\n[> \t]*\r?\n[> \t]*(— \S+ \S+)",
    re.MULTILINE | re.ASCII,
)


class BadNote(ValueError):
    """A checkpoint that cannot be believed; the text says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one moment: whose log, how many records, and the root over them all."""

    origin: str
    size: int
    root: bytes

    @property
    def generation(self) -> int:
        return generation_of(self.origin)

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def generation_of(origin: str) -> int:
    """1 for a gateway's first log; a log that replaces a broken one counts on."""
    parts = origin.split("/")
    return int(parts[2]) if len(parts) == 3 and parts[2].isdecimal() else 1


def origin_of(gateway: str, generation: int = 1) -> str:
    """`bellgate/gateway-1`, later `bellgate/gateway-1/2`. Spaces, + and / would end the name."""
    name = "".join("-" if c in "+/" or c.isspace() else c for c in gateway)
    return f"bellgate/{name}" + (f"/{generation}" if generation > 1 else "")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name of the log that it signs for."""

    name: str
    key: bytes

    @property
    def generation(self) -> int:
        return generation_of(self.name)

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.key).decode()}"

    @staticmethod
    def from_vkey(text: str) -> "Verifier":
        """Raises BadNote."""
        try:
            name, key_id, encoded = text.removesuffix("\n").split("+", 2)
            raw = _decoded(encoded)
        except ValueError as e:
            raise BadNote("it is not a verifier key (name+hash+key)") from e
        verifier = Verifier(name, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or verifier.key_id.hex() != key_id:
            raise BadNote("the verifier key's parts do not fit each other")
        return verifier

    def open(self, text: str) -> Checkpoint:
        """The checkpoint in a note, once its signature is found good. Raises BadNote."""
        checkpoint = read(text)
        body, _, signatures = text.rpartition("\n\n")
        for line in signatures.splitlines():
            name, _, encoded = line.removeprefix(_SIGNED_BY).rpartition(" ")
            if name != self.name or not line.startswith(_SIGNED_BY):
                continue
            try:
                raw = _decoded(encoded)
            except ValueError as e:
                raise BadNote("its signature is unreadable") from e
            if raw[:4] != self.key_id:
                continue
            try:
                public = Ed25519PublicKey.from_public_bytes(self.key)
                public.verify(raw[4:], (body + "\n").encode())
            except InvalidSignature as e:
                raise BadNote("its signature does not fit its text") from e
            if checkpoint.origin != self.name:
                raise BadNote(f"it speaks of the log {checkpoint.origin}, not of {self.name}")
            return checkpoint
        raise BadNote(f"it is not signed by this log's key ({self.name})")


def read(text: str) -> Checkpoint:
    """The checkpoint that a note claims; its signature is not looked at. Raises BadNote."""
    body, gap, _ = text.rpartition("\n\n")
    lines = body.split("\n")
    if not gap or len(lines) < 3 or not lines[0] or not text.endswith("\n"):
        raise BadNote("it is not a checkpoint (three lines, an empty one, a signature)")
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size):
        raise BadNote(f"its second line is not a number of records: {size[:40]!r}")
    try:
        raw = _decoded(root)
    except ValueError as e:
        raise BadNote("its third line is not a root hash") from e
    if len(raw) != 32:
        raise BadNote("its third line is not a root hash")
    return Checkpoint(origin, int(size), raw)


def notes_in(content: bytes) -> list[str]:
    """The notes in a file: a checkpoint by itself, or an e-mail with one, as it was saved."""
    texts = [content.decode("utf-8", "replace")]
    for part in email.message_from_bytes(content, policy=email.policy.default).walk():
        raw = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(raw, bytes):
            texts.append(raw.decode("utf-8", "replace"))
    found = (m.groups() for text in texts for m in _NOTE.finditer(text))
    return [f"{o}\n{size}\n{root}\n\n{by}\n" for o, size, root, by in dict.fromkeys(found)]


def _decoded(text: str) -> bytes:
    """Base64 in its one spelling: without this check two texts could stand for the same bytes."""
    raw = b64decode(text, validate=True)
    if b64encode(raw).decode() != text:
        raise ValueError("not the one spelling")
    return raw


class Signer:
    """The log's private key, made at first use."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @staticmethod
    def at(path: Path) -> "Signer":
        """The key in a file; only its owner can read it. A new one where there is none.

        Raises BadNote.
        """
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except FileNotFoundError:
            return Signer(_new_key(path))
        except (ValueError, TypeError):
            # What the library would quote of it is a key, or was one.
            raise BadNote(f"{path} holds no key that can be read") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadNote(f"{path} holds no Ed25519 key")
        return Signer(key)

    def verifier(self, origin: str) -> Verifier:
        return Verifier(origin, self._public)

    def sign(self, checkpoint: Checkpoint) -> str:
        body = checkpoint.body
        signature = self.verifier(checkpoint.origin).key_id + self._key.sign(body.encode())
        return f"{body}\n{_SIGNED_BY}{checkpoint.origin} {b64encode(signature).decode()}\n"


def _new_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_folder(path.parent)
    # Whole or not at all: a crash here must not leave half a key that stops the next start.
    write_whole(path, pem, 0o600)
    return key
