"""The webhook, the call that stays away when the gate is gone, and a trial of all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bellgate.running.alerts.letters import Sender
from bellgate.running.alerts.ping import Ping
from bellgate.running.alerts.sending import Post
from bellgate.running.alerts.trial import tried
from tests.audit.world import EDITION, journal
from tests.lab.post_box import PostBox, read
from tests.lab.told_server import Told, told_server
from tests.running.alerts.gate import (
    HEAD,
    HOUR,
    IT,
    MINUTE,
    MONDAY,
    GateClock,
    Months,
    StandIn,
    settings_with,
)


@pytest.fixture
def web() -> Iterator[Told]:
    with told_server() as told:
        yield told


@pytest.fixture
def hooked(months: Months, web: Told, server: str) -> Months:
    months.settings = settings_with(server, webhook=f"{web.address}/hooks/{{secret}}")
    (months.state / "secrets").mkdir(exist_ok=True)
    (months.state / "secrets" / "webhook-secret").write_text("3f9a\n")
    return months


def test_a_webhook_is_told_the_same_as_json(hooked: Months, web: Told) -> None:
    hooked.go_on(2 * MINUTE, disk_used=0.93)
    hooked.go_on(2 * HOUR, disk_used=0.5)
    (method, path, wrong), (_, _, over) = web.requests
    assert (method, path) == ("POST", "/hooks/3f9a")
    what = "93 % of the disk that holds /var/lib/bellgate is used."
    assert wrong == {
        "text": f"Bellgate Bury C of E Primary School: The gateway's disk is nearly full. {what}",
        "alert": "disk",
        "state": "wrong",
        "title": "The gateway's disk is nearly full",
        "what": what,
        "since": "2026-09-07T08:01:00Z",
        "school": "Bury C of E Primary School",
        "gateway": "gateway",
        "meanwhile": wrong["meanwhile"],
        "to_do": wrong["to_do"],
    }
    assert (over["state"], over["until"]) == ("over", "2026-09-07T08:02:00Z")
    assert hooked.recorded("alerted")[0] == (
        "Told 1 person by e-mail and the webhook: The gateway's disk is nearly full"
    )


# Followed, the redirect's GET would be answered with 200 by anybody, and nothing told.
ANSWERS = [
    (500, {}, "the server answers 500 Internal Server Error"),
    (302, {"Location": "/other"}, "the server answers 302 Found"),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["failing", "redirecting"])
def test_a_webhook_that_fails_is_tried_again_and_the_mail_goes_once(
    hooked: Months, web: Told, box: PostBox, answer: tuple[int, dict[str, str], str]
) -> None:
    web.status, web.headers, why = answer
    hooked.go_on(2 * HOUR, disk_used=0.93)
    # After 1, 2, 4, 8, 16, 32 minutes, then every hour.
    assert (len(web.requests), len(box.letters)) == (7, 1)
    web.status, web.headers = 200, {}
    hooked.go_on(2 * HOUR)
    assert (len(web.requests), len(box.letters)) == (8, 1)
    title = "The gateway's disk is nearly full"
    said = f"An alert did not reach everybody ({title}): {why}. It is tried again"
    assert hooked.recorded("error") == [said]


def test_the_secret_word_of_an_address_is_in_no_record(hooked: Months, web: Told) -> None:
    (hooked.state / "secrets" / "webhook-secret").unlink()
    hooked.go_on(2 * MINUTE, disk_used=0.93)
    assert web.requests == []
    assert "the secret webhook-secret is missing" in hooked.recorded("error")[0]
    (hooked.state / "secrets" / "webhook-secret").write_text("with spaces in it")
    hooked.go_on(2 * HOUR)
    assert "spaces" not in " ".join(hooked.recorded("error"))


def test_the_call_comes_while_the_gates_loop_goes_round(tmp_path: Path, web: Told) -> None:
    log, clock = journal(tmp_path), GateClock()
    gate, settings = StandIn(clock), settings_with("", ping=f"{web.address}/alive")
    ping = Ping(tmp_path, gate=gate, journal=log, settings=lambda: settings)  # type: ignore[arg-type]
    ping.look()
    assert web.requests == [("GET", "/alive", None)]
    clock.passed = 61.0
    ping.look()
    assert len(web.requests) == 1, "a gate that hangs is as silent as one that is gone"
    gate.stepped = 60.0
    ping.look()
    assert len(web.requests) == 2
    web.status = 503
    ping.look()
    ping.look()
    log.close()


def test_a_trial_goes_every_way_and_says_what_came_of_each(
    tmp_path: Path, box: PostBox, server: str, web: Told
) -> None:
    settings = settings_with(server, webhook=f"{web.address}/hook", ping=f"{web.address}/alive")
    box.unknown = {HEAD}

    def trial() -> list[dict[str, Any]]:
        return tried(Post(settings, tmp_path), Sender.of(EDITION), MONDAY)

    assert trial() == [
        {"to": IT, "sent": True, "why": None},
        {"to": HEAD, "sent": False, "why": "550 5.1.1 …: Recipient address rejected"},
        {"to": "alerts.webhook", "sent": True, "why": None},
        {"to": "alerts.ping", "sent": True, "why": None},
    ]
    [letter] = box.letters
    assert "a trial, nothing is wrong" in str(read(letter)["Subject"])
    assert [(m, p) for m, p, _ in web.requests] == [("POST", "/hook"), ("GET", "/alive")]
