"""What the page says of why a site is closed: in session, between sessions, and for good."""

from datetime import UTC, datetime

import pytest

from bellgate.gate.page import answer_for
from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from bellgate.policy.when import Always, Period, When
from tests.policy.schools import policy, rule

STAFF, PUPIL = "10.77.20.31", "10.77.10.77"
IN_SESSION = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
LUNCH = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def page(ip: str, when: When, at: datetime) -> str:
    school = policy((rule(1, "everyone", "facebook", "block", when),))
    host = "www.facebook.com"
    connection = Connection(ip, "tls", (host,), server_name=host)
    return answer_for(decide(school, connection, at), {}, None).body.decode()


@pytest.mark.parametrize(
    ("ip", "when", "at", "expected"),
    [
        (STAFF, Period("sessions"), IN_SESSION,
         "It is the morning session. Facebook is for your own time."),
        (PUPIL, Period("sessions"), IN_SESSION,
         "It is the morning session. You cannot use this site now."),
        (STAFF, Period("school day"), LUNCH,
         "The school’s rules close this site at the moment."),
        (PUPIL, Period("school day"), LUNCH,
         "You cannot use this site at the moment."),
        (STAFF, Always(), IN_SESSION,
         "The school’s rules keep this site closed."),
        (PUPIL, Always(), LUNCH,
         "You cannot use this site on the school’s network."),
    ],
)  # fmt: skip
def test_the_reason_fits_the_time(ip: str, when: When, at: datetime, expected: str) -> None:
    assert f'<p class="lead">{expected}</p>' in page(ip, when, at)
