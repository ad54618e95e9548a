"""services.yaml: the school's own services, and the hosts that it needs."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from bellgate.policy.action import ACTIONS
from bellgate.policy.what import CATEGORIES, Service, categories_meant
from bellgate.schedules.checks.place import problem, warning
from bellgate.schedules.compile import is_under, keeping_open, list_id
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RuleForm, RulesForm
from bellgate.schedules.forms.services_yaml import ServiceForm, ServicesForm
from bellgate.schedules.lists.subscription import wrong_place
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.rule_words import WHAT_WORDS
from bellgate.schedules.scalars import without_www

Found = Iterator[Problem]
Services = Filled[ServicesForm]


def ids_are_free(services: Services, shipped: tuple[Service, ...]) -> Found:
    taken = {service.id: f"the shipped service {service.name}" for service in shipped}
    taken |= {list_id(c, None): f"the lists of {c}" for c in CATEGORIES}
    names: dict[str, int] = {}
    for i, service in enumerate(services.form.services):
        line = services.document.line(("services", i))
        if service.id in WHAT_WORDS:
            message = f"id {quoted(service.id)} is the word for a category"
            yield problem(services, ("services", i, "id"), message, "choose another id")
        elif "." in service.id or "/" in service.id:
            message = f"id {quoted(service.id)} reads like a domain"
            yield problem(services, ("services", i, "id"), message, "choose one without dots")
        elif service.id in taken:
            message = f"id {quoted(service.id)} is taken by {taken[service.id]}"
            yield problem(services, ("services", i, "id"), message, "choose another id")
        elif service.name in names:
            said = (
                f"name {quoted(service.name)} is given twice (first on line {names[service.name]})"
            )
            hint = "choose another name for this one"
            yield problem(services, ("services", i, "name"), said, hint)
        taken.setdefault(service.id, f"the service on line {line}")
        names.setdefault(service.name, line)
    for i, listed in enumerate(services.form.lists):
        if listed.id is None:
            continue
        said = f"id {quoted(listed.id)}"
        if listed.id in taken or listed.id in WHAT_WORDS or "." in listed.id or "/" in listed.id:
            whose = taken.get(listed.id)
            message = (
                f"{said} is taken by {whose}" if whose else f"{said} cannot be the word for a list"
            )
            hint = "choose another id, without dots, such as council-games"
            yield problem(services, ("lists", i, "id"), message, hint)
        taken.setdefault(listed.id, f"the list {listed.source}")


def services_have_names(services: Services, _: tuple[Service, ...]) -> Found:
    for i, service in enumerate(services.form.services):
        whole = not services.document.hurt(("services", i))
        if whole and not (_claimed(service) or service.stays_open):
            message = f"{service.name} has no domains, so nothing can ever be recognised as it"
            yield problem(services, ("services", i), message, "add domains")


_SITES = "write the names of the sites themselves, such as example.co.uk"


def domains_are_somebodys(services: Services, _: tuple[Service, ...]) -> Found:
    for i, service in enumerate(services.form.services):
        wide = (*service.domains, *service.embeds, *service.background, *service.stays_open)
        for name in wide:
            if is_public_suffix(name):
                message = f"{name} is a whole public suffix: anybody can have a name under it"
                yield problem(services, ("services", i), message, _SITES)
    for name in services.form.needed:
        if is_public_suffix(name):
            said = f"needed: {name} is a whole public suffix"
            yield problem(services, ("needed",), said, _SITES)


def domains_are_whole(services: Services, _: tuple[Service, ...]) -> Found:
    """Whoever copies an address from a browser means the site; one name alone stands in hosts."""
    for i, service in enumerate(services.form.services):
        for name in service.domains:
            bare = without_www(name)
            if bare and bare not in _claimed(service) and not is_public_suffix(bare):
                yield warning(
                    services,
                    ("services", i, "domains"),
                    f"{name} does not include {bare} itself, so that is not part of {service.name}",
                    f"write {bare}, which means that name and everything under it; or write "
                    f"{name} under hosts",
                )


def no_name_is_given_twice(services: Services, _: tuple[Service, ...]) -> Found:
    first: dict[str, int] = {}
    for i, service in enumerate(services.form.services):
        line = services.document.line(("services", i))
        for name in _claimed(service):
            if name in first:
                message = f"{name} is given twice (first in the service on line {first[name]})"
                hint = "take it out of one of the two"
                yield problem(services, ("services", i), message, hint)
            elif name in service.stays_open:
                message = f"{name} is both a name of {service.name} and under not"
                hint = "take it out of one of the two"
                yield problem(services, ("services", i, "not"), message, hint)
            first.setdefault(name, line)


def needed_hosts_are_told(services: Services, shipped: tuple[Service, ...]) -> Found:
    """What a needed host opens of a shipped service is told, not hidden."""
    needed = frozenset(services.form.needed)
    for service in shipped if needed else ():
        kept = keeping_open(service, needed)
        opened = {*service.names, *kept.stays_open} - {*kept.names, *service.stays_open}
        if opened:
            names = ", ".join(sorted(opened))
            message = f"needed: {names} of {service.name} stays open, whatever the rules say"
            yield warning(services, ("needed",), message)


def needed_hosts_stay_open(rules: Filled[RulesForm], services: Services) -> Found:
    """Somebody wrote both that a host is needed and that it is closed."""
    closing = [(i, r) for i, r in enumerate(rules.form.rules) if ACTIONS[r.do].fate == "closed"]
    for name in services.form.needed:
        for i, rule in closing:
            for word in rule.what:
                if "." in word and is_under(name, word.lower()):
                    it = "it" if word.lower() == name else word
                    line = rules.document.line(("rules", i))
                    said = f"needed: {name} has to stay open, but the rule {rule.name} closes {it}"
                    said = f"{said} (rules.yaml:{line})"
                    hint = (
                        f"to close it for a time or to some, take {name} off needed; otherwise "
                        f"take {word} out of the rule"
                    )
                    yield problem(services, ("needed",), said, hint)
        for service in services.form.services:
            by = next((r.name for _, r in closing if _is_about(r, service)), None)
            if by is not None and _holds(service, name):
                message = f"{name} is needed, but it belongs to {service.name}, which {by} closes"
                hint = f"write it under not in {service.name}, or take it out of needed"
                yield problem(services, ("needed",), f"needed: {message}", hint)


def lists_lie_somewhere(services: Services, _: tuple[Service, ...]) -> Found:
    first: dict[str, int] = {}
    for i, form in enumerate(services.form.lists):
        line = services.document.line(("lists", i))
        if wrong := wrong_place(form):
            message = f"from is {quoted(form.source)}, which {wrong}"
            hint = "such as games.txt, or https://lists.example.org/games.txt"
            yield problem(services, ("lists", i, "from"), message, hint)
        elif form.source.lower().startswith("http:"):
            message = "a list is fetched over http: anybody along the way could change it"
            hint = "write https, if the server offers it"
            yield warning(services, ("lists", i, "from"), message, hint)
        if form.source in first:
            message = f"{quoted(form.source)} is subscribed to twice (first on line"
            said = f"{message} {first[form.source]})"
            yield problem(services, ("lists", i, "from"), said, "take one of the two out")
        first.setdefault(form.source, line)


def is_public_suffix(name: str) -> bool:
    """Whether a name is one under which anybody can have a name, such as co.uk."""
    return bool(_suffixes(name.rpartition(".")[2]).publicsuffix(name) == name)


@cache
def _suffixes(ending: str) -> PublicSuffixList:
    """The public suffixes under one ending: to read all of them would take longer than all else.

    Without the private section: blogspot.com is somebody's, and schools close it whole.
    """
    with suppress(UnicodeError):  # `xn--` and nonsense: no ending of the list
        ending = ending.encode().decode("idna")
    icann = Path(PSLFILE).read_text("utf-8").partition("===END ICANN DOMAINS===")[0]
    return PublicSuffixList(
        [line for line in icann.split("\n") if line.rpartition(".")[2] == ending]
    )


def _claimed(service: ServiceForm) -> tuple[str, ...]:
    return (*service.domains, *service.hosts, *service.embeds, *service.background)


def _is_about(rule: RuleForm, service: ServiceForm) -> bool:
    return any(
        word == service.id or service.category in categories_meant(word) for word in rule.what
    )


def _holds(service: ServiceForm, name: str) -> bool:
    """The longest of the service's names decides, as in the index."""
    if name in service.hosts:
        return True
    wide = (*service.domains, *service.embeds, *service.background)
    held = max((len(d) for d in wide if is_under(name, d)), default=0)
    opened = max((len(d) for d in service.stays_open if is_under(name, d)), default=0)
    return held > opened
