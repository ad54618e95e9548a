"""What was seen is never graded higher than it was: real browsers, and what the record says.

The whole day is lived once, in the order of the tables; each test then looks at one row's records.
"""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.lab.habits import (
    ATTEMPTS,
    DISTRUSTING,
    MAILED,
    OPEN_SITES,
    RESTORED,
    TRUSTING,
    Habit,
    Place,
    keep_bookmark,
    opened_a_bookmark,
    typed,
)
from tests.lab.network import A_LARGER_SHARE, Device, Lab, open_lab
from tests.lab.school import Gate, wait_for
from tests.lab.surfer import Surfer
from tests.lab.test_browsers import trust_in_chromium

Records = dict[tuple[str, str], Counter[str]]
"""By device address and site: attempts of each grade."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    sites = dict.fromkeys(h.site for h in (*TRUSTING, *DISTRUSTING, RESTORED, MAILED))
    for lab in open_lab(tmp_path_factory.mktemp("lab"), [*sites, *OPEN_SITES]):
        lab.divert()
        yield lab


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Device:
    return lab.device("guests", 88)


@pytest.fixture(scope="module")
def records(lab: Lab, guest: Device) -> Records:
    gate = lab.gate("2026-11-23 10:15", A_LARGER_SHARE)
    trust_in_chromium(lab.staff, lab.authority, gate.authority)
    for device in (guest, lab.pupil):
        trust_in_chromium(device, lab.authority)
    laptop = Surfer(lab.staff.namespace, lab.folder / "laptop")
    bookmarked = next(habit.site for habit in TRUSTING if habit.do is opened_a_bookmark)
    keep_bookmark(laptop.profile("profile"), bookmarked)
    live(lab, lab.staff, laptop, TRUSTING)
    until_recorded(gate, lab.staff, TRUSTING)
    laptop.close()
    come_back_the_next_day(lab, laptop, gate)
    for device in (guest, lab.pupil):
        surfer = Surfer(device.namespace, lab.folder / device.mac[-2:])
        live(lab, device, surfer, DISTRUSTING)
        until_recorded(gate, device, DISTRUSTING)
        surfer.close()
    gate.stop()  # the counts of the running minute are written
    return counted(gate)


def live(lab: Lab, device: Device, surfer: Surfer, habits: tuple[Habit, ...]) -> None:
    surfer.start()
    place = Place(device, surfer, lab.folder / "pages")
    for habit in habits:
        habit.do(place, habit.site)


def come_back_the_next_day(lab: Lab, laptop: Surfer, gate: Gate) -> None:
    laptop.start("evening")
    typed(Place(lab.staff, laptop, lab.folder / "pages"), RESTORED.site)
    laptop.until("document.title.includes('closed')")
    laptop.close()
    laptop.start_by_itself("evening", "--restore-last-session")
    laptop.start_by_itself("mail", f"https://{MAILED.site}/")
    until_recorded(gate, lab.staff, (MAILED,))
    wait_for(lambda: quiet(gate), "the tab to come back", 30)


def until_recorded(gate: Gate, device: Device, habits: tuple[Habit, ...]) -> None:
    """What was begun last is on its way; what does not come at all, a row's test will tell."""
    end = time.monotonic() + 12
    awaited = [h for h in habits if h.recorded != "-" and h.at_least]
    while time.monotonic() < end:
        records = counted(gate)
        if all(at(records, device, h.site)[h.recorded] for h in awaited):
            break
    wait_for(lambda: quiet(gate), "the records to come to rest", 30)


def quiet(gate: Gate) -> bool:
    """Nothing came for almost a second."""
    before = gate.records()
    return len(gate.records()) == len(before) == len(gate.records())


def counted(gate: Gate) -> Records:
    found: Records = {}
    for record in gate.records():
        ours, action = record["bellgate"], record["event"]["action"]
        grade = ours["seen"] if action == "block" else f"{action} {ours['seen']}"
        source = record["source"]["ip"]
        site = record.get("url", {}).get("domain", "")
        found.setdefault((source, site), Counter())[grade] += ours["repeat"]
    return found


def at(records: Records, device: Device, site: str) -> Counter[str]:
    """What was recorded of a device and a site, over IPv4 and IPv6."""
    return records.get((device.ip4, site), Counter()) + records.get((device.ip6, site), Counter())


def holds(habit: Habit, grades: Counter[str]) -> None:
    """The grade that was seen, as often as it was, and beside it only bare connections."""
    action, _, _ = habit.recorded.rpartition(" ")
    bare = f"{action} connection".strip()
    if habit.recorded == "-":
        assert not grades, habit.what
        return
    assert grades.keys() - {bare} == {habit.recorded} - {bare}, f"{habit.what}: {grades}"
    assert grades[habit.recorded] >= habit.at_least, f"{habit.what}: {grades}"


@pytest.mark.parametrize("habit", TRUSTING, ids=lambda h: f"{h.what}: {h.recorded}")
def test_on_a_laptop_that_trusts_the_certificate(lab: Lab, records: Records, habit: Habit) -> None:
    holds(habit, at(records, lab.staff, habit.site))


@pytest.mark.parametrize("habit", DISTRUSTING, ids=lambda h: f"{h.what}: {h.recorded}")
def test_on_a_guests_phone(records: Records, guest: Device, habit: Habit) -> None:
    holds(habit, at(records, guest, habit.site))


@pytest.mark.parametrize("habit", DISTRUSTING, ids=lambda h: f"{h.what}: {h.recorded}")
def test_on_a_pupils_laptop_without_the_certificate(
    lab: Lab, records: Records, habit: Habit
) -> None:
    holds(habit, at(records, lab.pupil, habit.site))


def test_a_tab_that_comes_back_and_a_link_from_a_mail_are_pages(lab: Lab, records: Records) -> None:
    holds(RESTORED, at(records, lab.staff, RESTORED.site))
    holds(MAILED, at(records, lab.staff, MAILED.site))


def test_nothing_else_is_recorded(lab: Lab, guest: Device, records: Records) -> None:
    sites = {h.site for h in (*TRUSTING, *DISTRUSTING, RESTORED, MAILED)}
    devices = {ip for d in (lab.staff, lab.pupil, guest) for ip in (d.ip4, d.ip6)}
    assert {site for _, site in records} <= sites
    assert {ip for ip, _ in records} <= devices


def test_a_page_that_tries_all_day_is_few_records_and_every_attempt(
    lab: Lab, records: Records
) -> None:
    assert at(records, lab.staff, "ok.ru")["background"] == ATTEMPTS
