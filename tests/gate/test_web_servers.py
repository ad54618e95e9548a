"""A browser's spare connection says nothing; neither does who waits for a server to speak first."""

from bellgate.gate.web_servers import WebServers

SERVER, OTHER = ("192.0.2.5", 80), ("192.0.2.6", 80)


def test_who_has_just_spoken_to_a_server_does_not_wait_for_it_to_speak() -> None:
    known = WebServers()
    known.spoken_to("pupil", SERVER, 100.0)
    assert known.knows("pupil", SERVER, 103.0)
    assert not known.knows("pupil", OTHER, 103.0)
    assert not known.knows("another pupil", SERVER, 103.0)
    assert not known.knows("pupil", (SERVER[0], 22), 103.0)


def test_after_five_minutes_it_is_forgotten_and_its_place_is_free() -> None:
    known = WebServers()
    known.spoken_to("pupil", SERVER, 0.0)
    assert known.knows("pupil", SERVER, 300.0)
    assert not known.knows("pupil", SERVER, 301.0)
    known.spoken_to("pupil", SERVER, 301.0)
    assert known.knows("pupil", SERVER, 600.0)


def test_a_device_that_speaks_to_everybody_costs_no_more_than_so_much() -> None:
    known = WebServers()
    for number in range(30_000):
        known.spoken_to("pupil", (f"2001:db8::{number:x}", 80), 1.0)
    remembered = [known.knows("pupil", (f"2001:db8::{n:x}", 80), 1.0) for n in range(30_000)]
    assert sum(remembered) == 10_000
    assert remembered[-1]
