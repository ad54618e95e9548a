"""apt, git and pip, with and without the gate: the same files, the same requests, the same end.

Each program does its work from a place that nothing is diverted from, and then through the gate:
transparent and as a proxy, over IPv4 and IPv6, plain and over TLS.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.authority import issue
from tests.lab.goods import fill, varied
from tests.lab.namespace import Namespace
from tests.lab.network import A_LARGER_SHARE, TOP, Lab, open_lab
from tests.lab.test_ordinary_life import AT_LUNCH, MODES, PROXY, THROUGH, Way
from tests.lab.works import PLAIN_PORT, TLS_PORT

HERE = {4: "198.51.100.200", 6: "2001:db8:51::c8"}
NAMES = {4: "works4.example", 6: "works6.example"}


@dataclass(frozen=True)
class Client:
    """Where a program runs, and how it gets out."""

    place: Namespace
    folder: Path
    site: str
    """The beginning of every address: a scheme and a name."""
    proxy: str | None
    authority: Path

    def run(self, *words: str | Path, **environment: str) -> int:
        """Its exit status; what it said is kept beside its files."""
        settings = {
            # What a program keeps for itself is none of what it fetched.
            "HOME": f"{self.folder}-home", "GIT_SSL_CAINFO": str(self.authority), "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "PIP_CONFIG_FILE": "/dev/null",
            **environment,
        }  # fmt: skip
        for name in ("http_proxy", "https_proxy"):
            if self.proxy:
                settings[name] = self.proxy
        done = self.place.run(
            "env", *(f"{name}={value}" for name, value in settings.items()), *words, timeout=60
        )
        with (self.folder / "said").open("a") as said:
            said.write(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}\n")
        return done.returncode


def git_clones_and_pushes(client: Client) -> list[int]:
    """By git's own protocol; what is pushed goes in chunks."""
    copy = client.folder / "copy"
    git = ("git", "-C", copy, "-c", "user.name=lab", "-c", "user.email=lab@example.org")
    statuses = [client.run("git", "clone", "--quiet", f"{client.site}/git/lab.git", copy)]
    (copy / "more").write_bytes(varied(300_000))
    date = "2026-11-23T10:00:00+00:00"
    statuses.append(client.run(*git, "add", "more"))
    statuses.append(
        client.run(*git, "commit", "--quiet", "-m", "more", GIT_AUTHOR_DATE=date,
                   GIT_COMMITTER_DATE=date)
    )  # fmt: skip
    branch = f"HEAD:refs/heads/pushed-{time.monotonic_ns()}"
    statuses.append(
        client.run(*git, "-c", "http.postBuffer=65536", "push", "--quiet", "origin", branch)
    )
    shutil.rmtree(copy / ".git")
    return statuses


def git_clones_from_files(client: Client) -> list[int]:
    """Where a server knows nothing of git: object by object."""
    copy = client.folder / "copy"
    status = client.run("git", "clone", "--quiet", f"{client.site}/lab.git", copy)
    shutil.rmtree(copy / ".git")
    return [status]


def pip_downloads(client: Client) -> list[int]:
    return [
        client.run(
            sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps",
            "--disable-pip-version-check", "--cert", client.authority,
            "--trusted-host", client.site.partition("://")[2],
            "--index-url", f"{client.site}/simple/", "--dest", client.folder / "wheels", "labthing",
        )
    ]  # fmt: skip


def apt_updates_and_downloads(client: Client) -> list[int]:
    root = client.folder / "apt"
    for name in ("lists/partial", "cache/archives/partial", "etc"):
        (root / name).mkdir(parents=True)
    (root / "status").touch()
    (root / "etc" / "sources").write_text(f"deb [trusted=yes] {client.site}/debian ./\n")
    options = (
        f"Dir::State={root}", f"Dir::State::lists={root}/lists",
        f"Dir::State::status={root}/status",
        f"Dir::Cache={root}/cache", f"Dir::Etc::sourcelist={root}/etc/sources",
        "Dir::Etc::sourceparts=/dev/null", "Dir::Etc::parts=/dev/null", "APT::Sandbox::User=root",
        f"Acquire::https::CAInfo={client.authority}", "Acquire::Retries=0",
        "Acquire::Languages=none",
    )  # fmt: skip
    apt = ("apt-get", "-q", *(word for option in options for word in ("-o", option)))
    statuses = [client.run(*apt, "update")]
    statuses.append(client.run("sh", "-c", f"cd {client.folder} && exec \"$@\"", "sh", *apt,
                               "download", "labthing"))  # fmt: skip
    shutil.rmtree(root)
    return statuses


PROGRAMS: dict[str, Callable[[Client], list[int]]] = {
    "git": git_clones_and_pushes,
    "git, from a server of files": git_clones_from_files,
    "pip": pip_downloads,
    "apt": apt_updates_and_downloads,
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in open_lab(tmp_path_factory.mktemp("works"), ["origin.example"]):
        works = lab.folder / "works"
        works.mkdir()
        fill(works)
        certificate, key = issue(lab.folder, list(NAMES.values()))
        server = lab.internet.start(
            sys.executable, "-m", "tests.lab.works", works, certificate, key,
            cwd=TOP, env={**os.environ, "PYTHONPATH": str(TOP)}, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        lab.apply(
            "table inet works {\nchain pre {\ntype nat hook prerouting priority dstnat;\n"
            + "".join(
                f"{family} daddr {HERE[ip]} tcp dport {port} redirect to :{to}\n"
                for ip, family in ((4, "ip"), (6, "ip6"))
                for port, to in ((80, PLAIN_PORT), (443, TLS_PORT))
            )
            + "}\n}\n",
            lab.internet,
        )
        names = lab.folder / "names"
        names.write_text(names.read_text() + "".join(f"{HERE[ip]} {NAMES[ip]}\n" for ip in (4, 6)))
        lab.name_server.send_signal(signal.SIGHUP)
        lab.divert()
        lab.gate(AT_LUNCH, A_LARGER_SHARE, modes=MODES)
        yield lab


def done_by(
    lab: Lab, program: str, way: Way, scheme: str
) -> tuple[list[int], dict[str, str], list[str]]:
    """Exit statuses, the files that it has now, and what the server was asked for."""
    folder = lab.folder / f"{program}-{way}-{scheme}".replace(" ", "").replace(",", "-")
    folder.mkdir()
    log = lab.folder / "works.log"
    log.write_text("")
    address, port = PROXY[way.ip]
    where = f"[{address}]" if way.ip == 6 else address
    proxy = f"http://{where}:{port}" if way.through == "proxy" else None
    place = lab.staff.namespace if way.through else lab.gateway
    site = f"{scheme}://{NAMES[way.ip]}"
    statuses = PROGRAMS[program](Client(place, folder, site, proxy, lab.authority))
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("said", ".gitconfig")
    }
    return statuses, files, sorted(log.read_text().splitlines())


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_it_does_the_same_through_the_gate(lab: Lab, program: str, scheme: str) -> None:
    for ip in (4, 6):
        direct = done_by(lab, program, Way(ip), scheme)
        statuses, files, asked = direct
        assert set(statuses) == {0}, direct
        assert files and asked
        for way in THROUGH:
            if way.ip == ip:
                assert done_by(lab, program, way, scheme) == direct, str(way)
