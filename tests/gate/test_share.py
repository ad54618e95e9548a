"""Each device's share of new connections."""

from bellgate.gate.shares import Shares


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
