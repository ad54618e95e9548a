"""What the sentry keeps over its end: where names lead, and what open connections asked for."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from bellgate.sentry import leads as leads_module
from bellgate.sentry.kept_lines import KeptLines
from bellgate.sentry.leads import Leads
from bellgate.sentry.subjects import Subjects
from bellgate.wire.name_answers import Answer
from tests.audit.world import QUARTER_PAST_TEN, decision

BBC, GOV = ip_address("203.0.113.81").packed, ip_address("2001:db8::9").packed
DAY, HOUR = 86_400.0, 3_600.0


def leads(path: Path, now: float = 1000.0, wall: float = 5_000_000.0) -> Leads:
    return Leads(KeptLines(path / "answers"), now=now, wall=wall)


def test_a_name_leads_where_it_was_said_for_a_day_longer(tmp_path: Path) -> None:
    known = leads(tmp_path)
    assert known.heard(Answer("bbc.co.uk", ((BBC, 300),)), 1000) == (BBC,)
    assert known.leads("bbc.co.uk", BBC, 1000 + 300 + DAY - 1)
    assert not known.leads("bbc.co.uk", BBC, 1000 + 300 + DAY + 1)
    assert not known.leads("bbc.co.uk", GOV, 1000)
    assert not known.leads("gov.uk", BBC, 1000)


def test_a_later_answer_takes_nothing_back(tmp_path: Path) -> None:
    """A name of many addresses is answered with some of them each time."""
    known = leads(tmp_path)
    known.heard(Answer("bbc.co.uk", ((BBC, 300),)), 1000)
    assert known.heard(Answer("bbc.co.uk", ((GOV, 300),)), 2000) == (GOV,)
    assert known.addresses_of("bbc.co.uk", 2000) == (BBC, GOV)


def test_it_is_known_after_a_kill_and_after_another_start_of_the_machine(tmp_path: Path) -> None:
    leads(tmp_path).heard(Answer("bbc.co.uk", ((BBC, 300), (GOV, 300))), 1000)
    # Ours counts from the machine's start; its own clock has gone on by an hour.
    again = leads(tmp_path, now=5.0, wall=5_000_000.0 + HOUR)
    assert again.addresses_of("bbc.co.uk", 5.0) == (BBC, GOV)
    assert not again.leads("bbc.co.uk", BBC, 5.0 + DAY - HOUR + 301)


def test_a_clock_that_was_anything_keeps_nothing_for_ever(tmp_path: Path) -> None:
    leads(tmp_path, wall=9e9).heard(Answer("bbc.co.uk", ((BBC, 300),)), 1000)
    again = leads(tmp_path, now=5.0, wall=1000.0)
    assert again.leads("bbc.co.uk", BBC, 6.0)
    assert not again.leads("bbc.co.uk", BBC, 6.0 + 7 * DAY)


def test_lines_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    leads(tmp_path).heard(Answer("bbc.co.uk", ((BBC, 300),)), 1000)
    with (tmp_path / "answers").open("ab") as file:
        file.write(b'{"name":"x"}\n[1]\n{"name":"y","until":{"z":1}}\n{"name":"half')
    assert list(leads(tmp_path)) == ["bbc.co.uk"]


def test_names_are_bounded_and_so_is_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads_module, "_MOST_NAMES", 100)
    known = Leads(KeptLines(tmp_path / "answers", most=500), now=0.0, wall=1e6)
    for number in range(1000):
        known.heard(Answer(f"n{number}.example", ((BBC, 300),)), float(number))
    assert len(known) == 100 and known.leads("n999.example", BBC, 1000.0)
    known.tidy(1000.0)
    assert len((tmp_path / "answers").read_bytes().splitlines()) == 100
    known.tidy(3 * DAY)
    assert len(known) == 0


def subjects(path: Path) -> Subjects:
    return Subjects(KeptLines(path / "subjects"))


def test_a_number_means_the_same_after_a_kill(tmp_path: Path) -> None:
    asked = decision("www.bbc.co.uk")
    known = subjects(tmp_path)
    number = known.number_of(asked)
    assert known.number_of(asked) == number
    assert known.number_of(decision("www.gov.uk")) != number
    again = subjects(tmp_path).get(number)
    assert again is not None
    assert again.connection.names == ("www.bbc.co.uk",)
    assert again.connection.destination_ip is None
    assert (again.instant, again.exempted) == (QUARTER_PAST_TEN, False)


def test_a_number_in_use_is_given_to_nobody_else(tmp_path: Path) -> None:
    known = subjects(tmp_path)
    numbers = [known.number_of(decision(f"n{n}.example")) for n in range(50)]
    known.keep_only({numbers[7]}, QUARTER_PAST_TEN + timedelta(seconds=1))
    assert len(known) == 1
    again = subjects(tmp_path)
    assert again.get(numbers[7]) == known.get(numbers[7]) is not None
    more = [again.number_of(decision(f"m{n}.example")) for n in range(50)]
    assert numbers[7] not in more


def test_what_was_just_given_out_is_kept_until_a_connection_holds_it(tmp_path: Path) -> None:
    known = subjects(tmp_path)
    number = known.number_of(decision("www.bbc.co.uk"))
    known.keep_only(set(), QUARTER_PAST_TEN - timedelta(seconds=1))
    assert known.get(number) is not None


def test_a_full_disk_stops_nobody_and_the_next_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "subjects").mkdir()  # in the way, as a full disk is
    known = subjects(tmp_path)
    number = known.number_of(decision("www.bbc.co.uk"))
    assert known.number_of(decision("www.bbc.co.uk")) == number
    (tmp_path / "half").write_bytes(b'{"number": 1, "asked"')
    kept = KeptLines(tmp_path / "half")
    kept._broke_off = True
    kept.add({"whole": 2})
    assert list(kept.read()) == [{"whole": 2}]
