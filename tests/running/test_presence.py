"""Who was on the networks: first and last seen, for seven days and no longer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bellgate.cli.main import bellgate
from bellgate.running.presence import FILE, KEPT, MOST, Presence, Seen, joined, read

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
LAPTOP = "3c:22:fb:00:00:21"


def test_first_and_last_seen_with_its_addresses_and_name() -> None:
    known = joined({}, [(LAPTOP, "10.77.10.21", "y5-laptop-03")], NOW)
    later = NOW + timedelta(hours=2)
    known = joined(known, [(LAPTOP, "10.77.10.22", "")], later)
    assert known[LAPTOP] == Seen(LAPTOP, NOW, later, ("10.77.10.22", "10.77.10.21"), "y5-laptop-03")


def test_who_was_not_there_for_a_week_is_forgotten() -> None:
    known = joined({}, [(LAPTOP, "10.77.10.21", "")], NOW)
    assert LAPTOP in joined(known, [], NOW + KEPT - timedelta(seconds=1))
    assert LAPTOP not in joined(known, [], NOW + KEPT)


def test_a_hostile_network_does_not_fill_it() -> None:
    flood = [
        (f"02:00:00:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}", "10.0.0.1", "")
        for n in range(MOST + 10)
    ]
    known = joined(joined({}, [(LAPTOP, "10.77.10.21", "")], NOW), flood, NOW)
    assert len(known) == MOST
    assert LAPTOP in known


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("123"), st.just("")), max_size=9))
def test_nobody_is_lost_and_nobody_invented(present: list[tuple[str, str, str]]) -> None:
    assert joined({}, present, NOW).keys() == {mac for mac, _, _ in present}


def test_what_is_kept_survives_a_restart_and_is_for_the_gates_user_alone(tmp_path: Path) -> None:
    def presence() -> Presence:
        return Presence(
            tmp_path,
            lambda: [(LAPTOP, "10.77.10.21", "laptop")],
            now=lambda: NOW,
            failed=lambda error: pytest.fail(str(error)),
        )

    presence().look()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert [seen.mac for seen in read(tmp_path, NOW)] == [LAPTOP]
    assert read(tmp_path, NOW + KEPT) == ()
    (tmp_path / FILE).write_text("{")
    assert read(tmp_path, NOW) == ()


def test_the_technician_sees_whose_each_is_taken_for(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    present = [
        (LAPTOP, "10.77.10.21", "y5-laptop-03"),
        ("7a:11:22:33:44:55", "10.77.20.99", "a-phone"),
        ("7a:11:22:33:44:66", "192.168.1.9", ""),
        ("3c:22:fb:00:00:31", "10.77.10.31", ""),
    ]
    Presence(tmp_path, lambda: present, now=lambda: now, failed=lambda e: None).look()

    def run(*words: str) -> list[dict[str, object]]:
        folders = ["--schedules", str(SAMPLE), "--state", str(tmp_path)]
        done = CliRunner().invoke(bellgate, [*folders, "devices", "seen", "--json", *words])
        found: list[dict[str, object]] = json.loads(done.stdout)
        return found

    said = {d["mac"]: (d["group"], d["why"]) for d in run()}
    assert said == {
        LAPTOP: ("year-5", "device y5-laptop-03"),
        "7a:11:22:33:44:55": ("staff", "its network"),
        "7a:11:22:33:44:66": ("guests", "unknown_devices: on none of the networks"),
        "3c:22:fb:00:00:31": (
            "pupils",
            "its MAC is that of staff-laptop-07, which belongs on another network",
        ),
    }
    assert LAPTOP not in {d["mac"] for d in run("--unknown")}
