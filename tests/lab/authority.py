"""The lab's certificate authority, under which the lab's servers hold the real names."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_authority(folder: Path) -> Path:
    """A root in `folder/lab-ca.pem`, its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed("Lab root", key.public_key(), "Lab root", key, is_root=True)
    _write(folder / "lab-ca.pem", certificate)
    _write(folder / "lab-ca.key", key)
    return folder / "lab-ca.pem"


def issue(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """A server's certificate and key for the names, signed by the folder's root."""
    root_key = serialization.load_pem_private_key((folder / "lab-ca.key").read_bytes(), None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(names[0], key.public_key(), "Lab root", root_key, names=names)
    stem = names[0].replace("*", "_")
    _write(folder / f"{stem}.pem", certificate)
    _write(folder / f"{stem}.key", key)
    return folder / f"{stem}.pem", folder / f"{stem}.key"


def _signed(
    subject: str,
    public_key: ec.EllipticCurvePublicKey,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    names: Sequence[str] = (),
    is_root: bool = False,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
    )
    if is_root:
        signs = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(signs, critical=True)
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        uses = x509.oid.ExtendedKeyUsageOID
        usage = x509.ExtendedKeyUsage([uses.SERVER_AUTH, uses.CLIENT_AUTH])
        builder = builder.add_extension(alternatives, critical=False)
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(key, hashes.SHA256())


def _write(path: Path, thing: x509.Certificate | ec.EllipticCurvePrivateKey) -> None:
    if isinstance(thing, x509.Certificate):
        path.write_bytes(thing.public_bytes(serialization.Encoding.PEM))
    else:
        path.write_bytes(
            thing.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
