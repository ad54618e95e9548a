"""Each device's share of new connections."""

from bellgate.gate.shares import Key, Keys, Shares

LAPTOP, OTHER = Key("y5-laptop-03"), Key("staff-laptop-07")


def none(_: str) -> int:
    """Nothing is open."""
    return 0


def test_a_burst_is_served_and_then_the_rate() -> None:
    shares = Shares(rate=50, burst=500)
    assert sum(shares.take(LAPTOP, none, 0.0) for _ in range(600)) == 500
    assert sum(shares.take(LAPTOP, none, 1.0) for _ in range(600)) == 50
    assert shares.refused == 650


def test_one_device_does_not_spend_anothers_share() -> None:
    shares = Shares(rate=1, burst=1)
    assert shares.take(LAPTOP, none, 0.0)
    assert not shares.take(LAPTOP, none, 0.0)
    assert shares.take(OTHER, none, 0.0)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    shares = Shares(rate=10, burst=1)
    assert shares.take(LAPTOP, none, 100.0)
    assert not shares.take(LAPTOP, none, 50.0)
    assert not shares.take(LAPTOP, none, 50.05)


def test_invented_addresses_do_not_grow_the_table() -> None:
    shares = Shares(rate=1, burst=5, most_keys=100)
    for number in range(1000):
        shares.take(Key(f"10.0.{number // 250}.{number % 250}"), none, 0.0)
    assert len(shares._buckets) <= 100


def test_what_is_held_open_is_bounded_however_slowly_it_was_opened() -> None:
    shares = Shares(rate=50, burst=500)
    assert shares.take(LAPTOP, lambda _: 2499, 0.0)
    assert not shares.take(LAPTOP, lambda _: 2500, 3600.0)
    assert shares.refused == 1


def test_of_pages_one_device_is_shown_some_at_once_and_then_some_a_second() -> None:
    pages = Shares(rate=50, burst=500).of_pages()
    assert [pages.take(LAPTOP, lambda _, held=held: held, 0.0) for held in (31, 32)] == [
        True,
        False,
    ]
    assert sum(pages.take(LAPTOP, none, 0.0) for _ in range(200)) == 99
    assert sum(pages.take(LAPTOP, none, 1.0) for _ in range(200)) == 10
    assert pages.take(OTHER, none, 1.0)


def test_a_larger_share_in_the_file_is_one_of_pages_too() -> None:
    connections = Shares(rate=50, burst=500)
    pages = connections.of_pages()
    connections.adopt(5000, 5000)
    pages.follow(connections)
    assert sum(pages.take(LAPTOP, none, 0.0) for _ in range(2000)) == 1000
    assert sum(pages.take(LAPTOP, none, 1.0) for _ in range(2000)) == 1000


class Segment:
    """One network as the gate sees it: cards that ask, and how many connections each was given."""

    HERE = ("10.77.30.1",)

    def __init__(self) -> None:
        self.shares, self.keys = Shares(rate=50, burst=500), Keys()
        self.open: dict[str, int] = {}

    def asks(self, mac: str | None, now: float, times: int = 1, *, keeps: bool = False) -> int:
        """How many of so many connections a card is given at `now` (seconds)."""
        given = 0
        for _ in range(times):
            key = self.keys.of("10.77.30.9", mac, self.HERE, now)
            if self.shares.take(key, lambda name: self.open.get(name, 0), now):
                given += 1
                for name in key.names if keeps else ():
                    self.open[name] = self.open.get(name, 0) + 1
        return given


def card(number: int) -> str:
    return f"02:00:00:00:{number >> 8:02x}:{number & 0xFF:02x}"


def of_one_device(seconds: float) -> float:
    return 500 + 50 * seconds


def test_inventing_macs_gains_no_more_than_one_share_beside_the_own() -> None:
    """Twenty a minute, each of which is used again and again, as fast as it goes."""
    segment, got = Segment(), 0
    for second in range(240):
        for number in range(1 + second // 3):
            got += segment.asks(card(number), float(second), 20)
    assert got <= of_one_device(240)


def test_sixty_new_phones_within_a_minute_all_browse() -> None:
    segment = Segment()
    for phone in range(60):
        assert segment.asks(card(phone), float(phone), 30) == 30  # a page with its parts


def test_sixty_new_phones_all_browse_beside_somebody_who_invents_macs() -> None:
    segment = Segment()
    for second in range(60):
        for number in range(1 + second // 3):
            segment.asks(card(1000 + number), float(second), 100)
        assert segment.asks(card(second), second + 0.9, 30) == 30, f"phone {second}"


def test_sixty_new_phones_browse_on_beside_twenty_invented_macs_that_were_there_first() -> None:
    """The first of each goes before whatever the others ask for."""
    segment = Segment()
    for tenth in range(600):
        for number in range(20):
            segment.asks(card(1000 + number), tenth / 10, 10)
        for phone in range(60):
            if tenth in (10 * phone, 10 * phone + 10, 10 * phone + 50):
                assert segment.asks(card(phone), tenth / 10, 6) == 6, f"phone {phone}"


def test_who_invents_macs_and_keeps_all_open_leaves_room_for_new_phones() -> None:
    segment = Segment()
    for second in range(60):
        for number in range(1 + second // 3):
            segment.asks(card(1000 + number), float(second), 100, keeps=True)
    for phone in range(60):
        assert segment.asks(card(phone), 60.0 + phone, 10, keeps=True) == 10, f"phone {phone}"


def test_who_invents_macs_for_an_hour_never_has_the_whole_gate() -> None:
    """Each is a newcomer for five minutes only; what no list names has a bound all the same."""
    segment = Segment()
    settled = [card(number) for number in range(200)]
    for second in (0.0, 200.0, 400.0):
        for mac in settled:
            segment.asks(mac, second)
    got = sum(segment.asks(mac, 500.0 + s, 5) for s in range(60) for mac in settled)
    assert got <= 8 * of_one_device(60) + len(settled) * 31
    assert segment.asks(card(5000), 560.0, 30) == 30, "a new phone"


def test_who_stays_has_a_share_of_its_own() -> None:
    keys, mac = Keys(), "02:00:00:00:00:01"
    here = ("10.77.30.1",)
    assert keys.of("10.77.30.9", mac, here, 0.0) == Key(mac, "newcomers on 10.77.30.1", is_new=True)
    assert keys.of("10.77.30.9", mac, here, 400.0) == Key(mac, "others on 10.77.30.1")
    assert keys.of("10.77.30.9", mac, here, 90_000.0).is_new
    segment = Segment()
    segment.asks(mac, 0.0)
    assert segment.asks(mac, 400.0, 600) == 500


def test_five_hundred_addresses_of_a_routed_network_have_one_share() -> None:
    shares, keys, got = Shares(rate=50, burst=500), Keys(), 0
    for second in range(20):
        for number in range(500):
            key = keys.of(f"2001:db8:30::{number:x}", None, Segment.HERE, float(second))
            got += sum(shares.take(key, none, float(second)) for _ in range(10))
    assert got <= of_one_device(20)


def test_another_router_s_addresses_have_a_share_each() -> None:
    keys = Keys()
    one, other = (keys.of(ip, None, (), 0.0) for ip in ("10.77.30.9", "10.77.30.10"))
    assert (one.own, other.own) == ("10.77.30.9", "10.77.30.10")
    assert one.pool == other.pool, "and together no more than eight"
