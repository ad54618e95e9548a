"""The school's certificate with real parts: OpenSSL, curl and mitmproxy's own store of it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from mitmproxy import certs

from bellgate.disk import write_whole
from bellgate.gateway import certificate
from bellgate.gateway.certificate import CertificateError, create, ensure, load, renew

# The real clock: OpenSSL and curl look at it too.
NOW = datetime.now(UTC).replace(microsecond=0)
SCHOOL = "Bury C of E Primary School"
NAMES = ("facebook.com", "youtube.com", "moshimonsters.com")
PASSPHRASE = "a long enough passphrase"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "certificate"


def leaf(folder: Path, host: str) -> tuple[Path, Path]:
    """A leaf as mitmproxy makes it, and a file that a server can show it from."""
    store = certs.CertStore.from_store(folder, "mitmproxy", 2048)
    try:
        name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    entry = store.get_cert(host, [name])
    alone = folder.parent / f"{host}.pem"
    alone.write_bytes(entry.cert.to_pem())
    served = folder.parent / f"{host}-served.pem"
    assert entry.chain_file is not None, "mitmproxy will not send the chain"
    key = entry.privatekey.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sent = b"".join(cert.to_pem() for cert in entry.chain_certs)
    served.write_bytes(key + entry.cert.to_pem() + sent)
    return alone, served


def verify(folder: Path, host: str) -> subprocess.CompletedProcess[str]:
    alone, served = leaf(folder, host)
    asked = "-verify_ip" if host[0].isdigit() else "-verify_hostname"
    return subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", asked, host,
         "-CAfile", folder / "bellgate-ca.pem", "-untrusted", served, alone],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@contextmanager
def server(served: Path) -> Iterator[int]:
    """A TLS server on loopback that answers each connection with one word."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain:
                plain.settimeout(10)
                try:
                    with context.wrap_socket(plain, server_side=True) as tls:
                        tls.recv(4096)
                        tls.sendall(b"HTTP/1.0 403 Closed\r\nContent-Length: 6\r\n\r\nclosed")
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # A thread inside accept() is woken by shutdown, not by close.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def curl(folder: Path, host: str) -> subprocess.CompletedProcess[str]:
    _, served = leaf(folder, host)
    with server(served) as port:
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10",
             "--cacert", folder / "bellgate-ca.pem",
             "--connect-to", f"::127.0.0.1:{port}", f"https://{host}/"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def mitmdump(folder: Path, answer: Path) -> Iterator[int]:
    """mitmproxy itself, with our folder as its own, answering every request from a file."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()", "-q",
         "--listen-host", "127.0.0.1", "--listen-port", str(port), "--map-local", f"|.*|{answer}",
         "--set", f"confdir={folder}", "--set", "connection_strategy=lazy"],
    )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "mitmdump ended"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def chain(folder: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((folder / "mitmproxy-ca.pem").read_bytes())


# What clients make of it


@pytest.mark.parametrize("host", ["www.facebook.com", "facebook.com", "m.youtube.com"])
def test_openssl_accepts_a_leaf_for_a_listed_name(folder: Path, host: str) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    done = verify(folder, host)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "host", ["www.bank.example", "notfacebook.com", "com", "facebook.com.evil.example"]
)
def test_openssl_refuses_a_leaf_for_any_other_name(folder: Path, host: str) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    done = verify(folder, host)
    assert done.returncode != 0
    assert "permitted subtree violation" in done.stderr


@pytest.mark.parametrize("address", ["203.0.113.10", "2001:db8::1"])
def test_openssl_refuses_a_leaf_for_an_address(folder: Path, address: str) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    done = verify(folder, address)
    assert done.returncode != 0
    assert "excluded subtree violation" in done.stderr


def test_promise_2_curl_opens_a_listed_name_and_refuses_a_bank(folder: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    assert curl(folder, "www.facebook.com").stdout == "closed"
    bank = curl(folder, "www.bank.example")
    assert bank.returncode == 60
    assert "permitted subtree violation" in bank.stderr


def test_curl_accepts_a_certificate_with_as_many_names_as_are_allowed(folder: Path) -> None:
    """A larger one is refused by clients as a message, whatever it says."""
    names = [f"service-number-{n:04}.example.org" for n in range(2499)]
    create(folder, SCHOOL, [*names, "facebook.com"], NOW)
    assert curl(folder, "www.facebook.com").stdout == "closed"
    assert curl(folder, "www.bank.example").returncode == 60


def test_mitmproxy_takes_the_folder_and_sends_the_chain(folder: Path, tmp_path: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    answer = tmp_path / "answer"
    answer.write_text("closed")
    ask = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert"]
    with mitmdump(folder, answer) as port:
        good, bank = (
            subprocess.run(
                [*ask, folder / "bellgate-ca.pem", "--proxy", f"http://127.0.0.1:{port}", url],
                capture_output=True,
                text=True,
                check=False,
            )
            for url in ("https://www.facebook.com/", "https://www.bank.example/")
        )
    assert good.stdout == "closed", good.stderr
    assert bank.returncode == 60
    assert "permitted subtree violation" in bank.stderr


def test_the_whole_chain_is_kept_for_mitmproxy_to_send(folder: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    before = (folder / "mitmproxy-ca.pem").read_bytes()
    store = certs.CertStore.from_store(folder, "mitmproxy", 2048)
    assert store.default_chain_file == folder / "mitmproxy-ca.pem"
    assert [cert.to_cryptography() for cert in store.default_chain_certs] == chain(folder)
    assert (folder / "mitmproxy-ca.pem").read_bytes() == before


# What it is


def test_permits_is_what_the_constraints_in_the_file_say(folder: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    loaded = load(folder)
    assert loaded is not None
    for host in ("facebook.com", "www.facebook.com", "a.b.YouTube.com", "moshimonsters.com."):
        assert loaded.permits(host), host
    for host in ("com", "", ".", "notfacebook.com", "facebook.com.evil.example", "bank.example",
                 "203.0.113.10", "2001:db8::1"):  # fmt: skip
        assert not loaded.permits(host), host


def test_what_create_tells_is_what_load_reads(folder: Path) -> None:
    made = create(folder, SCHOOL, NAMES, NOW)
    assert load(folder) == made
    assert made.school == SCHOOL
    assert made.names == NAMES
    assert made.root_file == folder / "bellgate-ca.pem"
    root = x509.load_pem_x509_certificate(made.root_file.read_bytes())
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", made.root_file],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert shown.strip().endswith(made.root_fingerprint)
    assert root.not_valid_after_utc == made.root_expires > NOW + timedelta(days=3650)


def test_the_intermediate_can_sign_for_web_servers_only_and_no_further(folder: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    intermediate, root = chain(folder)
    constraints = intermediate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    excluded = {str(tree.value) for tree in constraints.value.excluded_subtrees or []}
    assert excluded == {"0.0.0.0/0", "::/0"}
    assert intermediate.extensions.get_extension_for_class(x509.BasicConstraints).value == (
        x509.BasicConstraints(ca=True, path_length=0)
    )
    usage = intermediate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]
    with pytest.raises(x509.ExtensionNotFound):
        root.extensions.get_extension_for_class(x509.NameConstraints)


def test_a_long_school_name_still_makes_a_certificate(folder: Path) -> None:
    made = create(folder, "Ysgol Gynradd Gymunedol Sant Ffraid a'r Ŵyl — " * 3, NAMES, NOW)
    assert verify(folder, "www.facebook.com").returncode == 0
    assert made.school.startswith("Ysgol Gynradd")


# Where keys are


def test_the_roots_key_is_nowhere_on_the_disk(folder: Path, tmp_path: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    root = chain(folder)[1]
    with_keys = [
        path for path in tmp_path.rglob("*") if path.is_file() and b"KEY" in path.read_bytes()
    ]
    assert with_keys == [folder / "mitmproxy-ca.pem"]
    raw = with_keys[0].read_bytes()
    assert raw.count(b"PRIVATE KEY-----") == 2  # one key: its first and its last line
    key = certs.load_pem_private_key(raw, None)
    assert key.public_key() != root.public_key()


def test_only_the_root_can_be_read_by_others(folder: Path) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    certs.CertStore.from_store(folder, "mitmproxy", 2048)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711
    assert stat.S_IMODE((folder / "mitmproxy-ca.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "bellgate-ca.pem").stat().st_mode) == 0o644


def test_a_kept_root_is_encrypted_and_never_in_the_gates_folder(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "stick" / "root.pem"
    kept.parent.mkdir()
    for passphrase in (None, "", "short"):
        with pytest.raises(CertificateError, match="at least 12 characters"):
            create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=passphrase)
    with pytest.raises(CertificateError, match="must not stay in the gate's folder"):
        create(folder, SCHOOL, NAMES, NOW, keep_root=folder / "r.pem", passphrase=PASSPHRASE)
    assert not folder.exists()

    create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert b"BEGIN PRIVATE KEY" not in kept.read_bytes()


def test_a_kept_root_never_replaces_a_file(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "root.pem"
    kept.write_text("something dear")
    with pytest.raises(CertificateError, match=r"root\.pem: File exists"):
        create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    assert kept.read_text() == "something dear"
    assert load(folder) is None


# How long it lasts


def test_without_a_kept_root_it_lasts_as_long_as_the_root(folder: Path) -> None:
    made = create(folder, SCHOOL, NAMES, NOW)
    assert made.expires == made.root_expires
    assert made.expires == made.root_expires


def test_a_renewed_certificate_needs_no_change_on_the_devices(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "root.pem"
    first = create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    assert first.expires == NOW + timedelta(days=365)
    assert first.expires < first.root_expires
    on_devices = (folder / "bellgate-ca.pem").read_bytes()
    old = chain(folder)[0]

    later = NOW + timedelta(minutes=5)
    second = renew(folder, kept, PASSPHRASE, ("tiktok.com",), later)
    assert (folder / "bellgate-ca.pem").read_bytes() == on_devices
    assert second.root_fingerprint == first.root_fingerprint
    assert second.names == ("tiktok.com",)
    assert second.expires == later + timedelta(days=365)
    assert chain(folder)[0].public_key() != old.public_key()
    assert verify(folder, "www.tiktok.com").returncode == 0
    assert verify(folder, "www.facebook.com").returncode != 0


def test_renewal_never_outlives_the_root(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "root.pem"
    made = create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    near_the_end = made.root_expires - timedelta(days=10)
    assert renew(folder, kept, PASSPHRASE, NAMES, near_the_end).expires == made.root_expires
    with pytest.raises(CertificateError, match="the root ended on"):
        renew(folder, kept, PASSPHRASE, NAMES, made.root_expires)


def test_a_kept_root_furnishes_a_new_gate(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "root.pem"
    first = create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    other = tmp_path / "new-machine" / "certificate"
    assert renew(other, kept, PASSPHRASE, NAMES, NOW).root_fingerprint == first.root_fingerprint
    assert verify(other, "www.facebook.com").returncode == 0


def test_renewal_refuses_a_wrong_passphrase_and_a_foreign_root(
    folder: Path, tmp_path: Path
) -> None:
    kept, foreign = tmp_path / "root.pem", tmp_path / "foreign.pem"
    create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE)
    create(tmp_path / "o", SCHOOL, NAMES, NOW, keep_root=foreign, passphrase=PASSPHRASE)
    before = contents(folder)
    for file, passphrase, words in (
        (kept, "a wrong passphrase!", "passphrase is wrong"),
        (kept, "", "passphrase"),
        (foreign, PASSPHRASE, "not the root of"),
        (tmp_path / "absent.pem", PASSPHRASE, "No such file"),
        (folder / "mitmproxy-ca.pem", PASSPHRASE, "not a root's key encrypted"),
    ):
        with pytest.raises(CertificateError, match=words) as caught:
            renew(folder, file, passphrase, NAMES, NOW)
        assert "\n" not in str(caught.value)
    assert contents(folder) == before


# Creating once


def test_an_existing_root_is_replaced_only_when_told(folder: Path) -> None:
    first = create(folder, SCHOOL, NAMES, NOW)
    with pytest.raises(CertificateError, match="there is already a certificate"):
        create(folder, SCHOOL, NAMES, NOW)
    assert load(folder) == first
    second = create(folder, SCHOOL, NAMES, NOW, overwrite=True)
    assert second.root_fingerprint != first.root_fingerprint
    assert load(folder) == second


def test_ensure_creates_when_missing_and_else_loads(folder: Path) -> None:
    assert load(folder) is None
    first = ensure(folder, SCHOOL, NAMES, NOW)
    assert ensure(folder, SCHOOL, ("other.example",), NOW) == first


def test_a_root_without_the_gates_file_is_not_forgotten(folder: Path) -> None:
    """The gate's file was lost; the devices still trust the root."""
    create(folder, SCHOOL, NAMES, NOW)
    (folder / "mitmproxy-ca.pem").unlink()
    assert load(folder) is None
    with pytest.raises(CertificateError, match="devices may trust it"):
        create(folder, SCHOOL, NAMES, NOW)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "at least one name"),
        ([f"n{n}.example" for n in range(2501)], "2501 names are more than the 2500"),
        (("com",), "'com' is not the name of a site"),
        ((".facebook.com",), "is not the name"),
        (("*.facebook.com",), "is not the name"),
        (("203.0.113.10",), "is not the name"),
        (("Facebook.com",), "is not the name"),
    ],
)
def test_names_that_would_widen_or_break_the_constraints(
    folder: Path, names: Sequence[str], words: str
) -> None:
    with pytest.raises(CertificateError, match=words):
        create(folder, SCHOOL, names, NOW)
    assert not folder.exists()


