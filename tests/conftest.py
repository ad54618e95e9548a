"""Fixtures that every room's tests may use."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.school import School, open_school

# How long an example takes is the machine's business: no test fails for being slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


LONGEST = (
    "lab/test_kernel_path", "gate/test_bell_rings", "console/test_in_a_browser",
    "running/test_reload", "lab/test_ordinary_life", "gate/test_asking", "lab/test_by_hand",
    "index/test_counted_by_hand", "cli/test_export", "lab/test_services", "gate/test_hostile",
    "lab/test_transparent", "audit/test_faults", "lab/test_seen", "lab/test_http3",
    "lab/test_whose", "lab/test_ways_round", "cli/test_demo", "console/test_hostile",
    "lab/test_names", "lab/test_no_way_round", "lab/test_weeks", "bench/test_bench",
    "cli/test_replay", "console/test_find_person", "cli/test_run", "tests/test_architecture",
    "tests/test_promises", "tests/test_start",
)  # fmt: skip
"""The files that take longest, the longest first: as measured, and only their order counts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then the lab, then files of many tests before files of few, so that
    the workers end together."""
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int]:
        file, room = item.path, item.path.parent.name
        long, rest = f"{room}/{file.stem}", len(LONGEST)
        return LONGEST.index(long) if long in LONGEST else rest + (room != "lab"), -tests[file]

    items.sort(key=place)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The sample school in a namespace of its own, for one file of tests."""
    yield from open_school(tmp_path_factory.mktemp("school"))
