"""From when and until when something is opened, as people type it; and what they are told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner, Result

from bellgate.cli.exemption_times import end_of, start_of
from bellgate.cli.main import bellgate
from bellgate.policy.decide import Policy
from bellgate.policy.exemptions import Exemption
from bellgate.policy.overridden import overridden
from bellgate.running.typed import length
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import load
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def policy() -> Policy:
    found = load(SAMPLE, catalogue=small_catalogue()).policy
    assert found is not None
    return found


def monday(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23 {clock}").replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30m", 30),
        ("30 min", 30),
        ("45 minutes", 45),
        ("1 hour", 60),
        ("1h", 60),
        ("2 hrs", 120),
        ("1h30", 90),
        ("1h 30m", 90),
        ("1 hour and 15 minutes", 75),
        ("An hour", 60),
        ("half an hour", 30),
    ],
)
def test_lengths_as_people_write_them(text: str, minutes: int) -> None:
    assert length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "h", "soon", "12:00", "30", "1.5h", "tomorrow", "lesson"])
def test_what_is_no_length(text: str) -> None:
    assert length(text) is None


@pytest.mark.parametrize(
    ("until", "who", "at", "ends"),
    [
        ("session", "staff", "10:15", "12:15"),
        ("session", "pupils", "10:15", "12:00"),
        ("lesson", "pupils", "10:15", "10:30"),  # playtime begins
        ("lesson", "pupils", "10:50", "12:00"),
        ("lesson", "y5-laptop-03", "10:15", "10:30"),
        ("session", "y5-laptop-03", "13:30", "15:15"),
        ("30m", "pupils", "10:15", "10:45"),
        ("11:00", "pupils", "10:15", "11:00"),
    ],
)
def test_until_when(policy: Policy, until: str, who: str, at: str, ends: str) -> None:
    assert end_of(policy, who, until, monday(at)) == monday(ends)


@pytest.mark.parametrize(
    ("until", "at", "says"),
    [
        ("lesson", "10:35", "There is no lesson at 10:35 on Monday 23 November 2026"),
        ("session", "12:30", "There is no session at 12:30 on Monday 23 November 2026"),
        ("09:00", "10:15", '"09:00" is before the start'),
        (
            "3:30",
            "14:00",
            '"3:30" is before the start, Monday 2026-11-23 14:00; did you mean "15:30"?',
        ),
        ("soon", "10:15", "or for how long"),
    ],
)
def test_what_is_no_end_is_said(policy: Policy, until: str, at: str, says: str) -> None:
    with pytest.raises(click.BadParameter) as wrong:
        end_of(policy, "pupils", until, monday(at))
    assert says in wrong.value.message


def test_from_a_time_to_come_the_length_counts_from_there(policy: Policy) -> None:
    start = start_of(policy, "13:00", monday("10:15"))
    assert start == monday("13:00")
    assert end_of(policy, "pupils", "1 hour", start) == monday("14:00")
    assert end_of(policy, "pupils", "session", start) == monday("15:15")
    with pytest.raises(click.BadParameter) as wrong:
        start_of(policy, "09:00", monday("10:15"))
    assert wrong.value.message == '"09:00" is past: it is Monday 2026-11-23 10:15'


def exemption(who: str, what: str) -> Exemption:
    now = datetime.now(UTC)
    return Exemption("a1", (who,), (what,), now, now + timedelta(hours=1), "the head", "x")


@pytest.mark.parametrize(
    ("who", "what", "rules"),
    [
        ("staff", "circumvention", ["Ways round"]),
        ("y5-laptop-03", "some-vpn", ["Ways round"]),
        ("staff", "facebook", []),
    ],
)
def test_a_rule_that_always_holds_is_named(
    policy: Policy, who: str, what: str, rules: list[str]
) -> None:
    assert [rule.name for rule in overridden(policy, exemption(who, what))] == rules


def run(state: Path, *words: str) -> Result:
    return CliRunner().invoke(bellgate, ["--schedules", str(SAMPLE), "--state", str(state), *words])


def test_what_is_open_for_a_group_that_is_gone_is_said(tmp_path: Path) -> None:
    Granted(tmp_path).add(exemption("year-9", "youtube"), datetime.now(UTC))
    said = "exemption a1 is for year-9, which is not in the files any more: it opens nothing"
    assert said in run(tmp_path, "exemptions").stdout
    assert said in run(tmp_path, "check").stdout


def test_what_is_to_come_is_shown_and_opens_nothing_before(tmp_path: Path) -> None:
    done = run(
        tmp_path, "allow", "staff", "circumvention", "--from", "tomorrow 10:00", "--until", "30m"
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert " from " in done.stdout and " 10:00 until " in done.stdout
    assert "This overrides the rule Ways round (rules.yaml:" in done.stdout
    [granted] = Granted(tmp_path).read()
    assert granted.until - granted.start == timedelta(minutes=30)
    assert not granted.holds(datetime.now(UTC))


def test_what_is_to_come_drops_nothing_that_is_open_now(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    Granted(tmp_path).add(exemption("staff", "youtube"), now)
    tomorrow = replace(
        exemption("pupils", "youtube"),
        start=now + timedelta(days=1),
        until=now + timedelta(days=1, hours=1),
    )
    Granted(tmp_path).add(tomorrow, now)
    assert [e.who for e in Granted(tmp_path).read()] == [("staff",), ("pupils",)]
