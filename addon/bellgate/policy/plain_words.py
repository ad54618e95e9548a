"""A rule in words for people who read no files: notices, reports. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Rule
from bellgate.policy.wall_clock import dates_in_words
from bellgate.policy.what import CIRCUMVENTION, NO_NAME, NOT_WEB, Service

_DATE = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
_IN_WORDS: Final[Mapping[str, str]] = {
    CIRCUMVENTION: "ways round the filter (VPNs, proxies)",
    NO_NAME: "sites that hide their names",
    NOT_WEB: "connections that are not for web pages",
}


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule, as a row of a table."""

    name: str
    who: str
    what: str
    when: str
    happens: str
    clause: str

    @property
    def sentence(self) -> str:
        """`Who: staff. What: YouTube. When: sessions. What happens: closed.`"""
        return (
            f"Who: {self.who}. What: {self.what}. When: {self.when}. What happens: {self.happens}."
        )


def rule_in_words(rule: Rule, services: Mapping[str, Service]) -> RuleInWords:
    """`services` gives those that the rule names the names that people use."""
    return RuleInWords(
        name=rule.name,
        who=", ".join(rule.who),
        what=", ".join(_what(word, services) for word in rule.what),
        when=", ".join(_when(str(when)) for when in rule.when),
        happens=ACTIONS[rule.action].found,
        clause=rule.clause,
    )


def _when(text: str) -> str:
    """With its dates as people read them: `Monday 15:45-16:45 from 11 January 2027`."""
    return _DATE.sub(lambda found: dates_in_words(date.fromisoformat(found[0])), text)


def _what(word: str, services: Mapping[str, Service]) -> str:
    service = services.get(word)
    return service.name if service else _IN_WORDS.get(word, word.replace("-", " "))
