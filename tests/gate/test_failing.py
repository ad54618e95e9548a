"""Promise: with our own code failing, what is restricted is refused and the rest is passed."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from bellgate.gate.hooks import Hooks
from tests.cli.test_commands import bellgate
from tests.lab.school import BBC, FACEBOOK, IN_SESSION, School

HOOKS = [
    "client_connected",
    "plain_request",
    "next_layer",
    "tls_failed_client",
    "server_connect",
    "server_disconnected",
    "client_disconnected",
]
# Hooks that neither a refused nor a passed connection needs: there is nothing to see but the fate.
NOT_ON_THE_WAY = {"tls_failed_client"}


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


def test_every_hook_is_tried() -> None:
    guarded = {n for n, f in vars(Hooks).items() if hasattr(f, "__wrapped__")}
    assert guarded == set(HOOKS)


@pytest.mark.parametrize("fault", [*HOOKS, "choose", "decide", "certificate", "recording"])
def test_a_restricted_site_is_refused_and_an_ordinary_one_passed(
    school: School, fault: str
) -> None:
    gate = school.gate(IN_SESSION, program=("-m", "tests.gate.faulty", fault))
    school.forget_contacts()
    over_tls = school.curl(f"https://{FACEBOOK}/", trust=gate.authority)
    in_plain = school.curl(f"http://{FACEBOOK}/")
    assert over_tls.refused or over_tls.status == 403
    assert in_plain.refused or in_plain.status == 403
    assert school.contacts() == []

    if fault == "server_connect":
        # Where it may dial could not be checked, and inside addresses are nobody's: nothing goes.
        assert school.curl(f"https://{BBC}/").refused
    else:
        assert school.curl(f"https://{BBC}/").body == f"origin of {BBC}\n"
        assert school.curl(f"http://{BBC}/").body == f"origin of {BBC}\n"

    errors = [r for r in gate.records("bellgate.gate") if r["event"]["action"] == "error"]
    if fault not in NOT_ON_THE_WAY:
        assert errors, "the failure is not on record"
        assert all("Planted" in record["message"] for record in errors)
    if fault in ("decide", "choose"):
        done = {(r["url"]["domain"], r["bellgate"]["done"]) for r in errors if "url" in r}
        assert {(FACEBOOK, "refused"), (BBC, "passed")} <= done
        # In totals, and nobody is named.
        asked = bellgate("status", "--simulated", "--json", "--state", gate.state)
        totals = Counter(r["bellgate"]["done"] for r in errors if "done" in r["bellgate"])
        assert json.loads(asked.stdout)["undecided"] == totals
        said = bellgate("status", "--simulated", "--state", gate.state).stdout
        each = f"{totals['passed']} passed, {totals['refused']} refused"
        assert f"Undecided because Bellgate failed on them: {each}" in said
