"""`bellgate explain`: what would happen to one device, at one site, at one moment, and why."""

import sys
from collections.abc import Iterator

import click

from bellgate.cli import moments, output
from bellgate.cli.options import Folders, loaded_policy, with_places
from bellgate.policy.decide import Decision, Policy, decide
from bellgate.policy.facts import Connection, address, host_name
from bellgate.policy.walk import walk
from bellgate.schedules.granted import Granted
from bellgate.schedules.problem import suggestion


@click.command()
@with_places
@click.option("--device", metavar="D", help="A device of devices.yaml, on its own network.")
@click.option("--from", "source", metavar="IP", help="An address, instead of a device.")
@click.option(
    "--site",
    "sites",
    metavar="HOST",
    multiple=True,
    required=True,
    help="A site; may be repeated. `-` reads sites from standard input, one per line.",
)
@click.option("--at", metavar="WHEN", help="The moment, by the school's clock. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def explain(
    folders: Folders,
    *,
    device: str | None,
    source: str | None,
    sites: tuple[str, ...],
    at: str | None,
    as_json: bool,
) -> None:
    """Explain what happens to a device at a site, step by step."""
    if (device is None) == (source is None):
        raise click.UsageError("give either --device D or --from IP")
    for site in sites:
        if site.split() != [site]:
            raise click.BadParameter(f'"{site}" is not a host', param_hint="--site")
    policy, _ = loaded_policy(folders)
    ip, mac = _whose(policy, device, source)
    instant = moments.moment(at, policy.year.zone)
    granted = Granted(folders.state).read()
    decisions = (
        (site, decide(policy, connection_to(site, ip, mac), instant, granted))
        for site in _all(sites)
    )
    if as_json:
        output.json_lines(_fields(site, decision) for site, decision in decisions)
        return
    for site, decision in decisions:
        output.say(site)
        output.steps(walk(policy, decision))


def _whose(policy: Policy, device: str | None, source: str | None) -> tuple[str, str | None]:
    """The address and the MAC that stand for the device, or the address that was given."""
    if source is not None:
        ip = address(source)
        if ip is None:
            raise click.BadParameter(f'"{source}" is not an IP address', param_hint="--from")
        return ip, None
    devices = {d.name: d for d in policy.directory.devices}
    if device not in devices:
        hint = suggestion(str(device), devices)
        raise click.BadParameter(f'no device is named "{device}": {hint}', param_hint="--device")
    found = devices[device]
    return policy.directory.own_address(found), found.macs[0] if found.macs else None


def _all(sites: tuple[str, ...]) -> Iterator[str]:
    for site in sites:
        if site != "-":
            yield site
            continue
        for line in sys.stdin.buffer:
            if text := line.decode(errors="replace").strip():
                yield text


def connection_to(site: str, ip: str, mac: str | None) -> Connection:
    """The connection that a device would make to a site, given as a host or an address."""
    host = site.partition("://")[2].partition("/")[0] if "://" in site else site.partition("/")[0]
    name = host_name(host)
    return Connection(
        ip,
        "tls",
        (name,) if name else (),
        mac,
        server_name=name,
        destination_ip=address(host),
        destination_port=443,
    )


def _fields(site: str, decision: Decision) -> dict[str, object]:
    rule = decision.rule
    return {
        "site": site,
        "action": decision.action,
        "rule": rule.name if rule else None,
        "rule_source": str(rule.source) if rule else None,
        "clause": decision.clause,
        "service": decision.service,
        "category": decision.category,
        "device": decision.device,
        "group": decision.group,
        "attribution": decision.who.attribution,
        "session": decision.session,
        "until": output.utc(decision.until),
        "reason": decision.sentence,
    }
