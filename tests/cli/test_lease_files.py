"""`check` says whether the lease files of devices.yaml can be used on this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import SAMPLE, bellgate

KEA = (
    "address,hwaddr,valid_lifetime,expire,state\n10.77.10.21,3c:22:fb:00:00:21,4000,1796000000,0\n"
)
ISC = "lease 10.77.10.21 {\n  ends never;\n  hardware ethernet 3c:22:fb:00:00:21;\n}\n"
DNSMASQ = "1900000000 3c:22:fb:00:00:21 10.77.10.21 y5-laptop-03 *\n"


def warned(tmp_path: Path, leases: str) -> list[str]:
    """What `check` says of the leases under a folder whose devices.yaml names these."""
    folder = tmp_path / "schedules"
    folder.mkdir()
    for file in SAMPLE.glob("*.yaml"):
        text = file.read_text("utf-8")
        (folder / file.name).write_text(
            text.replace("leases: /var/lib/misc/dnsmasq.leases", leases), "utf-8"
        )
    done = bellgate("check", "--schedules", folder)
    assert done.returncode == 0, "a file of the machine is no mistake in the folder"
    found: list[dict[str, Any]] = json.loads(
        bellgate("check", "--schedules", folder, "--json").stdout
    )
    said = [f"{p['file']}:{p['line']}: {p['level']}: {p['message']}" for p in found]
    about = [line for line in said if "leases" in line]
    assert all(line in done.stdout for line in about)
    return about


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, "is not there"),
        ("", "is empty"),
        ("127.0.0.1 localhost\n", "is not a lease file from dnsmasq, Kea (CSV) or ISC dhcpd"),
    ],
)
def test_a_file_that_is_missing_empty_or_of_another_kind_is_a_warning_with_its_line(
    tmp_path: Path, content: str | None, wrong: str
) -> None:
    file = tmp_path / "l"
    if content is not None:
        file.write_text(content)
    assert warned(tmp_path, f"leases: {file}") == [
        f"devices.yaml:32: warning: leases: {file} {wrong}"
    ]


def test_the_lease_files_of_three_servers_in_a_list_are_taken(tmp_path: Path) -> None:
    for name, content in (("d", DNSMASQ), ("k", KEA), ("i", ISC)):
        (tmp_path / name).write_text(content)
    lines = "".join(f"\n  - {tmp_path / name}" for name in "dki")
    assert warned(tmp_path, f"leases:{lines}") == []


def test_of_a_list_the_line_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(KEA)
    lines = f"leases:\n  - {tmp_path / 'k'}\n  - {tmp_path / 'none'}"
    assert warned(tmp_path, lines) == [
        f"devices.yaml:34: warning: leases: {tmp_path / 'none'} is not there"
    ]
