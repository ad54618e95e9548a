"""Who is signed in, by any sequence of reports: nobody is named who may not be."""

import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.gateway.sign_ins import sessions as module
from bellgate.gateway.sign_ins.names import MACHINE, NOBODY, Named
from bellgate.gateway.sign_ins.sessions import FRESH_SECONDS, PATIENCE_SECONDS, Session, Sessions
from bellgate.policy.facts import SignIn
from bellgate.wire.accounting import Report, Status

AP, OTHER_AP = "10.77.20.2", "10.77.20.3"
MAC, OTHER_MAC = "3c:22:fb:00:00:31", "3c:22:fb:00:00:32"
IP, OTHER_IP = "10.77.20.31", "10.77.20.32"
SMITH, JONES = Named("stf-1"), Named("stf-2")
DAWN = 1_795_000_000.0
"""The POSIX time at which the tests' own clock says 0."""


@dataclass
class Morning:
    """The sessions, and a clock that is put by hand."""

    sessions: Sessions = field(default_factory=Sessions)
    now: float = 0.0

    def hears(
        self, status: Status, session: str = "1", who: Named = SMITH, mac: str | None = MAC, *,
        ip: str | None = IP, client: str = AP, **more: int | frozenset[str],
    ) -> None:  # fmt: skip
        report = Report(status, session, "name", mac, (ip,) if ip else ())
        report = replace(report, **more)  # type: ignore[arg-type]
        self.sessions.report(report, client, who, self.now, DAWN + self.now)

    def at(self, ip: str = IP, mac: str | None = MAC, there: bool = True) -> SignIn | None:
        return self.sessions.at(ip, mac, lambda _: there, self.now)

    def person(self, ip: str = IP, mac: str | None = MAC) -> str | None:
        found = self.at(ip, mac)
        return found.person if found is not None else None

    def doubt(self, ip: str = IP, mac: str | None = MAC, there: bool = True) -> str | None:
        found = self.at(ip, mac, there)
        return found.doubt if found is not None else None


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_from_the_start_to_the_stop(morning: Morning) -> None:
    assert morning.at() is None
    morning.hears("start")
    assert morning.person() == "stf-1"
    morning.hears("stop")
    assert morning.at() is None


def test_what_has_ended_is_not_begun_by_its_own_reports_sent_once_more(morning: Morning) -> None:
    morning.hears("start")
    morning.hears("stop")
    morning.hears("start")
    morning.hears("update", age=10_000)
    assert morning.at() is None
    assert morning.sessions.ignored["ended before"] == 2


def test_a_stop_that_comes_before_its_start_holds(morning: Morning) -> None:
    morning.hears("stop")
    morning.hears("start")
    assert morning.at() is None


def test_silence_ends_it_and_a_further_word_does_not(morning: Morning) -> None:
    morning.hears("start")
    morning.now = PATIENCE_SECONDS - 1
    morning.hears("update", age=1259)
    morning.now = 2 * PATIENCE_SECONDS - 2
    assert morning.person() == "stf-1"
    morning.now += 1
    assert morning.at() is None


def test_a_report_sent_once_more_prolongs_nothing(morning: Morning) -> None:
    morning.hears("update", age=600)
    morning.now = PATIENCE_SECONDS - 1
    morning.hears("update", age=600)
    morning.now += 1
    assert morning.at() is None
    morning.hears("update", age=599)
    assert morning.at() is None
    morning.hears("update", age=2000)
    assert morning.person() == "stf-1", "it was silent, and had not ended"


@pytest.mark.parametrize("status", ["on", "off"])
def test_an_access_point_that_starts_anew_has_nobody(morning: Morning, status: Status) -> None:
    morning.hears("start", points=frozenset({"ap-1"}))
    morning.hears("start", "2", JONES, OTHER_MAC, ip=OTHER_IP, points=frozenset({"ap-2"}))
    morning.hears("start", "3", JONES, mac="3c:22:fb:00:00:33", ip="10.77.20.33", client=OTHER_AP)
    morning.hears(status, "", points=frozenset({"ap-1"}))
    assert morning.at() is None
    assert morning.person(OTHER_IP, OTHER_MAC) == "stf-2"
    morning.hears(status, "")
    assert morning.at(OTHER_IP, OTHER_MAC) is None, "it did not say which of them it is"
    assert morning.person("10.77.20.33", "3c:22:fb:00:00:33") == "stf-2", "another's"


