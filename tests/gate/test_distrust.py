"""A device that did not believe the page for a name is not shown it again for a day."""

from datetime import UTC, datetime, timedelta

from bellgate.gate.distrust import Distrust

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
FACEBOOK = "www.facebook.com"


def test_it_is_held_to_for_a_day_for_that_device_and_that_name() -> None:
    distrust = Distrust()
    distrust.remember("phone", FACEBOOK, NOW)
    assert distrust.holds("phone", FACEBOOK, NOW + timedelta(hours=23))
    assert not distrust.holds("phone", FACEBOOK, NOW + timedelta(days=1))
    assert not distrust.holds("phone", "m.facebook.com", NOW)
    assert not distrust.holds("laptop", FACEBOOK, NOW)


def test_one_devices_invented_names_push_out_nobody_elses() -> None:
    distrust = Distrust()
    distrust.remember("phone", FACEBOOK, NOW)
    for n in range(100_000):
        distrust.remember("hostile", f"{n}.facebook.com", NOW)
    assert distrust.holds("phone", FACEBOOK, NOW)
    assert distrust.holds("hostile", "99999.facebook.com", NOW)
    assert not distrust.holds("hostile", "0.facebook.com", NOW)


def test_invented_devices_push_out_the_oldest_and_the_memory_stays() -> None:
    distrust = Distrust()
    for n in range(5_000):
        distrust.remember(f"10.77.{n // 250}.{n % 250}", FACEBOOK, NOW)
        distrust.remember("busy", FACEBOOK, NOW)
    assert distrust.holds("busy", FACEBOOK, NOW)
    assert not distrust.holds("10.77.0.0", FACEBOOK, NOW)
    assert len(distrust._of) <= 2_000
