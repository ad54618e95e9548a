"""rules.yaml: the words of the rules. Whether a rule can ever match is in `shadows`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from bellgate.schedules import scalars
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.checks.services import is_public_suffix
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.meant import Key, meant
from bellgate.schedules.problem import Problem, Unclear, quoted
from bellgate.schedules.rule_times import when_problem
from bellgate.schedules.rule_words import Vocabulary, what_problem, who_problem
from bellgate.schedules.yaml_tree import Data

Found = Iterator[Problem]
Rules = Filled[RulesForm]
Judge = Callable[[str, Vocabulary], Unclear | None]


def names_are_free(rules: Rules, _: Vocabulary) -> Found:
    first: dict[str, int] = {}
    for i, rule in enumerate(rules.form.rules):
        if rule.name in first:
            message = f"name {quoted(rule.name)} is given twice (first on line {first[rule.name]})"
            yield problem(rules, ("rules", i, "name"), message, "choose another name for this one")
        first.setdefault(rule.name, rules.document.line(("rules", i)))


_EMPTY: Mapping[str, str] = {
    "who": "write a group, a device, or everyone",
    "what": "write a service, a category or a domain",
    "when": "write always, or the times at which it applies",
}


def words_are_known(rules: Rules, known: Vocabulary) -> Found:
    """Of every rule as it is written: a slip elsewhere in it must not hide these."""
    written = replace(rules, document=rules.written)
    judges: tuple[tuple[Key, Judge], ...] = (
        ("who", who_problem),
        ("what", what_problem),
        ("when", when_problem),
    )
    for i, rule in enumerate(_written(rules)):
        for key, judge in judges:
            words = _words(rule.get(key))
            if words == []:
                yield problem(written, ("rules", i, key), f"{key} is an empty list", _EMPTY[key])
            for word in words or ():
                if wrong := judge(word, known):
                    told = Unclear(wrong.message, meant(word, key, known) or wrong.hint)
                    yield unclear(written, ("rules", i, key), key, told)


def _written(rules: Rules) -> Iterator[Mapping[str, Data]]:
    items = rules.words.get("rules") if isinstance(rules.words, dict) else None
    for item in items if isinstance(items, list) else ():
        yield item if isinstance(item, dict) else {}


def _words(data: Data) -> list[str] | None:
    """One word or several; None where there are none, which the form has told."""
    if isinstance(data, str):
        return [data.strip()] if data.strip() else None
    if isinstance(data, list):
        found = [each.strip() for each in data if isinstance(each, str) and each.strip()]
        return found if found or not data else None
    return None


def domains_are_somebodys(rules: Rules, _: Vocabulary) -> Found:
    for i, rule in enumerate(rules.form.rules):
        for word in rule.what:
            if "." not in word:
                continue
            try:
                name = scalars.domain(word)
            except Unclear:
                continue
            if is_public_suffix(name):
                message = f"{name} is a whole public suffix: anybody can have a name under it"
                hint = "write the names of the sites themselves, such as example.co.uk"
                yield problem(rules, ("rules", i, "what"), message, hint)


def domains_are_whole(rules: Rules, _: Vocabulary) -> Found:
    """Whoever copies an address from a browser means the site, not the one name."""
    for i, rule in enumerate(rules.form.rules):
        for word in rule.what:
            bare = scalars.without_www(word.lower())
            if bare and bare not in rule.what and not is_public_suffix(bare):
                yield warning(
                    rules,
                    ("rules", i, "what"),
                    f"{word} does not include {bare} itself",
                    f"write {bare}, which means that name and everything under it",
                )


def asking_has_a_length(rules: Rules, _: Vocabulary) -> Found:
    for i, rule in enumerate(rules.form.rules):
        length = rule.ask_for
        if rule.do == "ask" and length is None and not rules.document.hurt(("rules", i)):
            message = f"{rule.name} asks, but does not say how long it then opens for"
            yield problem(rules, ("rules", i), message, "add for: 45 minutes")
        if rule.do != "ask" and length is not None:
            message = f"for belongs to rules that ask, and {rule.name} is a rule that {rule.do}s"
            hint = "take for out, or write do: ask"
            yield problem(rules, ("rules", i, "for"), message, hint)
        if length is not None and length.unit not in ("second", "minute", "hour"):
            message = f"for is {length}, longer than any session"
            yield problem(rules, ("rules", i, "for"), message, "write it as 45 minutes")
