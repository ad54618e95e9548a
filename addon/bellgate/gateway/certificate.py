"""The school's certificate, built so that it can do no harm.

A root goes to the devices; its private key never stays on the gate. The gate holds an intermediate
whose critical name constraints permit the catalogue's names and exclude every IP address, so that
whoever steals the gate's key can show a false page for a social network, but never for a bank.
RFC 5280 obliges clients to honour constraints on an intermediate, not on a root: hence two.

`FOLDER/mitmproxy-ca.pem` (key, intermediate, root: the order and name that mitmproxy looks for) is
the one file that decides. `FOLDER/bellgate-ca.pem` is a copy of the root in it, to be taken to the
devices; whoever loads the former sees to it that the latter agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bellgate.disk import locked, make_folder, write_new, write_whole
from bellgate.gateway.certificate_names import LIMIT
from bellgate.policy.facts import host_name

GATE_FILE = "mitmproxy-ca.pem"
ROOT_FILE = "bellgate-ca.pem"

ROOT_LASTS = timedelta(days=3652)
YEAR = timedelta(days=365)
# Devices whose clocks are a little behind must not find a certificate of the future.
BACKDATED = timedelta(days=2)
SHORTEST_PASSPHRASE = 12
"""Characters: a kept root could open anything, and a file can be guessed at for ever."""

_EVERY_ADDRESS = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


class CertificateError(Exception):
    """What is wrong with a certificate or its file, in one line."""


class AlreadyThere(CertificateError):
    """There is a certificate, and nobody said to replace it."""


@dataclass(frozen=True)
class Certificate:
    """What the gate holds, as its own certificates say, whatever was meant to be in them."""

    school: str
    names: tuple[str, ...]
    expires: datetime
    root_expires: datetime
    root_fingerprint: str
    """SHA-256 in the form that devices show: `AB:CD:…`."""
    root_file: Path
    left_open: tuple[str, ...]
    """Names under those that it opens nothing of."""
    _permitted: frozenset[str] = field(repr=False)
    _excluded: frozenset[str] = field(repr=False)

    def permits(self, host: str) -> bool:
        """Whether clients accept this certificate for a host. Cost: two look-ups a label."""
        rest = host.lower().rstrip(".")
        found = False
        while rest:
            if rest in self._excluded:
                return False
            found = found or rest in self._permitted
            rest = rest.partition(".")[2]
        return found


def create(
    folder: Path,
    school: str,
    names: Sequence[str],
    now: datetime,
    *,
    left_open: Sequence[str] = (),
    keep_root: Path | None = None,
    passphrase: str | None = None,
    overwrite: bool = False,
) -> Certificate:
    """A new root and the gate's intermediate. The devices must get the new root.

    The root's key is written to `keep_root`, encrypted, or forgotten.
    Raises AlreadyThere and CertificateError.
    """
    secret = _passphrase(passphrase) if keep_root is not None else None
    if keep_root is not None and keep_root.resolve().is_relative_to(folder.resolve()):
        raise CertificateError(f"{keep_root}: the root's key must not stay in the gate's folder")
    _check_names(names)

    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _root(root_key, school, now)
    key, intermediate = _intermediate(
        root, root_key, names, now, left_open=left_open, for_a_year=keep_root is not None
    )

    try:
        _make_folder(folder)
        with locked(folder):
            for file in (folder / GATE_FILE, folder / ROOT_FILE):
                if file.exists() and not overwrite:
                    raise AlreadyThere(
                        f"{file}: there is already a certificate, and devices may trust it"
                    )
            if keep_root is not None and secret is not None:
                # Before the gate's files: a root that devices trust is then never one that was
                # meant to be kept and is not.
                write_new(keep_root, _pem(root_key, root, secret=secret))
            try:
                write_whole(folder / GATE_FILE, _pem(key, intermediate, root), 0o600)
            except OSError:
                if keep_root is not None:
                    keep_root.unlink(missing_ok=True)
                raise
            write_whole(folder / ROOT_FILE, root.public_bytes(Encoding.PEM), 0o644)
    except OSError as error:
        raise _unusable(error, folder) from error
    return _described(intermediate, root, folder)


def renew(
    folder: Path,
    root_file: Path,
    passphrase: str,
    names: Sequence[str],
    now: datetime,
    *,
    left_open: Sequence[str] = (),
) -> Certificate:
    """A new intermediate under the kept root: no device needs to be touched.

    It also furnishes a new gate, whose folder is still empty, with the root that devices trust.
    Raises CertificateError.
    """
    _check_names(names)
    root_key, root = _kept_root(root_file, passphrase)
    if root.not_valid_after_utc <= now:
        raise CertificateError(
            f"{root_file}: the root ended on {root.not_valid_after_utc:%Y-%m-%d}; create a new one"
        )
    key, intermediate = _intermediate(
        root, root_key, names, now, left_open=left_open, for_a_year=True
    )
    try:
        _make_folder(folder)
        with locked(folder):
            trusted = _trusted_root(folder)
            if trusted is not None and trusted != root:
                raise CertificateError(
                    f"{root_file}: this is not the root of {folder / ROOT_FILE}, "
                    "which the devices trust"
                )
            write_whole(folder / GATE_FILE, _pem(key, intermediate, root), 0o600)
            write_whole(folder / ROOT_FILE, root.public_bytes(Encoding.PEM), 0o644)
    except OSError as error:
        raise _unusable(error, folder) from error
    return _described(intermediate, root, folder)


def load(folder: Path) -> Certificate | None:
    """The certificate in the folder, or None where there is none yet.

    One that could open anything but its own names is an error, whoever put it there.
    Raises CertificateError.
    """
    file = folder / GATE_FILE
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(error, file) from error
    try:
        key = load_pem_private_key(raw, None)
        chain = x509.load_pem_x509_certificates(raw)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"{file}: cannot be read as a key with its certificates") from error
    if len(chain) != 2:
        raise CertificateError(f"{file}: holds {len(chain)} certificates instead of two")
    intermediate, root = chain
    if intermediate.public_key() != key.public_key():
        raise CertificateError(f"{file}: the key does not belong to the certificate")
    try:
        intermediate.verify_directly_issued_by(root)
        described = _described(intermediate, root, folder)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateError(f"{file}: the two certificates do not belong together") from error
    _heal(folder / ROOT_FILE, root)
    return described


def ensure(
    folder: Path,
    school: str,
    names: Sequence[str],
    now: datetime,
    *,
    left_open: Sequence[str] = (),
) -> Certificate:
    """The certificate in the folder; a new one, with its root's key forgotten, if it has none."""
    return load(folder) or create(folder, school, names, now, left_open=left_open)