def test_an_old_report_starts_nothing_but_may_end(morning: Morning) -> None:
    old = int(DAWN - FRESH_SECONDS - 1)
    morning.hears("start", stamp=old)
    morning.hears("start", delay=301)
    morning.hears("start", stamp=int(DAWN + FRESH_SECONDS + 2))
    assert morning.at() is None
    morning.hears("start", stamp=int(DAWN))
    morning.hears("on", "", stamp=old)
    assert morning.person() == "stf-1"
    morning.hears("stop", stamp=old)
    assert morning.at() is None


def test_two_persons_on_one_card_or_one_address_are_nobody(morning: Morning) -> None:
    morning.hears("start")
    morning.hears("start", "2", JONES, ip=OTHER_IP)
    assert morning.doubt() == "sign-ins-differ"
    morning.hears("stop")
    assert morning.person(OTHER_IP) == "stf-2"
    morning.hears("start", "3", SMITH, OTHER_MAC, ip=OTHER_IP)
    assert morning.doubt(OTHER_IP) == "sign-ins-differ"
    assert morning.doubt(OTHER_IP, OTHER_MAC) == "sign-ins-differ"


def test_one_person_who_walks_to_another_access_point_is_still_that_one(morning: Morning) -> None:
    morning.hears("start")
    morning.hears("start", "9", client=OTHER_AP)
    morning.hears("stop")
    assert morning.person() == "stf-1"


def test_a_name_that_changes_within_a_session_is_believed_no_more(morning: Morning) -> None:
    morning.hears("start", who=NOBODY)
    assert morning.doubt() == "sign-in-unnamed"
    morning.hears("update", age=1)
    assert morning.person() == "stf-1", "the name from inside the tunnel"
    morning.hears("update", who=JONES, age=2)
    morning.hears("update", age=3)
    assert morning.doubt() == "sign-ins-differ"


def test_a_machine_by_itself_is_nobody_and_beside_a_person_a_contradiction(
    morning: Morning,
) -> None:
    morning.hears("start", who=MACHINE)
    assert morning.at() is None
    morning.hears("start", "2")
    assert morning.doubt() == "sign-ins-differ"


def test_an_address_alone_shows_nobody(morning: Morning) -> None:
    morning.hears("start", mac=None)
    assert morning.doubt() == "sign-in-unsure"
    assert morning.doubt(mac=None) == "sign-in-unsure"
    morning.hears("stop")
    morning.hears("start", "2")
    assert morning.doubt(mac=OTHER_MAC) == "sign-ins-differ", "another card has the address"
    assert morning.doubt(mac=None) == "sign-ins-differ"


def test_a_card_seen_elsewhere_shows_nobody(morning: Morning) -> None:
    morning.hears("start")
    assert morning.doubt(OTHER_IP, there=False) == "sign-ins-differ"


def test_another_lease_takes_the_place_of_the_one_before(morning: Morning) -> None:
    morning.hears("start", ip=None)
    morning.hears("update", age=1)
    morning.hears("update", ip=OTHER_IP, age=2)
    assert morning.at(IP, None) is None
    assert morning.person(OTHER_IP) == "stf-1"


def test_more_sessions_than_there_is_room_for_name_nobody(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for number in range(3):
        morning.hears("start", str(number), mac=f"3c:22:fb:00:00:0{number}", ip=f"10.0.0.{number}")
    assert morning.person("10.0.0.1", "3c:22:fb:00:00:01") == "stf-1"
    morning.hears("start", "many", JONES)
    assert len(morning.sessions) == 3
    assert morning.doubt("10.0.0.1", "3c:22:fb:00:00:01") == "sign-in-unsure"
    copy = Sessions.copied(json.loads(json.dumps(morning.sessions.copy(morning.now))), 50.0)
    assert copy.at(IP, MAC, lambda _: True, 50.0) == SignIn(doubt="sign-in-unsure")
    morning.now = PATIENCE_SECONDS
    morning.hears("start", "later", JONES)
    assert morning.person() == "stf-2"


def test_a_restart_forgets_no_end_and_names_nobody(morning: Morning) -> None:
    morning.hears("start")
    morning.hears("start", "2", mac=OTHER_MAC, ip=OTHER_IP)
    morning.hears("stop", "2")
    kept = morning.sessions.kept(morning.now)
    morning.sessions = Sessions.after_restart(kept, 0.0)
    assert morning.doubt() == "sign-in-unsure"
    morning.hears("start")
    assert morning.doubt() == "sign-in-unsure", "the same word again"
    morning.hears("update", age=600)
    assert morning.person() == "stf-1"
    morning.hears("start", "2", mac=OTHER_MAC, ip=OTHER_IP)
    assert morning.at(OTHER_IP, OTHER_MAC) is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"sessions": [{}], "full": 0, "ended": []}']
)
def test_what_was_kept_and_makes_no_sense_says_nothing(text: str) -> None:
    assert len(Sessions.after_restart(text, 0.0)) == 0


