"""Where names lead: asked in each device's turn, kept while it lasts, stale while silent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bellgate.gate.names import Answer, Names, NoAnswer, in_turn
from bellgate.gate.shares import Key

BBC, SILENT = "www.bbc.co.uk", "silent.example"
REST = 0.01
"""Seconds that a silent name is held against whoever asked for it."""
PUPIL, STAFF = Key("y5-laptop-03"), Key("staff-laptop-07")
THERE = ("198.51.100.1", "2001:db8:51::1")


class Council:
    """A name server that answers what it is told to, counts its questions, and can fall silent."""

    def __init__(self, lasts: float = 60) -> None:
        self.lasts = lasts
        self.asked: list[str] = []
        self.silent = False
        self.late: asyncio.Event | None = None
        self.waits = asyncio.Event()

    async def ask(self, name: str) -> Answer:
        self.asked.append(name)
        if self.late is not None:
            await self.late.wait()
        if name.endswith(SILENT):
            await self.waits.wait()
        if self.silent or name.endswith(SILENT):
            raise NoAnswer("it does not answer")
        return Answer(THERE if name == BBC else (), self.lasts)


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def run(story: Callable[[Council, Names, Seconds], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        council, seconds = Council(), Seconds()
        await story(council, Names(lambda: council, seconds, rest=REST), seconds)

    asyncio.run(told())


def test_an_answer_is_kept_for_as_long_as_it_lasts() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        assert await names.lead(BBC, PUPIL) == THERE
        seconds.now += 59
        assert await names.lead(BBC, STAFF) == THERE
        assert council.asked == [BBC]
        seconds.now += 2
        assert await names.lead(BBC, PUPIL) == THERE
        assert council.asked == [BBC, BBC]

    run(story)


@pytest.mark.parametrize(("lasts", "kept"), [(0, 4), (10**7, 3599)])
def test_within_bounds(lasts: float, kept: float) -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        council.lasts = lasts
        await names.lead(BBC, PUPIL)
        seconds.now += kept
        await names.lead(BBC, PUPIL)
        assert len(council.asked) == 1
        seconds.now += 2
        await names.lead(BBC, PUPIL)
        assert len(council.asked) == 2

    run(story)


def test_an_expired_answer_serves_while_none_comes_for_a_day_at_most() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        await names.lead(BBC, PUPIL)
        council.silent = True
        seconds.now += 3600
        assert await names.lead(BBC, PUPIL) == THERE
        seconds.now += 24 * 3600
        assert await names.lead(BBC, PUPIL) is None
        council.silent = False
        seconds.now += 4
        assert await names.lead(BBC, PUPIL) == THERE

    run(story)


def test_an_expired_answer_serves_at_once_while_a_new_one_takes_its_time() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        await names.lead(BBC, PUPIL)
        council.late = asyncio.Event()
        seconds.now += 3600
        assert await names.lead(BBC, PUPIL) == THERE
        assert council.asked == [BBC, BBC]
        council.late.set()
        await asyncio.sleep(REST)
        assert await names.lead(BBC, STAFF) == THERE
        assert council.asked == [BBC, BBC], "the answer came in the end, and is kept"

    run(story)


def test_whoever_asks_for_a_silent_name_has_a_question_fewer_for_a_while() -> None:
    """The name server goes on waiting for what was given up here."""

    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        council.waits.set()
        flood = [asyncio.create_task(names.lead(f"{n}.{SILENT}", PUPIL)) for n in range(32)]
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*flood)
        assert asyncio.get_running_loop().time() - begun >= 3 * REST

    run(story)


def test_a_name_that_got_no_answer_is_asked_for_again_within_five_seconds() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        council.silent = True
        assert await names.lead(BBC, PUPIL) is None
        assert await names.lead(BBC, PUPIL) is None
        assert len(council.asked) == 1
        council.silent = False
        seconds.now += 5
        assert await names.lead(BBC, PUPIL) == THERE

    run(story)


def test_a_name_that_is_nobodys_leads_nowhere() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        assert await names.lead("no.such.example", PUPIL) == ()

    run(story)


def test_silent_names_of_one_device_do_not_make_another_wait() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        flood = [asyncio.create_task(names.lead(f"{n}.{SILENT}", PUPIL)) for n in range(400)]
        await asyncio.sleep(0)
        assert await names.lead(BBC, STAFF) == THERE
        assert len(council.asked) < 20, "a device has a few questions open at a time"
        council.waits.set()
        assert set(await asyncio.gather(*flood)) == {None}

    run(story)


def test_inventing_macs_gains_no_questions_and_a_new_phone_is_answered() -> None:
    """Twenty invented ones ask for silent names, again and again."""

    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        invented = [Key(f"02:00:00:00:00:{n:02x}", "newcomers", is_new=True) for n in range(20)]
        phone = Key("02:00:00:00:01:00", "newcomers", is_new=True)
        for turn, at_once in enumerate((2 * len(invented), 8, 8)):
            flood = [
                asyncio.create_task(names.lead(f"{turn}-{n}.{SILENT}", invented[n % 20]))
                for n in range(100)
            ]
            await asyncio.sleep(REST)
            assert len([name for name in council.asked if name.startswith(f"{turn}-")]) == at_once
            assert await names.lead(BBC, phone) == THERE
            council.waits.set()
            await asyncio.gather(*flood)
            council.waits.clear()
            await asyncio.sleep(2 * REST)
            seconds.now += council.lasts + 1

    run(story)


def test_many_who_ask_for_one_name_ask_once_and_one_who_leaves_ends_nobodys_question() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        askers = [asyncio.create_task(names.lead(SILENT, Key(f"device {n}"))) for n in range(30)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        askers[0].cancel()
        council.waits.set()
        assert await asyncio.gather(*askers[1:]) == [None] * 29
        assert council.asked == [SILENT]

    run(story)


def test_memory_is_bounded() -> None:
    async def story(council: Council, names: Names, seconds: Seconds) -> None:
        for n in range(5000):
            await names.lead(f"{n}.example", PUPIL)
        assert len(names._remembered) <= 4096

    run(story)


@pytest.mark.parametrize(
    ("addresses", "first", "order"),
    [
        (("192.0.2.1", "2001:db8::1"), None, ["2001:db8::1", "192.0.2.1"]),
        (("192.0.2.1", "2001:db8::1"), "192.0.2.1", ["192.0.2.1", "2001:db8::1"]),
        (("192.0.2.1", "192.0.2.2"), "192.0.2.9", ["192.0.2.1", "192.0.2.2"]),
        (
            ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"),
            "2001:db8::2",
            ["2001:db8::2", "192.0.2.1", "2001:db8::1", "192.0.2.2"],
        ),
    ],
)
def test_addresses_are_tried_by_turns(
    addresses: tuple[str, ...], first: str | None, order: list[str]
) -> None:
    assert list(in_turn(addresses, first)) == order
