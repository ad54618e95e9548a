"""Every kind of record that Bellgate writes, made up by hypothesis. No test lives here."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import orjson
from hypothesis import strategies as st

from bellgate.audit.log.line import line_of
from bellgate.audit.record.event_kinds import EVENTS
from bellgate.audit.record.record import Seen, decision_record, event_record
from bellgate.policy.action import Outcome
from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from tests.audit.world import EDITION, POLICY

CLOCKS = ("synchronised", "unsynchronised", "simulated")
moments = st.datetimes(datetime(2026, 9, 1), datetime(2027, 9, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(max_size=30)
hosts = st.sampled_from(
    [
        "www.facebook.com",
        "x.wordpress.com",
        "games.example",
        "plain.example",
        "xn--bcher-kva.example",
    ]
)
addresses = st.one_of(
    st.ip_addresses().map(str), st.sampled_from(["10.77.20.31", "10.77.10.21", "10.77.10.9"])
)
macs = st.sampled_from([None, "3c:22:fb:00:00:31", "3c:22:fb:00:00:21", "02:00:00:00:00:01"])


@st.composite
def connections(draw: st.DrawFn) -> Connection:
    host = draw(st.one_of(st.none(), hosts))
    return Connection(
        source_ip=draw(addresses),
        protocol=draw(st.sampled_from(["tls", "http", "other"])),
        names=(host,) if host else (),
        mac=draw(macs),
        server_name=draw(st.sampled_from([None, host])),
        destination_ip=draw(st.one_of(st.none(), addresses)),
        destination_port=draw(st.one_of(st.none(), st.integers(0, 65535))),
    )


@st.composite
def decided(draw: st.DrawFn) -> dict[str, Any]:
    return decision_record(
        decide(POLICY, draw(connections()), draw(moments)),
        draw(st.sampled_from(get_args(Outcome))),
        seen=draw(st.sampled_from(get_args(Seen))),
        clock=draw(st.sampled_from(CLOCKS)),
        repeat=draw(st.integers(1, 10**6)),
        named=draw(st.booleans()),
        carried=draw(st.one_of(st.none(), st.integers(0, 2**50))),
        lasted=draw(st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=30)))),
        carried_over=draw(st.booleans()),
        answer=draw(st.one_of(st.none(), words)),
        exemption=draw(st.sampled_from([None, "a1b2c3"])),
        reason=draw(st.one_of(st.none(), words)),
    )


@st.composite
def others(draw: st.DrawFn) -> dict[str, Any]:
    dataset, action = draw(st.sampled_from(list(EVENTS)))
    failed = action == "error"
    return event_record(
        dataset,
        action,
        draw(words),
        edition=EDITION,
        at=draw(moments),
        clock=draw(st.sampled_from(CLOCKS)),
        host=draw(st.one_of(st.none(), hosts)),
        service=draw(st.sampled_from([None, "facebook"])),
        connection=draw(st.one_of(st.none(), connections())) if failed else None,
        done=draw(st.sampled_from([None, "refused", "passed"])) if failed else None,
        user=draw(st.sampled_from([None, "head"])),
        target=draw(st.sampled_from([None, "stf-0042"])),
        reason=draw(st.one_of(st.none(), words)),
        outcome=draw(st.sampled_from([None, "success", "failure"])),
        facts=draw(st.dictionaries(st.sampled_from(["first", "sessions", "revoked"]), words)),
    )


def as_written(record: dict[str, Any]) -> dict[str, Any]:
    """The record as it stands on its line, with what the road adds to it."""
    return orjson.loads(line_of(record).text)


records = st.one_of(decided(), others()).map(as_written)
