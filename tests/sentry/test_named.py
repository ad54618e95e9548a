"""The set of addresses whose connections come to the gate at once, from bell to bell."""

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from bellgate.sentry.kept_lines import KeptLines
from bellgate.sentry.leads import Leads
from bellgate.sentry.named import Named
from bellgate.sentry.restricted import Restricted
from bellgate.wire.name_answers import Answer
from tests.audit.world import POLICY, QUARTER_PAST_TEN

FACEBOOK, FACEBOOK6 = ip_address("203.0.113.1").packed, ip_address("2001:db8::1").packed
BBC = ip_address("203.0.113.81").packed
AT_LUNCH = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
ON_SATURDAY = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


class Kernel:
    """The kernel's sets, as far as they are asked."""

    def __init__(self) -> None:
        self.there: set[bytes] = {BBC}

    def put_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None:
        self.there |= set(addresses)

    def take_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None:
        self.there -= set(addresses)

    def empty(self, *names: str) -> None:
        assert names == ("named4", "named6")
        self.there.clear()


def test_names_are_restricted_by_the_bell() -> None:
    in_session, at_lunch = Restricted(POLICY, QUARTER_PAST_TEN), Restricted(POLICY, AT_LUNCH)
    for name in ("www.facebook.com", "x.wordpress.com", "games.example", "WWW.FACEBOOK.COM."):
        assert in_session.names(name), name
        assert not at_lunch.names(name), name
    for name in ("www.bbc.co.uk", "", "10.0.0.1", "a..b", "x" * 300, "\udcff"):
        assert not in_session.names(name), name


def test_the_set_follows_answers_and_bells(tmp_path: Path) -> None:
    kernel = Kernel()
    leads = Leads(KeptLines(tmp_path / "answers"), now=0.0, wall=0.0)
    named = Named(leads, kernel, POLICY, QUARTER_PAST_TEN)
    named.begin(0.0)
    assert kernel.there == set()
    named.heard(Answer("www.facebook.com", ((FACEBOOK, 60), (FACEBOOK6, 60))), 1.0)
    named.heard(Answer("www.bbc.co.uk", ((BBC, 60),)), 1.0)
    assert kernel.there == {FACEBOOK, FACEBOOK6}
    named.ring(POLICY, AT_LUNCH, 2.0)
    assert kernel.there == set()
    named.ring(POLICY, QUARTER_PAST_TEN, 3.0)
    assert kernel.there == {FACEBOOK, FACEBOOK6}
    # The rules were loaded anew.
    kernel.there.clear()
    named.fill(4.0)
    assert kernel.there == {FACEBOOK, FACEBOOK6}
    named.tidy(10 * 86_400.0)
    assert kernel.there == set()


def test_an_address_that_holds_an_open_name_too_comes_to_the_gate(tmp_path: Path) -> None:
    """It decides by name; the kernel sees only addresses here."""
    kernel = Kernel()
    leads = Leads(KeptLines(tmp_path / "answers"), now=0.0, wall=0.0)
    named = Named(leads, kernel, POLICY, QUARTER_PAST_TEN)
    named.heard(Answer("www.bbc.co.uk", ((BBC, 60),)), 0.0)
    kernel.there.clear()
    named.heard(Answer("www.facebook.com", ((BBC, 60),)), 0.0)
    assert kernel.there == {BBC}
    named.ring(POLICY, ON_SATURDAY, 1.0)
    assert kernel.there == set()
