"""Nothing acts for a device that is only claimed: a pupil copies the MAC of a teacher's laptop.

Monday morning in session; YouTube is asked for, by staff and by pupils alike.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.dial import Destinations
from bellgate.gate.gate import Gate
from bellgate.gate.page import Answer, Request, answer_for
from bellgate.gate.records import Recording
from bellgate.gate.shares import Shares
from bellgate.policy.facts import Sighting, SignIn
from bellgate.policy.when import Period
from tests.gate.test_bell import HandClock
from tests.policy.schools import policy, rule

YOUTUBE = "www.youtube.com"
TEACHERS_MAC = "3c:00:00:00:00:31"
TEACHER, PUPIL = "10.77.20.31", "10.77.10.77"
MORNING = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


class EverybodyHasOneMac:
    """Whoever is asked about has the teacher's MAC."""

    def seen(self, source: str) -> Sighting:
        return Sighting(TEACHERS_MAC)

    def signed_in(self, ip: str, sighting: Sighting) -> SignIn | None:
        return None

    def is_connected(self, ip: str) -> bool:
        return False


class Certificate:
    def permits(self, host: str) -> bool:
        return True


@dataclass
class Morning:
    """A gate whose certificate every device trusts, without sockets."""

    folder: Path
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        asked = rule(1, "everyone", "youtube", "ask", Period("sessions"))
        asked = replace(asked, ask_for=MORNING - MORNING.replace(hour=9))
        school, clock = policy((asked,)), HandClock(MORNING)
        self.journal = Journal(LogPaths.of(self.folder), school.edition, clock.now)
        self.gate = Gate(
            policy=school,
            clock=clock,
            recording=Recording(self.journal, clock),
            certificate=Certificate(),
            destinations=Destinations(()),
            shares=Shares(50, 500),
            surroundings=EverybodyHasOneMac(),
        )

    def comes(self, ip: str) -> ClientConnection:
        return self.gate.admission.welcome(ip, 50000, is_brought=False)

    def asks(self, ip: str, request: Request) -> Answer:
        return self.gate.closed_sites.page(self.comes(ip), SHOWN, request)

    def action(self, ip: str) -> str:
        return self.gate.judge.judge(self.comes(ip), SHOWN).action


SHOWN = Shown((YOUTUBE,), "tls", YOUTUBE)
PAGE = Request("GET", "/", {"host": YOUTUBE, "sec-fetch-dest": "document"})


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    made = Morning(tmp_path)
    yield made
    made.journal.close()


def answer_to(page: Answer) -> Request:
    """The form on a page, filled in and sent."""
    text = page.body.decode()
    [token] = re.findall(r'name="token" value="([^"]*)"', text)
    [path] = re.findall(rf'action="https://{YOUTUBE}([^"]*)"', text)
    return Request("POST", path, {"host": YOUTUBE}, f"token={token}&reason=x&to=/".encode())


def test_a_pupils_answer_opens_nothing_on_the_teachers_laptop(morning: Morning) -> None:
    sent = morning.asks(PUPIL, answer_to(morning.asks(PUPIL, PAGE)))
    assert sent.status == 303
    assert morning.action(PUPIL) == "allow"
    assert morning.action(TEACHER) == "ask"


def test_the_teachers_form_is_no_use_to_the_pupil(morning: Morning) -> None:
    stolen = answer_to(morning.asks(TEACHER, PAGE))
    assert morning.asks(PUPIL, stolen).status == 403


def test_a_pupil_does_not_spend_the_teachers_share(morning: Morning) -> None:
    gate = morning.gate
    gate.share_out(1, 6)
    # What is no device of the school's yet has a newcomer's part: half of what all of them have is
    # for the others.
    assert [gate.admission.admits(PUPIL) for _ in range(6)] == [True] * 4 + [False] * 2
    assert gate.admission.admits(TEACHER)


def test_a_pupils_distrust_leaves_the_teacher_the_page(morning: Morning) -> None:
    gate = morning.gate
    by_pupil, by_teacher = morning.comes(PUPIL), morning.comes(TEACHER)
    gate.closed_sites.distrusted(gate.judge.judge(by_pupil, SHOWN))
    assert not gate.closed_sites.can_show_page(by_pupil, gate.judge.judge(by_pupil, SHOWN))
    assert gate.closed_sites.can_show_page(by_teacher, gate.judge.judge(by_teacher, SHOWN))


def test_a_page_for_an_address_without_a_name_links_nowhere(morning: Morning) -> None:
    gate = morning.gate
    decision = gate.judge.judge(morning.comes(PUPIL), SHOWN)
    for dest in ("document", "iframe"):
        request = Request("GET", "/", {"sec-fetch-dest": dest})
        named = gate.closed_sites.closed_page(decision, request, f"http://{YOUTUBE}").body.decode()
        nameless = gate.closed_sites.closed_page(decision, request, "http://").body.decode()
        assert YOUTUBE in named
        assert "<a " not in nameless and "<form" not in nameless
        assert "is closed" in nameless


def test_a_page_for_a_site_without_a_name_calls_it_this_site(morning: Morning) -> None:
    nameless = Shown((), "http", None, "203.0.113.9", 80)
    decision = morning.gate.judge.judge(morning.comes(PUPIL), nameless)
    page = answer_for(decision, {}, None).body.decode()
    assert "<h1>This site is closed" in page
    assert "<dd>the connection gave no name</dd>" in page
