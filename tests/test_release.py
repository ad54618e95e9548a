"""A release is signed, and nothing of an archive is used before its signature was checked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bellgate.gateway import machine
from bellgate.schedules.shipped import shipped
from bellgate.schedules.updated_catalogue import catalogue_in
from tests.lab.school import TOP

GOES_ON = ("was not started by systemd", "is installed on Debian 13", "no network card")
"""What the installer that lies in the archive says here: so it has been run."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkout with a key of its own in `deploy/signers`, and a release of it in `dist`."""
    top = tmp_path_factory.mktemp("ours")
    for name in ("addon/bellgate/schedules/catalogue", "schedules"):
        shutil.copytree(TOP / name, top / name)
    (top / "deploy").mkdir()
    for name in ("install", "python.sh", "release", "signature.sh"):
        shutil.copy(TOP / "deploy" / name, top / "deploy")
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
        shutil.copy(TOP / name, top)
    make_key(top.parent / f"{top.name}-key")
    commit(top)
    told = run(top / "deploy/release", key_of(top), cwd=top, fails=True)
    line = next(line for line in told.splitlines() if "ssh-ed25519" in line)
    (top / "deploy/signers").write_text(f"{line}\n")
    told = run(top / "deploy/release", key_of(top), cwd=top, fails=True)
    assert "not committed" in told
    commit(top)
    run(top / "deploy/release", key_of(top), cwd=top)
    return top


def make_key(path: Path) -> None:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)


def key_of(top: Path) -> Path:
    return top.parent / f"{top.name}-key"


def commit(top: Path) -> None:
    named = ("-c", "user.name=A school", "-c", "user.email=it@example.sch.uk")
    run("git", "init", "--quiet", cwd=top)
    run("git", "add", "--all", cwd=top)
    run("git", *named, "commit", "--quiet", "--message", "A release", cwd=top)


def run(*words: str | Path, cwd: Path | None = None, fails: bool = False) -> str:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def install(installer: Path, *words: str | Path, installed: Path | None = None) -> str:
    """What the installer says on a machine of its own, where `installed` runs already. It never
    gets to its end: this is no Debian 13 with systemd."""
    begins = "mount -t tmpfs none /opt && mkdir /opt/bellgate"
    if installed is not None:
        begins += f" && ln -s {installed} /opt/bellgate/current"
    words = ("unshare", "--mount", "sh", "-c", f'{begins} && exec "$@"', "sh", installer, *words)
    return run(*words, fails=True)


def archive_of(top: Path) -> Path:
    [found] = (top / "dist").glob("bellgate-[0-9]*.tar.gz")
    return found


def went_on(said: str) -> bool:
    return any(words in said for words in GOES_ON)


def changed(archive: Path, folder: Path) -> Path:
    """The archive with one byte that is another, and the same signature."""
    copy = Path(shutil.copy(archive, folder))
    shutil.copy(f"{archive}.sig", folder)
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    return copy


CARDS = ("--lan", "lan0", "--wan", "wan0", "--yes")


def test_a_release_holds_the_program_and_its_signers(ours: Path) -> None:
    names = run("tar", "-tzf", archive_of(ours)).splitlines()
    root = archive_of(ours).name.removesuffix(".tar.gz")
    assert {f"{root}/deploy/install", f"{root}/deploy/signers", f"{root}/LICENSE"} <= set(names)
    assert all(name.startswith(f"{root}/") for name in names)


def test_the_catalogue_is_an_archive_of_its_own(ours: Path) -> None:
    [archive] = (ours / "dist").glob("bellgate-catalogue-*.tar.gz")
    content, signature = archive.read_bytes(), Path(f"{archive}.sig").read_bytes()
    signers = ours / "deploy/signers"
    assert machine.is_signed(content, signature, signers, "bellgate-catalogue")
    assert not machine.is_signed(content, signature, signers, "bellgate-release")
    assert catalogue_in(content).services == shipped().services


def test_what_one_of_ours_signed_is_installed(ours: Path) -> None:
    assert went_on(install(ours / "deploy/install", archive_of(ours), *CARDS))


def test_the_first_time_the_signers_may_be_given(ours: Path) -> None:
    installer = TOP / "deploy/install"
    said = install(installer, archive_of(ours), *CARDS)
    assert "whose key is it signed with?" in said and not went_on(said)
    assert went_on(
        install(installer, archive_of(ours), "--signers", ours / "deploy/signers", *CARDS)
    )


def test_an_archive_that_was_changed_is_not_unpacked(ours: Path, tmp_path: Path) -> None:
    said = install(ours / "deploy/install", changed(archive_of(ours), tmp_path), *CARDS)
    assert said.count("\n") == 1 and "not what was signed" in said


def test_an_archive_without_a_signature_is_not_unpacked(ours: Path, tmp_path: Path) -> None:
    copy = shutil.copy(archive_of(ours), tmp_path)
    said = install(ours / "deploy/install", copy, *CARDS)
    assert f"there is no signature {copy}.sig" in said and not went_on(said)


@pytest.mark.parametrize("namespace", ["bellgate-release", "bellgate-catalogue"])
def test_a_signature_by_another_key_or_for_something_else_counts_for_nothing(
    ours: Path, tmp_path: Path, namespace: str
) -> None:
    copy = Path(shutil.copy(archive_of(ours), tmp_path))
    key = key_of(ours)
    if namespace == "bellgate-release":
        key = tmp_path / "another"
        make_key(key)
    run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, copy)
    assert not went_on(install(ours / "deploy/install", copy, *CARDS))


def test_an_upgrade_is_by_the_key_of_what_is_installed(ours: Path, tmp_path: Path) -> None:
    """Also where the installer that is run, or the archive, brings another key along."""
    installed = tmp_path / "installed"
    (installed / "deploy").mkdir(parents=True)
    make_key(tmp_path / "old")
    old = (tmp_path / "old.pub").read_text()
    (installed / "deploy/signers").write_text(f"bellgate {old}")
    installer, signers = ours / "deploy/install", ("--signers", ours / "deploy/signers")
    assert "not what was signed" in install(installer, archive_of(ours), installed=installed)
    said = install(installer, archive_of(ours), *signers, installed=installed)
    assert "leave --signers out" in said
    shutil.copy(ours / "deploy/signers", installed / "deploy/signers")
    assert went_on(install(installer, archive_of(ours), installed=installed))
