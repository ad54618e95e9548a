"""A catalogue newer than the program: taken where one of ours signed it, else refused in a line."""

import gzip
import io
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bellgate.running import catalogue_update, editions
from bellgate.schedules.load import fingerprint, load_files
from bellgate.schedules.shipped import shipped, shipped_edition
from tests.cli.test_commands import bellgate
from tests.lab.school import IN_SESSION, SAMPLE, School, wait_for

NEW = "2031-05-04"
SITE = "new-network.example"
SERVICE = f"""\
category: chat-room
services:
  - id: new-network
    name: New Network
    domains: [{SITE}]
"""


class Publisher:
    """A folder with a key, and the catalogues that it signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key], check=True)
        self.signers = folder / "signers"
        public = self._key.with_suffix(".pub").read_text()
        self.signers.write_text(f'bellgate namespaces="bellgate-catalogue" {public}')

    def catalogue(self, edition: str = NEW, **files: str) -> Path:
        """The shipped one with other files in it, as `deploy/release` packs it."""
        content = {n: c.decode() for n, c in shipped().files.items()}
        content |= {name.replace("_", "-") + ".yaml": text for name, text in files.items()}
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name, text in {**content, "EDITION": f"{edition}\n"}.items():
                member = tarfile.TarInfo(f"addon/bellgate/schedules/catalogue/{name}")
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        return self.signed(gzip.compress(packed.getvalue()))

    def signed(self, content: bytes) -> Path:
        place = self.folder / "catalogue.tar.gz"
        place.write_bytes(content)
        signature = Path(f"{place}.sig")
        signature.unlink(missing_ok=True)
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", self._key, "-n", "bellgate-catalogue", place],
            check=True, capture_output=True,
        )  # fmt: skip
        return place


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    return Publisher(tmp_path_factory.mktemp("publisher"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def update(state: Path, place: Path | str, ours: Publisher, schedules: Path = SAMPLE) -> str:
    done = bellgate(
        "--schedules", schedules, "--state", state,
        "catalogue", "update", place, "--signers", ours.signers,
    )  # fmt: skip
    return done.stdout + done.stderr


def in_force(state: Path) -> str:
    said = bellgate("--schedules", SAMPLE, "--state", state, "check").stdout
    return next(line for line in said.splitlines() if line.startswith("Catalogue: "))


def rule_at(state: Path) -> str:
    return bellgate("--schedules", SAMPLE, "--state", state, "explain", "--device",
                    "y5-laptop-03", "--site", SITE, "--at", IN_SESSION).stdout  # fmt: skip


def test_a_newer_one_is_in_force_once_it_is_taken(state: Path, ours: Publisher) -> None:
    assert in_force(state) == f"Catalogue: of {shipped_edition()}, as it came with Bellgate"
    assert "New Network" not in rule_at(state)
    assert f"The catalogue of {NEW} is kept" in update(state, ours.catalogue(extra=SERVICE), ours)
    assert in_force(state) == f"Catalogue: of {NEW}, brought up to date"
    assert "New Network" in rule_at(state)
    assert "New Network" in bellgate("--state", state, "services", "new network").stdout


def test_it_is_fetched_from_an_address_with_its_signature(state: Path, ours: Publisher) -> None:
    place = ours.catalogue(extra=SERVICE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ours.folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    take = partial(catalogue_update.update, schedules=SAMPLE, state=state, signers=ours.signers)
    try:
        with pytest.raises(catalogue_update.Refused, match="the server answers 404"):
            take(f"{address}/nothing.tar.gz")
        assert take(f"{address}/{place.name}") == NEW
    finally:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def changed(ours: Publisher, _: Path) -> None:
    place = ours.catalogue(extra=SERVICE)
    place.write_bytes(place.read_bytes() + b"\0")


def by_another(ours: Publisher, folder: Path) -> None:
    folder.mkdir()
    other = Publisher(folder).catalogue(extra=SERVICE)
    for end in ("", ".sig"):
        shutil.copy(f"{other}{end}", f"{ours.folder}/{other.name}{end}")


def unsigned(ours: Publisher, _: Path) -> None:
    Path(f"{ours.catalogue(extra=SERVICE)}.sig").unlink()


def older(ours: Publisher, _: Path) -> None:
    ours.catalogue("2020-01-01", extra=SERVICE)


def dateless(ours: Publisher, _: Path) -> None:
    ours.catalogue("soon", extra=SERVICE)


def no_archive(ours: Publisher, _: Path) -> None:
    ours.signed(b"<html>")


def unreadable(ours: Publisher, _: Path) -> None:
    ours.catalogue(extra="services: [")


def without_what_rules_name(ours: Publisher, _: Path) -> None:
    ours.catalogue(video="category: video\nservices: []\n")


WRONG = {
    changed: "is not what was signed",
    by_another: "is not what was signed",
    unsigned: "No such file",
    older: "is dated 2020-01-01, and the catalogue in force is dated",
    dateless: "does not say of which day it is",
    no_archive: "is no archive of a catalogue",
    unreadable: "cannot be read by this version",
    without_what_rules_name: "the school's files would have a mistake: rules.yaml:",
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: w.__name__)
def test_what_is_wrong_is_refused_in_one_line_and_what_was_in_force_stays(
    state: Path, ours: Publisher, tmp_path: Path, wrong: Callable[[Publisher, Path], None]
) -> None:
    catalogue_update.update(str(ours.catalogue("2031-05-03")), SAMPLE, state, ours.signers)
    wrong(ours, tmp_path / "another")
    place = str(ours.folder / "catalogue.tar.gz")
    with pytest.raises(catalogue_update.Refused) as refused:
        catalogue_update.update(place, SAMPLE, state, ours.signers)
    said = str(refused.value)
    assert said.startswith(place) and WRONG[wrong] in said and "\n" not in said
    assert catalogue_update.in_force(state) == "2031-05-03"


def test_the_command_says_what_stays(state: Path, ours: Publisher) -> None:
    changed(ours, state)
    said = update(state, ours.folder / "catalogue.tar.gz", ours).splitlines()
    assert len(said) == 2 and "is not what was signed" in said[0]
    assert said[1].strip() == f"hint: the catalogue of {shipped_edition()} stays in force"


def test_a_program_that_came_later_brings_its_own(state: Path, ours: Publisher) -> None:
    folder = state / "calendars"
    folder.mkdir(parents=True)
    shutil.copy(ours.catalogue("2020-01-01", extra=SERVICE), folder / "catalogue.tar.gz")
    assert in_force(state) == f"Catalogue: of {shipped_edition()}, as it came with Bellgate"


def test_a_kept_one_that_is_damaged_is_told_and_the_shipped_one_holds(state: Path) -> None:
    (state / "calendars").mkdir(parents=True)
    (state / "calendars" / "catalogue.tar.gz").write_bytes(b"half of")
    said = bellgate("--schedules", SAMPLE, "--state", state, "check")
    assert said.returncode == 0
    assert "the catalogue that was brought up to date cannot be used" in said.stdout


@pytest.fixture
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


@pytest.mark.usefixtures("stopped")
def test_a_running_gate_takes_it_up_and_an_old_decision_is_still_explained(
    school: School, ours: Publisher
) -> None:
    gate = school.gate(IN_SESSION)
    schedules = school.folder / "schedules"
    assert "is kept" in update(gate.state, ours.catalogue(extra=SERVICE), ours, schedules)
    wait_for(lambda: school.curl(f"http://{SITE}/").status == 403, "the new service closed")
    record = next(r for r in gate.records() if r["url"]["domain"] == SITE)
    assert record["network"]["application"] == "new-network"
    [change] = [
        r for r in gate.records("bellgate.gate") if r["event"]["action"] == "policy-changed"
    ]
    assert f"the day of the catalogue of services is now “{NEW}”" in change["message"]
    # Months later, with whatever catalogue: the edition that decided has its own.
    kept = editions.kept(gate.state, record["rule"]["version"])
    assert fingerprint(kept) == record["rule"]["version"]
    policy = load_files(kept).policy
    assert policy is not None and policy.index.look_up(SITE).service is not None
