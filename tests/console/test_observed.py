"""What would have been closed while the gate only observed: summed, hidden names first."""

from datetime import UTC, datetime

from bellgate.console.observed import Would, would_have_been
from bellgate.review.index import GateEvent

HIDDEN = "a site that hides its name"


def event(called: str, group: str, would: str, attempts: int, *, sound: bool = True) -> GateEvent:
    facts = {"called": called, "group": group, "would": would, "attempts": attempts}
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    return GateEvent(1, "log", at, "observed", "", False, facts, sound)


def test_it_is_summed_with_hidden_names_first_and_then_the_most_frequent() -> None:
    found = would_have_been(
        [
            event("Facebook", "staff", "block", 3),
            event("YouTube", "staff", "ask", 9),
            event("Facebook", "staff", "block", 4),
            event(HIDDEN, "equipment", "block", 1),
            event("Blogger", "staff", "log", 20),
        ]
    )
    assert found == [
        Would(HIDDEN, "equipment", closed=True, attempts=1),
        Would("YouTube", "staff", closed=True, attempts=9),
        Would("Facebook", "staff", closed=True, attempts=7),
        Would("Blogger", "staff", closed=False, attempts=20),
    ]


def test_what_is_not_as_signed_and_what_else_the_gate_did_is_not_counted() -> None:
    forged = event("Facebook", "staff", "block", 3, sound=False)
    other = GateEvent(2, "log", forged.at, "bell", "Bell", False, {}, True)
    assert would_have_been([forged, other]) == []
