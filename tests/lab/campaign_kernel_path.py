"""The kernel's path while somebody is away for half a minute, which these tests wait for."""

import json
import signal
import time
from typing import Any

import pytest

from bellgate.review.people import People
from tests.lab.access_point import SECRET, AccessPoint
from tests.lab.kernel_path import (
    a_sentry,
    ask_name_server,
    counter,
    elements,
    lay_kernel_path,
    start_sentry,
)
from tests.lab.network import Lab
from tests.lab.school import wait_for
from tests.lab.test_kernel_path import (
    BBC,
    FACEBOOK,
    MORNING,
    REDDIT,
    VPN,
    Open,
    ask_for_what_is_restricted,
    lab,
    rules,
    told,
    visit,
)
from tests.lab.test_signed_in import GATEWAY, GATEWAY_YAML, LAPTOP_MAC, SMITH, status
from tests.lab.visits import Visit, Way

__all__ = ["lab", "rules"]


def test_a_refusal_that_nobody_tries_again_is_on_record_after_half_a_minute(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        assert visit(lab, gate, REDDIT) == "refused"
        assert gate.records() == []
        wait_for(lambda: bool(gate.records()), "the refusal", 40)
        [record] = gate.records()
    assert record["message"] == (
        "Blocked Reddit on staff-laptop-07 in Morning session (rule Staff)"
    )
    assert record["bellgate"]["attribution"] == "held"
    assert record["bellgate"]["seen"] == "connection"
    assert record["source"] == {"ip": lab.staff.ip4, "mac": "3C-22-FB-00-00-31"}
    assert record["tls"] == {"client": {"server_name": REDDIT}}


@pytest.mark.parametrize("when_down", ["open", "closed"])
def test_while_the_sentry_is_away(lab: Lab, when_down: Any) -> None:
    """Reset at first; what the school chose, once it could have been back; then cut."""
    lay_kernel_path(lab, when_down)
    gate = lab.gate(MORNING)
    sentry = start_sentry(lab, MORNING)
    ask_name_server(lab.staff, BBC)
    old = Open(lab, lab.staff, BBC)
    sentry.kill()
    started = time.monotonic()
    assert visit(lab, None, BBC) == "refused"
    assert old.is_there
    assert time.monotonic() - started < 3
    wait_for(lambda: "tcp" not in elements(lab, "watched").split("elements")[-1], "the time", 40)
    if when_down == "closed":
        assert visit(lab, None, BBC) == "refused"
    else:
        unvetted = Open(lab, lab.staff, BBC)
        assert unvetted.is_there and old.is_there
        assert counter(lab, "unvetted") > 0
    with a_sentry(lab, MORNING):
        assert visit(lab, None, BBC) == "open"
        if when_down == "open":
            assert unvetted.ended_within(2)
        assert old.is_there
        wait_for(lambda: bool(told(gate, "sentry-back")), "the gap on record")
    [back] = told(gate, "sentry-back")
    assert back["bellgate"]["unvetted"] == (when_down == "open")
    assert len(told(gate, "sentry-lost")) == 1


def test_a_gate_that_stays_away_leaves_the_sentry_to_decide(lab: Lab) -> None:
    """The school chose `open`: after half a minute port 80 is open, and 443 the sentry's alone."""
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        ask_for_what_is_restricted(lab, FACEBOOK)
        ask_name_server(lab.staff, BBC)
        plain = Visit(lab, lab.staff, BBC, Way(4, None))
        assert plain.make().fate == "open"
        gate.stop(signal.SIGKILL)
        assert plain.make().fate == "refused"
        wait_for(lambda: "tcp" in elements(lab, "gate_lost").split("elements")[-1], "the time", 40)
        assert plain.make().fate == "open"
        assert [visit(lab, None, site) for site in (BBC, FACEBOOK)] == ["open", "refused"]
        again = lab.gate(MORNING)
        wait_for(lambda: "elements" not in elements(lab, "gate_lost"), "the gate", 5)
        assert visit(lab, again, FACEBOOK) == "page"


def test_the_sentry_names_whoever_is_signed_in_and_nobody_once_the_gate_is_gone(lab: Lab) -> None:
    state = lab.folder / "state"
    (state / "secrets").mkdir(parents=True, exist_ok=True)
    (state / "secrets" / "radius-secret").write_text(SECRET)
    People(state).add(SMITH, "jsmith")
    ap = AccessPoint(lab.device("staff", 2), GATEWAY)
    made = ("gateway.yaml", "", GATEWAY_YAML)
    gate = lab.gate(MORNING, made)
    folder = lab.folder / "schedules"
    wait_for(lambda: status(lab)["problem"] is None, "the gate listening")
    sentry = start_sentry(lab, MORNING, schedules=folder)
    ap.starts("5F3A-01", "jsmith", LAPTOP_MAC, lab.staff.ip4)
    time.sleep(1)  # a second after the access point had its answer, both know
    assert visit(lab, gate, REDDIT) == "refused"
    gate.stop()
    time.sleep(1)
    assert visit(lab, gate, VPN) == "refused"
    sentry.stop()
    kept = (state / "simulated" / "sentry" / "waiting.jsonl").read_text().splitlines()
    found = [json.loads(line)["record"] for line in kept if "record" in json.loads(line)]
    said = {r["url"]["domain"]: (r["bellgate"]["attribution"], r["user"].get("id")) for r in found}
    assert said == {REDDIT: ("signed-in", SMITH), VPN: ("address", None)}
