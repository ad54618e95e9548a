"""What an accounting packet reports. pyrad writes the packets: its code and ours share nothing."""

import hmac
import struct
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import AccountingResponse, AcctPacket

from bellgate.wire.accounting import NotAccounting, Report, answer_to, report_in
from tests.lab.access_point import dictionary

SECRET = b"the access points' secret"
DICTIONARY = dictionary()


def packet(**given: object) -> AcctPacket:
    made = AcctPacket(secret=SECRET, dict=DICTIONARY)
    for name, value in {"Acct_Status_Type": "Start", "Acct_Session_Id": "5F3A", **given}.items():
        made.AddAttribute(name.replace("_", "-"), value)
    return made


def signed(attributes: bytes, code: int = 4, secret: bytes = SECRET, length: int = 0) -> bytes:
    """A packet by hand, rightly signed, whatever is in it."""
    head = struct.pack("!BBH", code, 7, length or 20 + len(attributes))
    return head + md5(head + bytes(16) + attributes + secret).digest() + attributes


START = b"\x28\x06\x00\x00\x00\x01" + b"\x2c\x06" + b"5F3A"


def test_all_that_is_reported() -> None:
    given = packet(
        Acct_Status_Type="Interim-Update",
        User_Name="SCHOOL\\jsmith",
        Calling_Station_Id="3C-22-FB-00-00-31",
        Framed_IP_Address="10.77.20.31",
        Framed_IPv6_Address="2001:db8:20::31",
        NAS_Identifier="ap-1",
        NAS_IP_Address="10.77.20.2",
        Event_Timestamp=1_795_000_000,
        Acct_Session_Time=600,
        Acct_Delay_Time=3,
    )
    assert report_in(given.RequestPacket(), SECRET) == Report(
        "update",
        "5F3A",
        user="SCHOOL\\jsmith",
        mac="3c:22:fb:00:00:31",
        addresses=("10.77.20.31", "2001:db8:20::31"),
        points=frozenset({"ap-1", "10.77.20.2"}),
        stamp=1_795_000_000,
        age=600,
        delay=3,
    )


@pytest.mark.parametrize(("written", "mac"), [
    ("3C22.FB00.0031", "3c:22:fb:00:00:31"),
    ("3c22fb000031", "3c:22:fb:00:00:31"),
    ("3c:22:fb:00:00:31", "3c:22:fb:00:00:31"),
    ("10.77.20.31", None),  # a VPN's client has no card
    ("01-00-5e-00-00-01", None),
    ("00-00-00-00-00-00", None),
    ("3C-22-FB-00-00-31:School", None),
])  # fmt: skip
def test_a_card_in_any_manner_of_writing(written: str, mac: str | None) -> None:
    assert report_in(packet(Calling_Station_Id=written).RequestPacket(), SECRET).mac == mac


def test_the_answer_is_one_that_the_client_believes() -> None:
    asked = packet(Proxy_State=b"one", NAS_Identifier="ap-1")
    asked.AddAttribute("Proxy-State", b"two")
    raw = asked.RequestPacket()
    answer = asked.CreateReply(packet=answer_to(raw, SECRET))
    assert asked.VerifyReply(answer, answer.raw_packet)
    assert answer.code == AccountingResponse
    assert answer["Proxy-State"] == [b"one", b"two"]


@pytest.mark.parametrize(("raw", "why"), [
    (b"", "too short"),
    (signed(START)[:19], "too short"),
    (signed(START, length=4097), "ends before its end"),
    (signed(START).ljust(5000, b"\0"), "too long"),
    (signed(START, length=19), "ends before its end"),
    (signed(START, code=1), "no accounting request"),
    (signed(START, secret=b"guessed"), "does not know the secret"),
    (signed(START, secret=b""), "does not know the secret"),
    (signed(START + b"\x01"), "attribute ends before"),
    (signed(START + b"\x01\x01"), "attribute ends before"),
    (signed(START + b"\x01\xffjsmith"), "attribute ends before"),
    (signed(START + b"\x01\x04ab\x01\x04cd"), "says two things"),
    (signed(START + b"\x08\x05abc"), "wrong length"),
    (signed(START + b"\x37\x03a"), "not one of four bytes"),
    (signed(START[6:]), "neither a start"),
    (signed(b"\x28\x06\x00\x00\x00\x09" + START[6:]), "neither a start"),
    (signed(START[:6]), "names no session"),
    (signed(START[:6] + b"\x2c\x02"), "names no session"),
])  # fmt: skip
def test_what_is_not_to_be_believed(raw: bytes, why: str) -> None:
    with pytest.raises(NotAccounting, match=why):
        report_in(raw, SECRET)


def test_nobody_knows_an_empty_secret() -> None:
    with pytest.raises(NotAccounting, match="secret"):
        report_in(signed(START, secret=b""), b"")


def test_padding_is_no_part_of_it() -> None:
    assert report_in(signed(START) + b"\x01\x08jsmith", SECRET).user == ""


def test_text_that_is_none_is_no_name() -> None:
    raw = signed(START + b"\x01\x04\xff\xfe")
    assert report_in(raw, SECRET).user == ""
    assert report_in(signed(START + b"\x01\x06a\nbc"), SECRET).user == ""


@given(st.binary(max_size=200))
def test_whatever_is_in_a_signed_packet_it_is_a_report_or_refused(attributes: bytes) -> None:
    raw = signed(START + attributes)
    try:
        report = report_in(raw, SECRET)
    except NotAccounting:
        return
    assert report.session
    answer = answer_to(raw, SECRET)
    expected = md5(answer[:4] + raw[4:20] + answer[20:] + SECRET).digest()
    assert hmac.compare_digest(answer[4:20], expected)


@given(st.data())
def test_one_bit_that_is_changed_on_the_way_makes_it_worth_nothing(data: st.DataObject) -> None:
    raw = bytearray(packet(User_Name="jsmith").RequestPacket())
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    with pytest.raises(NotAccounting):
        report_in(bytes(raw), SECRET)