# Interruption


@pytest.mark.parametrize("completed", [0, 1])
def test_a_kill_between_two_writes_leaves_the_old_or_the_new(
    folder: Path, completed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create(folder, SCHOOL, NAMES, NOW)
    done = 0

    class Killed(BaseException):
        pass

    def write_until_killed(path: Path, data: bytes, mode: int) -> None:
        nonlocal done
        if done == completed:
            raise Killed
        done += 1
        write_whole(path, data, mode)

    with monkeypatch.context() as patched:
        patched.setattr(certificate, "write_whole", write_until_killed)
        with pytest.raises(Killed):
            create(folder, SCHOOL, ("tiktok.com",), NOW, overwrite=True)

    found = load(folder)
    assert found is not None
    assert (found == first) is (completed == 0)
    root = x509.load_pem_x509_certificate((folder / "bellgate-ca.pem").read_bytes())
    assert root == chain(folder)[1]
    assert verify(folder, f"www.{found.names[0]}").returncode == 0


def test_a_half_written_temporary_file_is_no_obstacle(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mitmproxy-ca.pem.new").write_text("half")
    create(folder, SCHOOL, NAMES, NOW)
    assert sorted(path.name for path in folder.iterdir()) == ["bellgate-ca.pem", "mitmproxy-ca.pem"]


def test_a_write_that_fails_leaves_what_was_there(folder: Path, tmp_path: Path) -> None:
    first = create(folder, SCHOOL, NAMES, NOW)
    kept = tmp_path / "no-such-folder" / "root.pem"
    with pytest.raises(CertificateError, match="No such file"):
        create(folder, SCHOOL, NAMES, NOW, keep_root=kept, passphrase=PASSPHRASE, overwrite=True)
    assert load(folder) == first
    plain = tmp_path / "file"
    plain.touch()
    with pytest.raises(CertificateError, match="Not a directory") as caught:
        create(plain / "certificate", SCHOOL, NAMES, NOW)
    assert "\n" not in str(caught.value)


# Files that are not ours


def test_a_certificate_that_could_open_any_site_is_refused(folder: Path) -> None:
    """What mitmproxy makes for itself when left alone."""
    certs.CertStore.create_store(folder, "mitmproxy", 2048)
    with pytest.raises(CertificateError, match="instead of two"):
        load(folder)
    raw = (folder / "mitmproxy-ca.pem").read_bytes()
    only = raw[raw.index(b"-----BEGIN CERTIFICATE") :]
    (folder / "mitmproxy-ca.pem").write_bytes(raw + only)
    with pytest.raises(CertificateError, match="could open any site"):
        load(folder)


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "other key", "swapped", "foreign root"])
def test_a_damaged_file_is_an_error_in_one_line(folder: Path, tmp_path: Path, damage: str) -> None:
    create(folder, SCHOOL, NAMES, NOW)
    create(tmp_path / "other", SCHOOL, NAMES, NOW)
    file = folder / "mitmproxy-ca.pem"
    mark = b"-----BEGIN CERTIFICATE"
    raw, other = file.read_bytes(), (tmp_path / "other" / file.name).read_bytes()
    key, one, two = raw.split(mark)
    other_key, _, other_two = other.split(mark)
    file.write_bytes(
        {
            "empty": b"",
            "text": b"no certificate at all",
            "cut": raw[:-300],
            "other key": mark.join([other_key, one, two]),
            "swapped": mark.join([key, two, one]),
            "foreign root": mark.join([key, one, other_two]),
        }[damage]
    )
    with pytest.raises(CertificateError) as caught:
        load(folder)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_openssl_refuses_a_leaf_for_a_name_that_stays_open(tmp_path: Path) -> None:
    """`youtube.com` has to be permitted; nobody's sign-in under it is."""
    folder = tmp_path / "certificate"
    open_names = ("accounts.youtube.com",)
    made = certificate.create(folder, SCHOOL, ("youtube.com",), NOW, left_open=open_names)
    assert made.left_open == open_names
    assert made.permits("www.youtube.com")
    assert not made.permits("accounts.youtube.com")
    assert not made.permits("x.accounts.youtube.com")
    assert verify(folder, "www.youtube.com").returncode == 0
    refused = verify(folder, "accounts.youtube.com")
    assert refused.returncode != 0
    assert "excluded subtree violation" in refused.stderr
