"""dnsmasq's lease file, read as it stands and as it may be found."""

from hypothesis import given
from hypothesis import strategies as st

from bellgate.gateway.leases import Lease, read_leases

FILE = """\
1795428000 3c:22:fb:00:00:21 10.77.10.121 y5-laptop-03 01:3c:22:fb:00:00:21
0 3c:22:fb:00:00:31 10.77.20.131 * *
1795428000 06-00:11:22:33:44:55 10.77.10.9 tokenring *
duid 00:01:00:01:2c:6b:f4:5a:02:00:00:00:00:01
1795428000 16777249 2001:db8:10::1a y5-laptop-03 00:01:00:01:2c:6b:f4:5a:3c:22:fb:00:00:21
1795428000 T16777249 2001:db8:10::1b y5-laptop-03 00:01:00:01:2c:6b:f4:5a:3c:22:fb:00:00:21
0 7 2001:db8:20::1c * 00:03:00:01:3c:22:fb:00:00:31
1795428000 8 2001:db8:20::1d * 00:02:00:00:ab:11:3c:22:fb:00:00:31
1795428000 9 2001:db8:20::1e * 00:04:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00
"""


def test_addresses_of_both_kinds_with_the_macs_that_are_shown() -> None:
    y5, staff = "3c:22:fb:00:00:21", "3c:22:fb:00:00:31"
    assert read_leases(FILE) == (
        Lease("10.77.10.121", y5, 1795428000),
        Lease("10.77.20.131", staff, None),
        Lease("2001:db8:10::1a", y5, 1795428000),
        Lease("2001:db8:10::1b", y5, 1795428000),
        Lease("2001:db8:20::1c", staff, None),
    )


def test_laptops_of_one_image_share_a_duid_and_are_not_told_apart_by_it() -> None:
    duid = "00:01:00:01:2c:6b:f4:5a:3c:22:fb:00:00:21"
    assert read_leases(f"9 1 2001:db8::1 a {duid}\n9 2 2001:db8::2 b {duid}\n") == ()


def test_a_lease_ends() -> None:
    assert Lease("10.0.0.1", "3c:22:fb:00:00:21", 100).holds(99.9)
    assert not Lease("10.0.0.1", "3c:22:fb:00:00:21", 100).holds(100)
    assert Lease("10.0.0.1", "3c:22:fb:00:00:21", None).holds(1e12)


@given(st.text() | st.lists(st.sampled_from([*FILE.split(), " ", "\n"])).map(" ".join))
def test_whatever_stands_there_it_is_read(text: str) -> None:
    for lease in read_leases(text):
        assert len(lease.mac) == 17


def test_half_a_line_costs_only_itself() -> None:
    whole = read_leases(FILE)
    for length in range(len(FILE)):
        assert set(read_leases(FILE[:length])) <= {*whole, *read_leases(FILE[:length])}
        assert len(read_leases(FILE[:length])) <= len(whole)
