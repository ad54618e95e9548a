"""`bellgate services`: the catalogue and the school's own services, with their rules."""

from collections.abc import Iterable, Sequence

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, known_policy, with_folders
from bellgate.policy.decide import Policy
from bellgate.policy.facts import host_name
from bellgate.policy.what import CATEGORIES, UNNAMED, Service

_NAMES = 4
"""Names of a service that a line shows; `--json` has them all."""


@click.command()
@with_folders
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with every name.")
def services(folders: Folders, *, word: str | None, as_json: bool) -> None:
    """Show the services that match WORD: a service, a category, or a host."""
    policy = known_policy(folders)
    found = sorted(_matching(policy, word), key=lambda s: (s.category, s.id))
    if as_json:
        output.json_whole([_fields(policy, service) for service in found])
    elif not found:
        is_needed = word is not None and word.lower() in policy.index.needed
        output.fail(
            f'nothing in the catalogue matches "{word}"',
            "it is listed under needed, so no list closes it"
            if is_needed
            else "what no rule names is open, and needs no rule to allow it; to close it, write "
            "its domain in a rule, or add it under services in services.yaml",
        )
    else:
        output.table(
            f"{len(found)} services" if len(found) > 1 else "1 service",
            ("Id", "Name", "Category", "Names", "From", "Rules"),
            [_row(policy, service) for service in found],
        )


def _matching(policy: Policy, word: str | None) -> Iterable[Service]:
    known = policy.index.services
    if word is None:
        return known.values()
    lists = [listed.service for listed in policy.index.lists]
    if named := [service for service in lists if service.id == word]:
        return named
    host = host_name(word) if "." in word else None
    if host is not None:
        what = policy.index.look_up(host)
        own = [_of_a_rule(policy, domain) for domain in sorted(what.domains)]
        if what.service is not None or own:
            return [*filter(None, [what.service]), *own]
    said = word.casefold()
    if said in (*CATEGORIES, *UNNAMED):
        return [s for s in known.values() if s.category == said]
    called = [s for s in known.values() if said in s.id or said in s.name.casefold()]
    return called or [s for s in known.values() if any(said in name for name in s.names)]


def _of_a_rule(policy: Policy, domain: str) -> Service:
    """A domain that rules name themselves, in the shape of a service."""
    first = next(rule for rule in policy.rules if domain in rule.what)
    called = "a domain of a rule"
    return Service(domain, called, "none", (domain,), source=first.source, own=True)


def _names(policy: Policy, service: Service) -> Sequence[str]:
    """A list's are on the list."""
    listed = [each for each in policy.index.lists if each.service == service]
    return service.names or [f"{len(each.names):,} on {each.origin}" for each in listed]


def _rules(policy: Policy, service: Service) -> list[str]:
    return [rule.name for rule in policy.rules if rule.names_service(service)]


def _from(policy: Policy, service: Service) -> str:
    """A school's own services, its rules and its lists have a place; what is shipped has none."""
    own = service.own or any(listed.service == service for listed in policy.index.lists)
    return str(service.source) if own and service.source else "shipped"


def _row(policy: Policy, service: Service) -> tuple[str, ...]:
    shown = _names(policy, service)
    more = len(shown) - _NAMES
    names = ", ".join(shown[:_NAMES]) + (f" and {more} more" if more > 0 else "")
    rules = ", ".join(_rules(policy, service)) or "none: open"
    return service.id, service.name, service.category, names, _from(policy, service), rules


def _fields(policy: Policy, service: Service) -> dict[str, object]:
    return {
        "id": service.id,
        "name": service.name,
        "category": service.category,
        "domains": service.domains,
        "hosts": service.hosts,
        "embeds": service.embeds,
        "background": service.background,
        "not": service.stays_open,
        "own": service.own,
        "source": str(service.source) if service.source else None,
        "rules": _rules(policy, service),
    }
