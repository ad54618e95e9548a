"""A gateway in two files: neither opens a name alone, and both together are the gateway again."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from bellgate.gateway.back_up import left_beside
from tests.audit.world import journal
from tests.cli.test_commands import bellgate
from tests.lab.school import SAMPLE

WORDS = "correct horse battery staple"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of a gateway with a record and a name."""
    place = tmp_path_factory.mktemp("gateway")
    folder, state = place / "schedules", place / "state"
    shutil.copytree(SAMPLE, folder)
    for words in (("certificate", "create"), ("people", "add", "stf-0042", "--name", "A. Khan"),
                  ("people", "reveal", "stf-0042", "--reason", "A complaint")):  # fmt: skip
        done = bellgate("--schedules", folder, "--state", state, *words)
        assert done.returncode == 0, done.stderr
    (place / "words").write_text(f"{WORDS}\n")
    return place


@pytest.fixture
def gateway(original: Path, tmp_path: Path) -> tuple[Path, Path]:
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "schedules", tmp_path / "state"


def copied(gateway: tuple[Path, Path], file: Path) -> None:
    folder, state = gateway
    done = bellgate("--schedules", folder, "--state", state, "gateway", "back-up", file,
                    "--passphrase-file", folder.parent / "words")  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_went_up_comes_back_whole(gateway: tuple[Path, Path], tmp_path: Path) -> None:
    folder, state = gateway
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    before = bellgate("--state", state, "audit", "checkpoint").stdout
    shutil.rmtree(state)
    (folder / "school.yaml").write_text("spoilt")
    done = bellgate("--schedules", folder, "--state", state, "gateway", "restore", file, "--yes",
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert bellgate("--state", state, "audit", "checkpoint").stdout == before
    assert bellgate("--schedules", folder, "check").returncode == 0
    shown = bellgate("--schedules", folder, "--state", state, "people", "reveal", "stf-0042",
                     "--reason", "A complaint")  # fmt: skip
    assert "A. Khan" in shown.stdout
    # What was there stays beside it, and purging the machine finds it again.
    [old] = [place for place in left_beside(folder) if place.exists()]
    assert (old / "school.yaml").read_text() == "spoilt"


def test_the_first_file_holds_no_key_and_the_second_nothing_readable(
    gateway: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    with tarfile.open(file) as tar:
        names = tar.getnames()
    assert "state/people/names" in names and "schedules/school.yaml" in names
    assert not [n for n in names if n.split("/")[1:2] in (["secrets"], ["keys"], ["certificate"])]
    sealed = tmp_path / "monday.tgz.keys"
    assert b"PRIVATE" not in sealed.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in (file, sealed)} == {0o600}


@pytest.mark.parametrize("trouble", ["passphrase", "keys", "cut off"])
def test_what_is_not_whole_changes_nothing(
    gateway: tuple[Path, Path], tmp_path: Path, trouble: str
) -> None:
    folder, state = gateway
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    if trouble == "passphrase":
        (tmp_path / "words").write_text("another passphrase\n")
    elif trouble == "keys":
        (tmp_path / "monday.tgz.keys").unlink()
    else:
        file.write_bytes(file.read_bytes()[:2000])
    before = bellgate("--state", state, "audit", "checkpoint").stdout
    done = bellgate("--schedules", folder, "--state", state, "gateway", "restore", file, "--yes",
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: nothing was changed")
    assert bellgate("--state", state, "audit", "checkpoint").stdout == before


def test_a_back_up_never_replaces_another(gateway: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    kept = file.read_bytes()
    folder, state = gateway
    done = bellgate("--schedules", folder, "--state", state, "gateway", "back-up", file,
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 1 and "exists already" in done.stderr
    assert file.read_bytes() == kept


def test_a_folder_of_no_gateway_is_told_of_and_never_replaces_a_gateways(
    gateway: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, state = gateway
    file = tmp_path / "monday.tgz"
    done = bellgate("--schedules", folder, "--state", state, "gateway", "back-up", file,
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 0
    assert "has no gateway.yaml: is this the gateway's own folder?" in done.stderr
    (folder / "gateway.yaml").write_text("lan: [lan0]\nwan: wan0\n")
    done = bellgate("--schedules", folder, "--state", state, "gateway", "restore", file, "--yes",
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr and "holds no gateway.yaml" in done.stderr
    assert (folder / "gateway.yaml").exists()


def test_a_second_restore_leaves_what_the_first_one_kept(
    gateway: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, state = gateway
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    for edit in ("first", "second"):
        (folder / "school.yaml").write_text(edit)
        done = bellgate("--schedules", folder, "--state", state, "gateway", "restore", file,
                        "--yes", "--passphrase-file", tmp_path / "words")  # fmt: skip
        assert done.returncode == 0, done.stderr
    kept = [place for place in left_beside(folder) if place.exists()]
    assert [(place / "school.yaml").read_text() for place in kept] == ["first", "second"]


def test_a_log_that_went_on_after_the_back_up_is_not_forgotten(
    gateway: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, state = gateway
    file = tmp_path / "monday.tgz"
    copied(gateway, file)
    reveal = ("--schedules", folder, "--state", state, "people", "reveal", "stf-0042",
              "--reason", "Another complaint")  # fmt: skip
    assert bellgate(*reveal).returncode == 0
    done = bellgate("--schedules", folder, "--state", state, "gateway", "restore", file, "--yes",
                    "--passphrase-file", tmp_path / "words")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "went on after the back-up was made" in done.stdout
    # The gate that starts finds the newer checkpoint, as on a machine that was rolled back.
    journal(state).close()
    assert (state / "log.1").is_dir()
    first = next(line for f in (state / "log").glob("*.jsonl") for line in f.open())
    assert "the log ends after 1 record, 2 were signed" in json.loads(first)["message"]
    assert "log.1" in bellgate("--state", state, "audit", "verify").stdout
