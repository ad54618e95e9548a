"""A visit in words: nothing on the page contradicts the rest of it, and numbers are as people say
them."""

from dataclasses import replace

import pytest

from bellgate.console.pages.visit import _against, in_words
from bellgate.review.index import Search
from tests.console.desk import Desk


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Cut Facebook (rule Staff): after 1680 seconds, 1500000 bytes",
         "Cut Facebook (rule Staff): the connection was open for 28 minutes, and carried 1.5 MB"),
        ("Closed: after 5 seconds, 900 bytes",
         "Closed: the connection was open for 5 seconds, and carried 900 bytes"),
        ("Blocked Facebook (rule Staff)", "Blocked Facebook (rule Staff)"),
    ],
)  # fmt: skip
def test_seconds_and_bytes_are_said_as_people_say_them(message: str, said: str) -> None:
    assert in_words(message) == said


_SHOWN_NOTHING = "Nothing from this service was shown, because "


def test_what_was_cut_is_not_said_to_have_shown_nothing(shared: Desk) -> None:
    visit = shared.index.visits(Search()).rows[0]
    for n, whose in ((1, "the attempt"), (3, "every attempt")):
        refused = replace(visit, actions={"block": n}, seen={"embedded": n})
        assert f"{_SHOWN_NOTHING}{whose} was refused." in _against(refused)
    for other in (
        replace(visit, actions={"cut": 1}, carried_over=1, seen={}),
        replace(visit, actions={"block": 1, "cut": 1}),
    ):
        assert not any(_SHOWN_NOTHING in line for line in _against(other))


@pytest.mark.parametrize(
    ("times", "some", "said"),
    [
        (1, 1, "Only a connection"),
        (3, 3, "Only connections"),
        (3, 2, "For 2 of the 3 attempts, only connections"),
        (3, 1, "For 1 of the 3 attempts, only a connection"),
    ],
)
def test_how_many_of_how_many(shared: Desk, times: int, some: int, said: str) -> None:
    visit = replace(
        shared.index.visits(Search()).rows[0],
        actions={"block": times},
        seen={"connection": some, "page": times - some},
    )
    assert any(line.startswith(f"{said} could be seen.") for line in _against(visit))
