"""A rule as a notice or a report says it, for people who read no files."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bellgate.policy.decide import Rule
from bellgate.policy.plain_words import rule_in_words
from bellgate.policy.when import Always, Period
from tests.policy.schools import policy, rule

SERVICES = policy().index.services


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (rule(1, "pupils guests", "social-media no-name", "block", Period("school day")),
         "Who: pupils, guests. What: social media, sites that hide their names. When: school day. "
         "What happens: closed."),
        (rule(1, "everyone", "circumvention", "block", Always()),
         "Who: everyone. What: ways round the filter (VPNs, proxies). When: always. "
         "What happens: closed."),
        (replace(rule(1, "staff", "youtube", "ask", Period("lessons")), ask_for=timedelta(hours=1)),
         "Who: staff. What: YouTube. When: lessons. What happens: open once a purpose is given."),
        (rule(1, "staff", "forum.example", "log", Always()),
         "Who: staff. What: forum.example. When: always. What happens: open, and recorded."),
    ],
)  # fmt: skip
def test_a_rule_in_words(said: Rule, expected: str) -> None:
    assert rule_in_words(said, SERVICES).sentence == expected
