"""Every service the policy names, and one of each category: by person, moment and protocol."""

from collections.abc import Iterator

import pytest

from bellgate.schedules.load import load
from tests.lab.network import A_LARGER_SHARE, Device, Lab
from tests.lab.scenarios import MOMENTS, NAMED_BY_THE_POLICY, ROWS, SITES, Row
from tests.lab.school import SAMPLE, Gate
from tests.lab.visits import Fate, Visit, Way, every_way

FEW_WAYS = (Way(4, "1.3", "2"), Way(4, "1.2"), Way(4, None))


@pytest.fixture(scope="module")
def people(lab: Lab) -> dict[str, Device]:
    return {
        "staff": lab.staff,
        "pupil": lab.pupil,
        "guest": lab.device("guests", 77),
        "office": lab.device("staff", 5),  # known by its address, 10.77.20.5
    }


class Gates:
    """One gate at a time, started when another moment is asked for."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._moment = ""
        self._gate: Gate | None = None

    def at(self, moment: str) -> Gate:
        if self._gate is None or moment != self._moment:
            self._lab.stop_gates()
            self._gate, self._moment = self._lab.gate(MOMENTS[moment], A_LARGER_SHARE), moment
        return self._gate


@pytest.fixture(scope="module")
def gates(lab: Lab) -> Gates:
    return Gates(lab)


def test_the_table_holds_each_service_of_the_policy_and_each_category() -> None:
    policy = load(SAMPLE).policy
    assert policy is not None
    for site in SITES:
        found = policy.index.look_up(site.host).service
        assert (found.id if found else None) == site.service, site.host
        assert (found.category if found else None) == site.category, site.host
    assert {site.service for site in SITES} >= set(NAMED_BY_THE_POLICY)
    categories = {service.category for service in policy.index.services.values()}
    assert {site.category for site in SITES} - {None} == categories - {"no-name"}


@pytest.mark.parametrize("row", sorted(ROWS, key=lambda row: [*MOMENTS].index(row.when)), ids=str)
def test_each_service_is_as_the_table_says(
    lab: Lab, people: dict[str, Device], gates: Gates, row: Row
) -> None:
    gate = gates.at(row.when)
    before = len(gate.records())
    trusts = row.who in ("staff", "pupil")
    wrong = list(wrong_connections(lab, people[row.who], row, gate, trusts=trusts))
    assert not wrong, f"{row}:\n" + "\n".join(wrong)

    recorded = {
        (record["network"]["application"], record["event"]["action"])
        for record in gate.records(after=before)
    }
    # Staff may say what a video is for; until then it is closed to them like the rest.
    asks = {"youtube"} if row.who in ("staff", "office") else set()
    expected = {
        (site.service, "ask" if site.service in asks else "block")
        for site in SITES
        if row.says_of(site) == "closed"
    }
    for site in SITES:
        if row.says_of(site) == "logged":
            expected |= {(site.service, "log"), (site.service, "closed")}
    assert recorded == expected


def wrong_connections(
    lab: Lab, device: Device, row: Row, gate: Gate, *, trusts: bool
) -> Iterator[str]:
    """Where real connections differ from a row of the table, in words."""
    before = len(lab.contacts())
    trust = [gate.authority] if trusts else []
    for site in SITES:
        closed = row.says_of(site) == "closed"
        for way in every_way() if trusts else FEW_WAYS:
            # The certificate is for the policy's own services: what else is closed is refused.
            believed = not way.tls or (trusts and site.category != "circumvention")
            expected: Fate = "open" if not closed else "page" if believed else "refused"
            outcome = Visit(lab, device, site.host, way, trust).make()
            if outcome.fate != expected:
                yield f"{site.host} by {way}: {outcome.fate}, not {expected}: {outcome.said[:200]}"
            if way.tls and outcome.fate == "open" and outcome.issuer != "Lab root":
                yield f"{site.host} by {way}: passed with a certificate of {outcome.issuer}"
        if closed and (reached := lab.contacted(site.host, before)):
            yield f"{site.host} was contacted: {reached}"
