"""When the gate was watching: silence is told apart from nothing having happened."""

from datetime import datetime, timedelta

import pytest

from bellgate.review.visits.gaps import Gap, Sign, gaps
from tests.review.afternoon import at


def said(when: datetime, action: str = "heartbeat") -> Sign:
    return Sign(when, action, "sha256:1")


def beats(start: datetime, end: datetime) -> list[Sign]:
    minutes = (end - start) // timedelta(minutes=1)
    return [said(start + timedelta(minutes=n)) for n in range(minutes + 1)]


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        pytest.param(beats(at("9:00"), at("10:00")), [], id="a beat a minute"),
        pytest.param(
            [*beats(at("9:00"), at("9:20")), *beats(at("9:30"), at("10:00"))],
            [Gap(at("9:20"), at("9:30"), stopped=False)],
            id="ten minutes without one",
        ),
        pytest.param(
            [*beats(at("9:00"), at("9:20")), said(at("9:20:10"), "stopped"),
             said(at("9:20:40"), "started"), *beats(at("9:21"), at("10:00"))],
            [Gap(at("9:20:10"), at("9:20:40"), stopped=True)],
            id="stopped in good order, however short",
        ),
        pytest.param([], [Gap(at("9:00"), at("10:00"), stopped=False)], id="never running"),
        pytest.param(
            beats(at("9:00"), at("9:30")),
            [Gap(at("9:30"), at("10:00"), stopped=False)],
            id="it died and did not come back",
        ),
        pytest.param(
            list(reversed(beats(at("9:00"), at("10:00")))), [], id="in whatever order they come"
        ),
    ],
)  # fmt: skip
def test_gaps(gate: list[Sign], expected: list[Gap]) -> None:
    assert gaps(gate, at("9:00"), at("10:00")) == expected


def test_of_a_gap_only_what_falls_into_the_session() -> None:
    gap = Gap(at("8:00"), at("9:00"), stopped=True)
    assert gap.within(at("8:30"), at("12:15")) == Gap(at("8:30"), at("9:00"), stopped=True)
    assert gap.within(at("9:00"), at("12:15")) is None
