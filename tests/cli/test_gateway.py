"""What would be put in place on a machine, as a technician asks for it before anything is."""

import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import bellgate
from tests.lab.school import SAMPLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    (copy / "gateway.yaml").write_text("lan: [lan0, lan1]\nwan: wan0\nkernel_path: no\n")
    return copy


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("nftables", '\t\tiifname != { "lan0", "lan1", "bellgate-probe" } accept'),
        ("dnsmasq", "interface=lan1"),
        ("sysctl", "net.ipv4.ip_forward = 1"),
        ("units", "User=bellgate-gate"),
    ],
)
def test_each_text_is_printed(folder: Path, tmp_path: Path, what: str, line: str) -> None:
    done = bellgate("--schedules", folder, "--state", tmp_path / "state", "gateway", "render", what)
    assert done.returncode == 0, done.stderr
    assert line in done.stdout.splitlines()


def test_the_difference_names_what_is_in_place_and_what_would_be(
    folder: Path, tmp_path: Path
) -> None:
    done = bellgate("--schedules", folder, "--state", tmp_path / "state", "gateway", "render",
                    "dnsmasq", "--diff")  # fmt: skip
    assert done.returncode == 1, "nothing is in place here"
    assert "--- /run/bellgate-rules/dnsmasq.conf (in place)" in done.stdout
    assert "+interface=lan0" in done.stdout.splitlines()


def test_a_machine_that_is_no_gateway_is_told_so() -> None:
    done = bellgate("gateway", "render", "nftables", "--schedules", SAMPLE)
    assert done.returncode == 1
    assert "there is no gateway.yaml" in done.stderr and "deploy/install" in done.stderr


def test_no_way_round_is_tried_on_a_machine_that_is_no_gateway() -> None:
    done = bellgate("doctor", "--ways", "--schedules", SAMPLE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no gateway.yaml" in done.stderr and "deploy/install" in done.stderr


def test_a_folder_with_a_mistake_is_rendered_by_nobody(folder: Path, tmp_path: Path) -> None:
    (folder / "gateway.yaml").write_text("lan: lan0\nwan: lan0\n")
    done = bellgate("--schedules", folder, "--state", tmp_path / "state", "gateway", "render",
                    "nftables")  # fmt: skip
    assert done.returncode == 1
    assert "gateway.yaml:2: lan0 is on both sides, lan and wan" in done.stdout
