"""A week at a school, made once; each test has a copy of its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bellgate.console.assembly import index_of
from bellgate.console.school import School
from bellgate.running.demo import folder
from tests.cli import weeks
from tests.console.desk import Clock, Desk, made


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The state and the schedules of a week in which a laptop changes hands."""
    place = tmp_path_factory.mktemp("week")
    weeks.handover(place / "state")
    schedules = weeks.holders(place / "schedules")
    # Indexed once: a copy has only what is new to take in.
    school = School(schedules, place / "state", machine_now=Clock())
    index = index_of(school)
    index.follow(school.paths)
    index.close()
    return place / "state", schedules


@pytest.fixture(scope="session")
def shared(week: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests that only look."""
    found = made(*week, tmp_path_factory.mktemp("shared"))
    yield found
    found.index.close()


@pytest.fixture
def desk(week: tuple[Path, Path], tmp_path: Path) -> Iterator[Desk]:
    found = made(*week, tmp_path)
    yield found
    found.index.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk over the made-up term, for all tests that only look."""
    place = tmp_path_factory.mktemp("demonstration")
    folder.make(place / "made", date(2026, 11, 28), folder.SEED, lambda _done, _all: None)
    found = made(place / "made", place / "made" / folder.SCHEDULES, place)
    yield found
    found.index.close()
