"""A mail server, and a gate whose alerts go to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.world import journal
from tests.lab.post_box import PostBox, address, serving
from tests.running.alerts.gate import GateClock, Months, settings_with


@pytest.fixture
def box() -> PostBox:
    return PostBox()


@pytest.fixture
def server(box: PostBox) -> Iterator[str]:
    controller = serving(box)
    yield address(controller)
    controller.stop()


@pytest.fixture
def months(tmp_path: Path, server: str) -> Iterator[Months]:
    log = journal(tmp_path / "state")
    yield Months(tmp_path / "state", log, settings_with(server), GateClock())
    log.close()
