"""A MAC that sends from two IPv4 addresses at a time stands for two machines."""

from bellgate.gateway.senders import DOUBT_SECONDS, TOGETHER_SECONDS, Senders

LAPTOP = "3c:22:fb:00:00:31"


def test_two_addresses_within_seconds_are_two_machines() -> None:
    """A repeater in the staff room: the teacher's laptop and a phone behind one card."""
    senders = Senders()
    senders.sends(LAPTOP, "10.77.20.31", 0.0)
    assert not senders.is_shared(LAPTOP, 0.0)
    senders.sends(LAPTOP, "10.77.20.99", 5.0)
    assert senders.is_shared(LAPTOP, 5.0)


def test_the_doubt_lasts_while_one_of_them_is_quiet_and_then_ends() -> None:
    senders = Senders()
    senders.sends(LAPTOP, "10.77.20.31", 0.0)
    senders.sends(LAPTOP, "10.77.20.99", 5.0)
    assert senders.is_shared(LAPTOP, 5.0 + DOUBT_SECONDS - 1)
    assert not senders.is_shared(LAPTOP, 5.0 + DOUBT_SECONDS)


def test_a_laptop_that_gets_another_address_is_one_machine() -> None:
    senders = Senders()
    senders.sends(LAPTOP, "10.77.20.31", 0.0)
    senders.sends(LAPTOP, "10.77.20.99", TOGETHER_SECONDS + 1)
    assert not senders.is_shared(LAPTOP, TOGETHER_SECONDS + 1)


def test_the_many_addresses_of_ipv6_are_of_one_machine() -> None:
    senders = Senders()
    for ip in ("10.77.20.31", "2001:db8:20::1", "2001:db8:20::2", "fe80::1"):
        senders.sends(LAPTOP, ip, 0.0)
    assert not senders.is_shared(LAPTOP, 0.0)


def test_invented_macs_and_addresses_do_not_grow_it() -> None:
    senders = Senders()
    for n in range(20_000):
        senders.sends(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}", "10.77.20.31", 0.0)
        senders.sends(LAPTOP, f"10.78.{n >> 8}.{n & 255}", 0.0)
    assert len(senders._senders) <= 10_000
    assert len(senders._senders[LAPTOP].last) <= 8
