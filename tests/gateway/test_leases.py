"""The lease files of three DHCP servers, read as they stand and as they may be found."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.gateway.leases import Lease, kind_of, problem_with, read_leases

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
Y5, STAFF = "3c:22:fb:00:00:21", "3c:22:fb:00:00:31"


def test_dnsmasqs_addresses_of_both_kinds_with_the_macs_that_are_shown() -> None:
    """What stands in a DUID is a hint and marked as one: an image is copied with its DUID."""
    assert read_leases(FILE) == (
        Lease("10.77.10.121", Y5, 1795428000),
        Lease("10.77.20.131", STAFF, None),
        Lease("2001:db8:10::1a", Y5, 1795428000, from_duid=True),
        Lease("2001:db8:10::1b", Y5, 1795428000, from_duid=True),
        Lease("2001:db8:20::1c", STAFF, None, from_duid=True),
    )


def test_laptops_of_one_image_share_a_duid_and_are_not_told_apart_by_it() -> None:
    duid = "00:01:00:01:2c:6b:f4:5a:3c:22:fb:00:00:21"
    assert read_leases(f"9 1 2001:db8::1 a {duid}\n9 2 2001:db8::2 b {duid}\n") == ()


KEA4 = """\
address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
10.77.10.21,3c:22:fb:00:00:21,01:3c:22:fb:00:00:21,4000,1796000000,1,0,0,y5-laptop-03,0,,0
10.77.20.31,3c:22:fb:00:00:31,,4294967295,1796000000,2,0,0,staff&#x2claptop,0,,0
10.77.20.32,3c:22:fb:00:00:32,,4000,1796000000,2,0,0,,0,,0
10.77.20.33,3c:22:fb:00:00:33,,4000,1796000000,2,0,0,,1,,0
10.77.20.32,3c:22:fb:00:00:32,,0,1796000000,2,0,0,,2,,0
10.77.20.34,3c:22:fb
"""


def test_keas_rows_the_last_of_an_address_holds() -> None:
    """10.77.20.32 was given back, 10.77.20.33 declined; the last row is still being written."""
    assert read_leases(KEA4) == (
        Lease("10.77.10.21", Y5, 1796000000),
        Lease("10.77.20.31", STAFF, None),
    )


KEA6 = """\
address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id
2001:db8:20::1,00:01:00:01:2c:6b:f4:5a:3c:22:fb:00:00:31,400,1796000000,1,300,0,7,128,0,0,,3c:22:fb:00:00:31,0,,1,2,0
2001:db8:20::2,00:04:11:22:33:44:55:66,400,1796000000,1,300,0,7,128,0,0,,3c:22:fb:00:00:31,0,,1,1,0
2001:db8:20::3,00:04:11:22:33:44:55:66,400,1796000000,1,300,0,7,128,0,0,,3c:22:fb:00:00:31,0,,1,4,0
2001:db8:21::,00:03:00:01:3c:22:fb:00:00:31,400,1796000000,1,300,2,7,64,0,0,,,0,,1,0,0
"""


def test_keas_ipv6_rows_tell_whether_the_card_was_seen_or_stands_in_the_duid() -> None:
    assert read_leases(KEA6) == (
        Lease("2001:db8:20::1", STAFF, 1796000000, from_duid=True),
        Lease("2001:db8:20::2", STAFF, 1796000000),
    )


ISC = """\
# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.77.10.21 {
  starts 6 2026/11/28 10:00:00;
  ends 6 2026/11/28 22:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 3C:22:FB:00:00:21;
  client-hostname "y5-laptop-03";
}
lease 10.77.20.31 {
  ends never;
  binding state active;
  hardware ethernet 3c:22:fb:00:00:31;
}
lease 10.77.20.32 {
  ends epoch 1796000000; # Sat Nov 28 22:00:00 2026
  binding state active;
  hardware ethernet 3c:22:fb:00:00:32;
}
lease 10.77.20.32 {
  ends epoch 1796000000;
  binding state free;
  hardware ethernet 3c:22:fb:00:00:32;
}
ia-na "!\\000\\373\\000\\000\\003\\000\\001<\\"\\373\\000\\0001" {
  iaaddr 2001:db8:20::1c {
    binding state active;
    ends epoch 1796000000;
  }
}
lease 10.77.20.33 {
  ends never;
"""


def test_isc_dhcpds_blocks_the_last_of_an_address_holds() -> None:
    """10.77.20.32 is free again; the last block is still being written."""
    assert read_leases(ISC) == (
        Lease("10.77.10.21", Y5, 1795903200),
        Lease("10.77.20.31", STAFF, None),
        Lease("2001:db8:20::1c", STAFF, 1796000000, from_duid=True),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (FILE, "dnsmasq"),
        ("duid 00:01:00:01:2c:6b:f4:5a:02:00:00:00:00:01\n", "dnsmasq"),
        (KEA4, "kea"),
        (KEA6.splitlines()[0], "kea"),
        (ISC, "isc"),
        ('\n# All times in this file are in UTC\nserver-duid "\\000";\n', "isc"),
        ("", None),
        ("127.0.0.1 localhost\n", None),
        ("dhcp-range=10.77.10.100,10.77.10.150,1h\n", None),
    ],
)
def test_whose_file_it_is(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    assert problem_with(file) == "is not there"
    file.write_text("\n")
    assert problem_with(file) == "is empty"
    file.write_text("127.0.0.1 localhost\n")
    assert problem_with(file) == "is not a lease file from dnsmasq, Kea (CSV) or ISC dhcpd"
    file.write_text(KEA4)
    assert problem_with(file) is None
    assert problem_with(tmp_path) == "cannot be read (Is a directory)"


def test_a_lease_ends() -> None:
    assert Lease("10.0.0.1", "3c:22:fb:00:00:21", 100).holds(99.9)
    assert not Lease("10.0.0.1", "3c:22:fb:00:00:21", 100).holds(100)
    assert Lease("10.0.0.1", "3c:22:fb:00:00:21", None).holds(1e12)


PIECES = [*FILE.split(), *KEA4.split(","), *KEA6.split(","), *ISC.split(), " ", "\n", ","]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join) | st.sampled_from(PIECES))
def test_whatever_stands_there_it_is_read(text: str) -> None:
    for lease in read_leases(text):
        assert len(lease.mac) == 17


@pytest.mark.parametrize("whole", [FILE, KEA4, KEA6, ISC])
def test_half_a_file_costs_only_what_is_not_there_yet(whole: str) -> None:
    for length in range(len(whole)):
        assert len(read_leases(whole[:length])) <= len(read_leases(whole)) + 1
