"""Which folder a command means when nobody names one."""

from pathlib import Path

import pytest

from bellgate.running.folders import schedules_folder

INSTALLED = Path("/opt/bellgate/0.1.0-131105b2/addon/bellgate/running/folders.py")


def test_a_checkout_means_the_folder_beside_it_and_a_gateway_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands in an unpacked release sees the school, not the sample."""
    monkeypatch.chdir(tmp_path)
    assert schedules_folder(None) == Path("/etc/bellgate/schedules")
    (tmp_path / "schedules").mkdir()
    assert schedules_folder(None) == Path("schedules")
    assert schedules_folder(None, INSTALLED) == Path("/etc/bellgate/schedules")
    assert schedules_folder(Path("mine"), INSTALLED) == Path("mine")
