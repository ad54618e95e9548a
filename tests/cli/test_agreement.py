"""`calendar`, `week`, `explain` and `decide` say the same of every date of a school year.

The expectation is worked out from what `calendar` prints alone: wall-clock times compared as text.
"""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bellgate.cli.main import bellgate
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.policy.wall_clock import instant_of
from bellgate.schedules.load import Loaded, load
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)
DATES = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
NIGHTS = (date(2026, 10, 25), date(2027, 3, 28))
DEVICES = {"pupils": ("y5-laptop-03", "10.77.10.21"), "staff": ("this-machine", "127.0.0.1")}

# Sessions on both sides of the hour that the clocks repeat or skip, and across it.
IN_THE_NIGHT = "".join(
    f"""
  - date: {night}
    name: Sleepover
    open_to: everyone
    sessions:
      early: 00:30-01:30
      middle: 01:30-02:30
      late: 02:30-04:00
"""
    for night in NIGHTS
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("schedules")
    for file in SAMPLE.glob("*.yaml"):
        text = file.read_text("utf-8")
        (folder / file.name).write_text(
            text + IN_THE_NIGHT if file.name == "school.yaml" else text, "utf-8"
        )
    found = load(folder, catalogue=small_catalogue())
    assert found.policy is not None, [str(p) for p in found.problems]
    return found


@pytest.fixture
def asked(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the folder, read once."""
    for command in ("calendar", "week", "explain"):
        monkeypatch.setattr(
            f"bellgate.cli.{command}.policy_that_holds",
            lambda _: nullcontext((loaded.policy, loaded)),
        )
    runner = CliRunner()

    def ask(*words: str) -> Any:
        result = runner.invoke(bellgate, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask


def session_on_paper(day: dict[str, Any], clock: str) -> str | None:
    """By the times as they are printed: [start, end)."""
    for session in day["sessions"]:
        if session["start"] <= clock < session["end"]:
            return str(session["name"])
    return None


def clocks(day: dict[str, Any]) -> Iterator[str]:
    """Times worth asking about: bells, the minutes before them, and some of the night."""
    yield from ("00:45", "03:30", "12:30", "23:59")
    for window in (*day["sessions"], *day["breaks"]):
        for bell in (window["start"], window["end"]):
            before = datetime.strptime(bell, "%H:%M") - timedelta(minutes=1)  # noqa: DTZ007
            yield from (bell, f"{before:%H:%M}")


def exists(day: date, clock: str) -> bool:
    """Whether the clock on the wall shows that time on that date."""
    local = datetime.combine(day, datetime.strptime(clock, "%H:%M").time())  # noqa: DTZ007
    return instant_of(day, local.time(), LONDON).astimezone(LONDON).replace(tzinfo=None) == local


def decided_session(policy: Policy, ip: str, day: date, clock: str) -> str | None:
    wall = datetime.strptime(clock, "%H:%M").time()  # noqa: DTZ007
    connection = Connection(ip, "tls", ("www.facebook.com",))
    return decide(policy, connection, instant_of(day, wall, LONDON)).session


def test_calendar_and_week_give_the_same_days(asked: Any) -> None:
    told = asked("calendar", "--year", "2026-27", "--json")
    assert (told["first"], told["last"]) == (str(FIRST), str(LAST))
    by_week: list[dict[str, Any]] = []
    for offset in range(0, len(DATES), 7):
        by_week += asked("week", "--from", str(DATES[offset]), "--json")
    assert told["dates"] == [day for day in by_week if day["date"] <= str(LAST)]
    assert {day["date"] for day in told["dates"]} == set(map(str, DATES))


@pytest.mark.parametrize("group", sorted(DEVICES))
def test_explain_and_decide_give_the_sessions_that_calendar_prints(
    asked: Any, loaded: Loaded, group: str
) -> None:
    assert loaded.policy is not None
    device, ip = DEVICES[group]
    told = asked("calendar", "--year", "2026-27", "--for", group, "--json")["dates"]
    assert len(told) == len(DATES)
    looked = 0
    for day in told:
        when = date.fromisoformat(day["date"])
        for clock in sorted(set(clocks(day))):
            if not exists(when, clock):
                continue
            expected = session_on_paper(day, clock)
            place = f"{when} {clock} for {group}"
            assert decided_session(loaded.policy, ip, when, clock) == expected, place
            walked = asked(
                "explain", "--device", device, "--site", "www.facebook.com",
                "--at", f"{when} {clock}", "--json",
            )  # fmt: skip
            assert walked["session"] == expected, place
            if expected:
                assert walked["action"] == "block", place
            looked += 1
    assert looked > 2500


@pytest.mark.parametrize(
    ("at", "session"),
    [
        ("2026-10-25 00:29", None),
        ("2026-10-25 01:29", "early"),
        ("2026-10-25 01:30", "middle"),
        ("2026-10-25 02:29", "middle"),
        ("2026-10-25 03:59", "late"),
        ("2026-10-25 04:00", None),
        ("2027-03-28 00:59", "early"),
        ("2027-03-28 02:00", "middle"),
        ("2027-03-28 02:30", "late"),
    ],
)
def test_the_nights_of_the_clock_change(asked: Any, at: str, session: str | None) -> None:
    walked = asked(
        "explain", "--device", "this-machine", "--site", "www.facebook.com", "--at", at, "--json"
    )
    assert walked["session"] == session


def test_the_clock_changes_are_told(asked: Any) -> None:
    told = asked("calendar", "--year", "2026-27", "--json")["clock_changes"]
    assert told == [
        {
            "date": "2026-10-25",
            "at": "2026-10-25T01:00:00Z",
            "minutes": -60,
            "told": "clocks go back: 02:00 becomes 01:00",
        },
        {
            "date": "2027-03-28",
            "at": "2027-03-28T01:00:00Z",
            "minutes": 60,
            "told": "clocks go forward: 01:00 becomes 02:00",
        },
    ]
