"""The gate cannot be brought back: for half a minute nothing goes by, then what the school chose.
Without the kernel's path, where every web connection is the gate's; with it, the sentry away too.

Started by `./tests/run machine`: each test waits for that half minute.
"""

import time

import pytest

from tests.lab.school import wait_for
from tests.machine.campaign_gateway import is_as_promised
from tests.machine.site import CLOSED, OPEN, Site, fetched

pytestmark = pytest.mark.timeout(900)


def test_open_lets_the_web_by_after_half_a_minute_and_cuts_it_on_its_return(site: Site) -> None:
    site.say("kernel_path: no", "when_down: open")
    time.sleep(2)
    site.machine.run("systemctl", "stop", "bellgate-gate")
    stopped = time.monotonic()
    while time.monotonic() - stopped < 25:
        assert fetched(site.pupil, CLOSED) != "open"
        assert fetched(site.pupil, OPEN) != "open"
        time.sleep(1)
    wait_for(lambda: fetched(site.pupil, OPEN) == "open", "the web going by", 15)
    assert fetched(site.pupil, CLOSED, 6) == "open", "undecided means undecided"
    with site.pupil.namespace.connect("198.51.100.2", 443) as passed:
        site.machine.run("systemctl", "start", "bellgate-gate")
        wait_for(lambda: fetched(site.pupil, CLOSED) != "open", "the gate deciding again", 15)
        passed.settimeout(5)
        with pytest.raises(ConnectionError):
            # What had gone by undecided does not go on.
            for _ in range(20):
                passed.sendall(b"x")
                time.sleep(0.1)
    is_as_promised(site)
    wait_for(lambda: bool(site.records("rules-restored")), "the gap being on record")
    said = site.records("rules-restored")[-1]["message"]
    assert "went by undecided" in said


def test_closed_keeps_it_refused(site: Site) -> None:
    site.say("kernel_path: no", "when_down: closed")
    time.sleep(2)
    before = len(site.contacts())
    site.machine.run("systemctl", "stop", "bellgate-gate")
    stopped = time.monotonic()
    while time.monotonic() - stopped < 40:
        for version in (4, 6):
            assert fetched(site.pupil, OPEN, version) != "open"
        time.sleep(2)
    site.machine.run("systemctl", "start", "bellgate-gate")
    wait_for(lambda: fetched(site.pupil, OPEN) == "open", "the gate being back", 15)
    assert site.leaked(before) == []
    is_as_promised(site)


def test_with_the_sentry_away_too_it_is_half_a_minute_all_in_all(site: Site) -> None:
    site.say("kernel_path: yes", "when_down: open")
    wait_for(lambda: fetched(site.pupil, OPEN) == "open", "the kernel's path", 15)
    site.machine.run("systemctl", "stop", "bellgate-sentry", "bellgate-gate")
    stopped = time.monotonic()
    while time.monotonic() - stopped < 25:
        assert fetched(site.pupil, OPEN) != "open"
        time.sleep(1)
    # No second half minute begins with the rules that are loaded once the gate is given up.
    wait_for(lambda: fetched(site.pupil, OPEN) == "open", "the web going by", 20)
    site.machine.run("systemctl", "start", "bellgate-gate", "bellgate-sentry")
    wait_for(lambda: fetched(site.pupil, CLOSED) != "open", "both deciding again", 20)
    is_as_promised(site)
    wait_for(lambda: len(site.records("rules-restored")) > 1, "the gap being on record")
    assert "web connections went by undecided" in site.records("rules-restored")[-1]["message"]
