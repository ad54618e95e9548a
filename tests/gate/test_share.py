"""Each device's share of new connections."""

from bellgate.gate.shares import Keys, Shares


def test_a_burst_is_served_and_then_the_rate() -> None:
    shares = Shares(rate=50, burst=500)
    assert sum(shares.take("y5-laptop-03", 0, 0.0) for _ in range(600)) == 500
    assert sum(shares.take("y5-laptop-03", 0, 1.0) for _ in range(600)) == 50
    assert shares.refused == 650


def test_one_device_does_not_spend_anothers_share() -> None:
    shares = Shares(rate=1, burst=1)
    assert shares.take("one", 0, 0.0)
    assert not shares.take("one", 0, 0.0)
    assert shares.take("two", 0, 0.0)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    shares = Shares(rate=10, burst=1)
    assert shares.take("one", 0, 100.0)
    assert not shares.take("one", 0, 50.0)
    assert not shares.take("one", 0, 50.05)


def test_invented_addresses_do_not_grow_the_table() -> None:
    shares = Shares(rate=1, burst=5, most_keys=100)
    for number in range(1000):
        shares.take(f"10.0.{number // 250}.{number % 250}", 0, 0.0)
    assert len(shares._buckets) <= 100


def test_what_is_held_open_is_bounded_however_slowly_it_was_opened() -> None:
    shares = Shares(rate=50, burst=500)
    assert shares.take("y5-laptop-03", 2499, 0.0)
    assert not shares.take("y5-laptop-03", 2500, 3600.0)
    assert shares.refused == 1


def test_of_pages_one_device_is_shown_some_at_once_and_then_some_a_second() -> None:
    pages = Shares(rate=50, burst=500).of_pages()
    assert [pages.take("y5-laptop-03", held, 0.0) for held in (31, 32)] == [True, False]
    assert sum(pages.take("y5-laptop-03", 0, 0.0) for _ in range(200)) == 99
    assert sum(pages.take("y5-laptop-03", 0, 1.0) for _ in range(200)) == 10
    assert pages.take("staff-laptop-07", 0, 1.0)


def test_a_larger_share_in_the_file_is_one_of_pages_too() -> None:
    connections = Shares(rate=50, burst=500)
    pages = connections.of_pages()
    connections.adopt(5000, 5000)
    pages.follow(connections)
    assert sum(pages.take("y5-laptop-03", 0, 0.0) for _ in range(2000)) == 1000
    assert sum(pages.take("y5-laptop-03", 0, 1.0) for _ in range(2000)) == 1000


def taken(sources: list[tuple[str, str | None]], seconds: int) -> int:
    """How many connections they get together who ask for ten a second each, one after the other."""
    shares, keys, got = Shares(rate=50, burst=500), Keys(), 0
    for second in range(seconds):
        for ip, mac in sources:
            for _ in range(10):
                share = keys.of(ip, mac, ("10.77.30.1",), float(second))
                got += shares.take(share, 0, float(second))
    return got


ONE_DEVICE_IN_TWENTY_SECONDS = 500 + 19 * 50


def test_five_hundred_addresses_of_a_routed_network_have_one_share() -> None:
    sources: list[tuple[str, str | None]] = [(f"2001:db8:30::{n:x}", None) for n in range(1, 501)]
    assert taken(sources, 20) <= ONE_DEVICE_IN_TWENTY_SECONDS


def test_inventing_macs_gains_no_more_than_one_share_beside_the_own() -> None:
    sources: list[tuple[str, str | None]] = [
        ("10.77.30.9", f"02:00:00:00:00:{n:02x}") for n in range(100)
    ]
    assert taken(sources, 20) <= 2 * ONE_DEVICE_IN_TWENTY_SECONDS


def test_sixty_new_phones_within_a_minute_all_browse() -> None:
    shares, keys = Shares(rate=50, burst=500), Keys()
    for phone in range(60):
        mac = f"02:00:00:00:00:{phone:02x}"
        for _ in range(30):  # a page with its parts
            share = keys.of(f"10.77.30.{phone + 10}", mac, ("10.77.30.1",), float(phone))
            assert shares.take(share, 0, float(phone))


def test_who_stays_has_a_share_of_its_own() -> None:
    keys, mac = Keys(), "02:00:00:00:00:01"
    assert keys.of("10.77.30.9", mac, ("10.77.30.1",), 0.0) == "newcomers on 10.77.30.1"
    assert keys.of("10.77.30.9", mac, ("10.77.30.1",), 400.0) == mac
    assert keys.of("10.77.30.9", mac, ("10.77.30.1",), 90_000.0) != mac


def test_another_router_s_addresses_have_a_share_each() -> None:
    keys = Keys()
    assert keys.of("10.77.30.9", None, (), 0.0) != keys.of("10.77.30.10", None, (), 0.0)
