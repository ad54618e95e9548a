"""The index's visits are those that `review.visits` makes of the same records, in whatever order
these were written, and however often somebody looked meanwhile."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.audit.record.record import Record
from tests.review.index.made import TEN, School, attempts_in, expected, facts_in, facts_of, tried

ACTIONS = ("block", "log", "ask", "answered", "cut", "closed", "exempted")


@st.composite
def records(draw: Any) -> Record:
    """Within an hour, often exactly five minutes apart; a close may have lasted long."""
    at = TEN + timedelta(seconds=20 * draw(st.integers(0, 180)))
    action = draw(st.sampled_from(ACTIONS))
    more: dict[str, Any] = {}
    if action in ("closed", "cut"):
        more["lasted"] = timedelta(minutes=draw(st.integers(0, 40)))
        more["carried_over"] = action == "cut" and draw(st.booleans())
    return tried(
        at, action, draw(st.sampled_from(("page", "embedded", "background", "connection"))),
        host=draw(st.sampled_from(("www.facebook.com", "m.facebook.com", "wordpress.com"))),
        device=draw(st.sampled_from(("staff-laptop-07", "y5-laptop-03", None))),
        person=draw(st.sampled_from(("stf-0042", None))),
        repeat=draw(st.integers(1, 9)), **more,
    )  # fmt: skip


PARTS = st.lists(st.tuples(st.lists(records(), min_size=1, max_size=12), st.booleans()), max_size=6)


@settings(max_examples=60)
@given(PARTS)
def test_the_same_visits_in_whatever_order_they_come(
    parts: list[tuple[list[Record], bool]],
) -> None:
    with TemporaryDirectory() as folder:
        school = School(Path(folder))
        for part, restarted in parts:
            school.write(*part).follow()
            if restarted:
                school.reopened()
        wanted = expected(attempts_in(school.paths.log))
        assert [facts_in(row) for row in school.rows()] == [facts_of(visit) for visit in wanted]
        assert all(row.sound for row in school.rows())
        school.index.rebuild(school.paths)
        assert [facts_in(row) for row in school.rows()] == [facts_of(visit) for visit in wanted]
        school.close()


@pytest.mark.parametrize(("pause", "visits"), [(300, 1), (300.000001, 2)])
def test_five_minutes_are_the_same_visit_also_to_who_looked_meanwhile(
    tmp_path: Path, pause: float, visits: int
) -> None:
    school = School(tmp_path)
    school.write(tried(TEN)).follow()
    school.write(tried(TEN + timedelta(seconds=pause))).follow()
    assert len(school.rows()) == visits
    school.close()