# Any sequence of reports


@dataclass(frozen=True)
class Heard:
    """One report, and how long after the one before it came."""

    after: float
    client: str
    status: Status
    session: str
    who: Named
    mac: str | None
    ips: tuple[str, ...]
    age: int


HEARD = st.builds(
    Heard,
    st.sampled_from([0.0, 1.0, 300.0, PATIENCE_SECONDS]),
    st.sampled_from([AP, OTHER_AP]),
    st.sampled_from(["start", "stop", "update", "update", "on"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from([SMITH, JONES, NOBODY, MACHINE]),
    st.sampled_from([MAC, OTHER_MAC, None]),
    st.sampled_from([(), (IP,), (OTHER_IP,)]),
    st.integers(0, 5),
)


def _last_words(history: list[tuple[float, Heard]]) -> dict[tuple[str, str], list[Heard]]:
    """By hand: of each session that has not ended and is not long silent, all that was reported.
    What is no newer than the last report is no news of its being on."""
    now, over = history[-1][0], set[tuple[str, str]]()
    words: dict[tuple[str, str], list[Heard]] = {}
    news: dict[tuple[str, str], tuple[float, int]] = {}
    for at, heard in history:
        key = heard.client, heard.session
        if heard.status == "on":
            over |= {each for each in words if each[0] == heard.client}
        elif heard.status == "stop":
            over.add(key)
        elif key not in over:
            words.setdefault(key, []).append(heard)
            if heard.age > news.get(key, (at, -1))[1]:
                news[key] = at, heard.age
    return {
        key: said
        for key, said in words.items()
        if key not in over and now - news[key][0] < PATIENCE_SECONDS
    }


@settings(max_examples=300)
@given(st.lists(HEARD, min_size=1, max_size=12))
def test_nobody_is_ever_named_without_a_session_that_says_so_and_none_that_denies_it(
    reports: list[Heard],
) -> None:
    morning, history = Morning(), list[tuple[float, Heard]]()
    for heard in reports:
        morning.now += heard.after
        report = Report(heard.status, heard.session, "", heard.mac, heard.ips, age=heard.age)
        morning.sessions.report(report, heard.client, heard.who, morning.now, DAWN + morning.now)
        history.append((morning.now, heard))
        on = _last_words(history)
        for mac in (MAC, OTHER_MAC):
            for ip in (IP, OTHER_IP):
                person = morning.person(ip, mac)
                if person is None:
                    continue
                saying = [
                    said for said in on.values()
                    if any(h.mac == mac for h in said) and any(h.who == Named(person) for h in said)
                ]  # fmt: skip
                assert saying, f"{person} at {ip}, {mac}: {history}"
                for said in on.values():
                    # Of one name alone on this card, each session speaks of the same.
                    names, cards = {h.who for h in said}, {h.mac for h in said} - {None}
                    if cards == {mac} and len(names) == 1:
                        assert names == {Named(person)}, history
        places = [p for s in morning.sessions._sessions.values() for p in s.places]
        assert set(places) == set(morning.sessions._at)
        assert all(morning.sessions._at.values())


@given(st.lists(HEARD, max_size=12))
def test_a_copy_says_the_same_and_what_outlasts_a_restart_names_nobody(
    reports: list[Heard],
) -> None:
    morning = Morning()
    for heard in reports:
        morning.now += heard.after
        report = Report(heard.status, heard.session, "", heard.mac, heard.ips, age=heard.age)
        morning.sessions.report(report, heard.client, heard.who, morning.now, DAWN + morning.now)
    now = morning.now
    copy = Sessions.copied(json.loads(json.dumps(morning.sessions.copy(now))), now)
    again = Sessions.after_restart(morning.sessions.kept(now), now)

    def anywhere(_: Session) -> bool:
        return True

    for mac in (MAC, OTHER_MAC, None):
        for ip in (IP, OTHER_IP):
            said = morning.at(ip, mac)
            assert copy.at(ip, mac, anywhere, now) == said
            after = again.at(ip, mac, anywhere, now)
            assert after is None or after.person is None
            assert (after is None) == (said is None)
    copy.doubt_all()
    assert all(
        found is None or found.person is None
        for mac in (MAC, OTHER_MAC)
        for found in [copy.at(IP, mac, anywhere, now)]
    )