# Making


def _root(key: ec.EllipticCurvePrivateKey, school: str, now: datetime) -> x509.Certificate:
    name = _name("Bellgate for", school)
    return (
        _builder(name, name, key, now, now + ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(key, hashes.SHA256())
    )


def _intermediate(
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
    now: datetime,
    *,
    left_open: Sequence[str],
    for_a_year: bool,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    until = root.not_valid_after_utc
    if for_a_year:
        until = min(until, now + YEAR)
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(name) for name in names],
        excluded_subtrees=[
            *(x509.IPAddress(network) for network in _EVERY_ADDRESS),
            *(x509.DNSName(name) for name in left_open),
        ],
    )
    issuer_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        # The date tells a renewed one from the last: clients that remember intermediates by their
        # name would otherwise try the old key.
        _builder(
            _name(f"Bellgate gate {now:%Y-%m-%d},", _school(root)), root.subject, key, now, until
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
            critical=False,
        )
        .add_extension(constraints, critical=True)
        # DNS constraints say nothing of signed mail or programs: this closes those as well.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return key, certificate


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    """What both kinds share."""
    signs_certificates = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before((now - BACKDATED).astimezone(UTC))
        .not_valid_after(until.astimezone(UTC))
        .add_extension(signs_certificates, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(words: str, school: str) -> x509.Name:
    """What a device shows. The standard gives a name 64 characters."""
    school = " ".join(school.split())
    if not school:
        raise CertificateError("a certificate needs the school's name")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(f"{words} {school}")),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(school)),
        ]
    )


def _cut(text: str) -> str:
    return text.encode()[:64].decode(errors="ignore").strip()


