"""rules.yaml: the words of the rules. Whether a rule can ever match is in `shadows`."""

from collections.abc import Callable, Iterator

from bellgate.schedules import scalars
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.checks.services import is_public_suffix
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.meant import Key, meant
from bellgate.schedules.problem import Problem, Unclear, quoted
from bellgate.schedules.rule_times import when_problem
from bellgate.schedules.rule_words import Vocabulary, what_problem, who_problem

Found = Iterator[Problem]
Rules = Filled[RulesForm]
Judge = Callable[[str, Vocabulary], Unclear | None]


def names_are_free(rules: Rules, _: Vocabulary) -> Found:
    first: dict[str, int] = {}
    for i, rule in enumerate(rules.form.rules):
        if rule.name in first:
            message = f"name {quoted(rule.name)} is given twice (first on line {first[rule.name]})"
            yield problem(rules, ("rules", i, "name"), message)
        first.setdefault(rule.name, rules.document.line(("rules", i)))


def words_are_known(rules: Rules, known: Vocabulary) -> Found:
    for i, rule in enumerate(rules.form.rules):
        asked: tuple[tuple[Key, tuple[str, ...], Judge], ...] = (
            ("who", rule.who, who_problem),
            ("what", rule.what, what_problem),
            ("when", rule.when, when_problem),
        )
        for key, words, judge in asked:
            if not words:
                yield problem(rules, ("rules", i, key), f"{key} is an empty list")
            for word in words:
                if wrong := judge(word, known):
                    told = Unclear(wrong.message, meant(word, key, known) or wrong.hint)
                    yield unclear(rules, ("rules", i, key), key, told)


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
                yield problem(rules, ("rules", i, "what"), message)


def domains_are_whole(rules: Rules, _: Vocabulary) -> Found:
    """Whoever copies an address from a browser means the site, not the one name."""
    for i, rule in enumerate(rules.form.rules):
        for word in rule.what:
            bare = scalars.without_www(word.lower())
            if bare and bare not in rule.what and not is_public_suffix(bare):
                yield warning(
                    rules,
                    ("rules", i, "what"),
                    f"{word} does not hold {bare} itself",
                    f"write {bare}, which means that name and everything under it",
                )


def asking_has_a_length(rules: Rules, _: Vocabulary) -> Found:
    for i, rule in enumerate(rules.form.rules):
        length = rule.ask_for
        if rule.do == "ask" and length is None and not rules.document.hurt(("rules", i)):
            message = f"{rule.name} asks, but does not say how long it then opens for"
            yield problem(rules, ("rules", i), message, "add for: 45 minutes")
        if rule.do != "ask" and length is not None:
            message = f"for belongs to rules that ask; {rule.name} is to {rule.do}"
            yield problem(rules, ("rules", i, "for"), message)
        if length is not None and length.unit not in ("second", "minute", "hour"):
            message = f"for is {length}, longer than any session"
            yield problem(rules, ("rules", i, "for"), message, "write it as 45 minutes")
