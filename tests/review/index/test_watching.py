"""When nobody was watching: the index's stretches say what all the signs of life would."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.audit.log.entries import entries
from bellgate.review.visits.gaps import Sign, gaps, steps_of
from tests.review.index.made import MINUTE, TEN, School, gate

SINCE, UNTIL = TEN - timedelta(hours=2), TEN + timedelta(hours=4)


def signs_in(school: School) -> list[Sign]:
    found = (entry.record for entry in entries(school.paths.log))
    return [Sign.of(record, "log") for record in found if record is not None]


def test_a_term_of_heartbeats_is_a_few_stretches(tmp_path: Path) -> None:
    school = School(tmp_path)
    beats = [TEN + n * MINUTE for n in range(200) if not 90 <= n < 100]
    school.write(*(gate("heartbeat", at) for at in beats[:50])).follow()
    school.reopened()
    school.write(*(gate("heartbeat", at) for at in beats[50:])).follow()
    watched = school.index.watched(TEN, TEN + 200 * MINUTE)
    assert [(g.start, g.end, g.stopped) for g in watched.gaps] == [
        (TEN + 89 * MINUTE, TEN + 100 * MINUTE, False)
    ]
    assert school.index.gate_events(TEN.date(), TEN.date()) == []
    school.close()


def test_a_wrong_clock_watched_all_the_same(tmp_path: Path) -> None:
    """Started an hour ahead, put right after twenty minutes: of the time before nothing is lost."""
    school = School(tmp_path)
    hour = timedelta(hours=1)
    school.write(gate("started", TEN + hour))
    school.write(*(gate("heartbeat", TEN + hour + n * MINUTE) for n in range(1, 20)))
    school.write(gate("clock-stepped", TEN + 20 * MINUTE, seconds=-3600.0))
    school.write(*(gate("heartbeat", TEN + n * MINUTE) for n in range(21, 60))).follow()
    watched = school.index.watched(TEN, TEN + hour)
    assert watched.gaps == ()
    [step] = watched.steps
    assert (step.at, step.by) == (TEN + 20 * MINUTE, -hour)
    assert (step.begins, step.ends) == (TEN + hour, TEN + hour + 20 * MINUTE)
    assert [step.timed(step.log, number) for number in (-1, 0, 19, 20)] == [
        False,
        True,
        True,
        False,
    ]
    # The times that it showed are in doubt, wherever they lie.
    shown = school.index.watched(TEN + hour, TEN + 2 * hour).steps
    assert list(shown) == school.index.clock_steps() == [step]
    school.close()


def test_days_of_which_nothing_can_be_said_any_more(tmp_path: Path) -> None:
    school = School(tmp_path)
    school.write(
        gate("deleted", TEN, day="2026-10-01", why="gate: 30 days", first=0, last=9, count=10,
             ranges=["0-9"]),
        gate("deleted", TEN, day="2026-10-02", why="pupils: 30 days", first=10, last=19, count=10,
             ranges=["10-19"]),
    ).follow()  # fmt: skip
    blank = school.index.watched(SINCE, UNTIL).blank
    assert blank == {datetime(2026, 10, 1, tzinfo=UTC).date(): "gate: 30 days"}
    school.close()


SIGNS = st.lists(
    st.tuples(
        st.integers(-30, 600),
        st.sampled_from(["heartbeat"] * 6 + ["started", "bell", "error"]),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(SIGNS, st.sampled_from([None, -1800, 300, 3600]))
def test_silence_is_what_all_the_signs_say(
    signs: list[tuple[int, str, bool]], step: int | None
) -> None:
    """Signs a few tens of seconds apart, some of them out of order, and a clock that may step."""
    with TemporaryDirectory() as folder:
        school = School(Path(folder))
        at = TEN
        for number, (seconds, action, looks) in enumerate(signs):
            at += timedelta(seconds=seconds)
            school.write(gate(action, at))
            if step is not None and number == len(signs) // 2:
                at += timedelta(seconds=step)
                school.write(gate("clock-stepped", at, seconds=float(step)))
            if looks:
                school.follow()
        school.follow()
        said = signs_in(school)
        watched = school.index.watched(SINCE, UNTIL)
        assert list(watched.gaps) == gaps(said, SINCE, UNTIL)
        assert list(watched.steps) == [s for s in steps_of(said) if s.touches(SINCE, UNTIL)]
        school.close()


def test_a_stop_is_a_gap_up_to_the_next_start(tmp_path: Path) -> None:
    school = School(tmp_path)
    school.write(gate("started", TEN), gate("stopped", TEN + MINUTE))
    school.write(gate("started", TEN + 2 * MINUTE), gate("heartbeat", TEN + 3 * MINUTE)).follow()
    watched = school.index.watched(TEN, TEN + 4 * MINUTE)
    assert list(watched.gaps) == gaps(signs_in(school), TEN, TEN + 4 * MINUTE)
    assert [gap.stopped for gap in watched.gaps] == [True]
    school.close()