def _check_names(names: Sequence[str]) -> None:
    if not names:
        # A certificate that permits no name has no constraint on names at all.
        raise CertificateError("a certificate needs at least one name to permit")
    if len(names) > LIMIT:
        raise CertificateError(f"{len(names)} names are more than the {LIMIT} that clients accept")
    for name in names:
        if host_name(name) != name or "." not in name:
            raise CertificateError(f"{name!r} is not the name of a site")


# Reading


def _described(intermediate: x509.Certificate, root: x509.Certificate, folder: Path) -> Certificate:
    names, left_open = _constraints(intermediate, folder / GATE_FILE)
    return Certificate(
        school=_school(root),
        names=names,
        expires=intermediate.not_valid_after_utc,
        root_expires=root.not_valid_after_utc,
        root_fingerprint=root.fingerprint(hashes.SHA256()).hex(":").upper(),
        root_file=folder / ROOT_FILE,
        left_open=left_open,
        _permitted=frozenset(names),
        _excluded=frozenset(left_open),
    )


def _constraints(
    intermediate: x509.Certificate, file: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names permitted, and those excluded again; an error where anything else is left open."""
    try:
        extension = intermediate.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound as error:
        raise CertificateError(
            f"{file}: without name constraints it could open any site"
        ) from error
    permitted = extension.value.permitted_subtrees or []
    excluded = {tree.value for tree in extension.value.excluded_subtrees or []}
    names = tuple(tree.value for tree in permitted if isinstance(tree, x509.DNSName))
    whole = names and len(names) == len(permitted) and "" not in names
    if not (extension.critical and whole and excluded.issuperset(_EVERY_ADDRESS)):
        raise CertificateError(f"{file}: its name constraints leave other sites open")
    left_open = (tree for tree in extension.value.excluded_subtrees or [])
    return names, tuple(tree.value for tree in left_open if isinstance(tree, x509.DNSName))


def _kept_root(file: Path, passphrase: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise _unusable(error, file) from error
    try:
        root = x509.load_pem_x509_certificate(raw)
        key = load_pem_private_key(raw, passphrase.encode())
    except TypeError as error:
        # Either no passphrase was given, or the file needs none: then it is not one of ours.
        raise CertificateError(f"{file}: not a root's key encrypted with a passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"{file}: the passphrase is wrong or the file damaged") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != root.public_key():
        raise CertificateError(f"{file}: the key does not belong to the certificate")
    return key, root


def _trusted_root(folder: Path) -> x509.Certificate | None:
    """The root that devices have, as far as the folder knows."""
    for name, which in ((GATE_FILE, -1), (ROOT_FILE, 0)):
        try:
            return x509.load_pem_x509_certificates((folder / name).read_bytes())[which]
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise CertificateError(f"{folder / name}: cannot be read as a certificate") from error
    return None


def _heal(file: Path, root: x509.Certificate) -> None:
    """Make the copy for the devices agree with the chain: a kill may have come between the two."""
    wanted = root.public_bytes(Encoding.PEM)
    try:
        if not file.exists() or file.read_bytes() != wanted:
            write_whole(file, wanted, 0o644)
    except OSError as error:
        raise _unusable(error, file) from error


def _school(root: x509.Certificate) -> str:
    found = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


# Writing


def _pem(
    key: ec.EllipticCurvePrivateKey, *certificates: x509.Certificate, secret: bytes | None = None
) -> bytes:
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption) + b"".join(
        certificate.public_bytes(Encoding.PEM) for certificate in certificates
    )


def _passphrase(text: str | None) -> bytes:
    if text is None or len(text) < SHORTEST_PASSPHRASE:
        raise CertificateError(
            f"a kept root needs a passphrase of at least {SHORTEST_PASSPHRASE} characters"
        )
    return text.encode()


def _make_folder(folder: Path) -> None:
    """Nobody else may list it; the root in it, which is public, can be read by its name."""
    make_folder(folder, 0o711)
    folder.chmod(0o711)


def _unusable(error: OSError, where: Path) -> CertificateError:
    return CertificateError(f"{error.filename or where}: {error.strerror or error}")
