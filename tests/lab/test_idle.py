"""Eleven minutes of quiet: push services say something every half hour, and count on it.

A true eleven minutes are `python -m tests.lab.idle 11`; here the one knob that could end them is
turned down, to see that it is the one.
"""

from collections.abc import Iterator

import pytest

from bellgate.gate import serve
from tests.lab.idle import AT_LUNCH, MODES, SITE, WAYS, lost_after
from tests.lab.network import Lab, open_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in open_lab(tmp_path_factory.mktemp("idle"), [SITE]):
        lab.divert()
        lab.gate(AT_LUNCH, modes=MODES, program=("-m", "tests.lab.impatient", "6"))
        yield lab


def test_half_an_hour_of_quiet_is_nothing() -> None:
    assert serve.QUIET_SECONDS > 30 * 60


def test_a_connection_is_there_until_its_time_is_up_and_no_longer(lab: Lab) -> None:
    assert lost_after(lab, 4) == []
    assert lost_after(lab, 9) == WAYS
