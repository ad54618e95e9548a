"""`bellgate explain`: what would happen to one device, at one site, at one moment, and why."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import click

from bellgate.cli import moments, output, recorded
from bellgate.cli.options import SIMULATED, Folders, policy_that_holds, with_folders
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision, Policy, decide
from bellgate.policy.facts import Sighting, address
from bellgate.policy.walk import Step, walk
from bellgate.policy.who import is_stranger
from bellgate.running.address_question import GateSilent, Known, ask_gate
from bellgate.running.certificate_check import certificate_in, how_to_mend
from bellgate.running.folders import log_base
from bellgate.running.what_if import connection_to
from bellgate.schedules.granted import Granted
from bellgate.schedules.problem import Unclear, suggestion
from bellgate.schedules.scalars import mac_address


@click.command()
@with_folders
@click.option("--device", metavar="D", help="A device in devices.yaml, on its own network.")
@click.option("--from", "source", metavar="IP", help="An address, instead of a device.")
@click.option(
    "--mac", metavar="M", help="The MAC at that address; if not given, the gate is asked."
)
@click.option(
    "--site",
    "sites",
    metavar="HOST",
    multiple=True,
    required=True,
    help="A site, or no-name or not-web; may be repeated. `-` reads them from standard input, one "
    "per line.",
)
@click.option("--at", metavar="WHEN", help="The moment, by the school's clock. Default: now.")
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def explain(
    folders: Folders,
    *,
    device: str | None,
    source: str | None,
    mac: str | None,
    sites: tuple[str, ...],
    at: str | None,
    simulated: bool,
    as_json: bool,
) -> None:
    """Explain what happens to a device at a site, step by step."""
    if (device is None) == (source is None):
        raise click.UsageError("give either --device D or --from IP")
    if mac is not None and source is None:
        raise click.UsageError("--mac belongs to --from IP")
    for site in sites:
        if site.split() != [site]:
            raise click.BadParameter(f'"{site}" is not a host', param_hint="--site")
    with policy_that_holds(folders) as (policy, read):
        for said in read.lists_aside:
            output.note(f"{said}.")
        ip, known = _at_address(folders, source, mac) if source else _of_device(policy, str(device))
        now = recorded.now_for(folders, simulated)
        instant = moments.moment(at, policy.year.zone, now)
        granted = Granted(log_base(folders.state, simulated=simulated)).read()
        decisions = (
            (site, decide(policy, connection_to(site, ip, known), instant, granted))
            for site in _all(sites)
        )
        if as_json:
            output.json_lines(_fields(site, decision) for site, decision in decisions)
            return
        for site, decision in decisions:
            output.say(site)
            more = (*_of_a_stranger(decision, known), *_without_a_page(decision, folders))
            output.steps((*walk(policy, decision), *more))


def _of_a_stranger(decision: Decision, known: Known) -> Iterator[Step]:
    """That a proxy that anybody may name serves nobody out on the internet."""
    ip = decision.connection.source_ip
    if is_stranger(decision.who, ip, is_connected=known.is_connected(ip)):
        said = f"{ip} is out on the internet and on none of the school's networks: it gets a page"
        yield Step("Regular mode", f"{said} that says so (403), and no site")


def _without_a_page(decision: Decision, folders: Folders) -> Iterator[Step]:
    """That a closed site is refused without a page, where the certificate does not cover it."""
    closed = not is_open(decision.action) and decision.who.trusts_certificate
    if not closed or decision.host is None:
        return
    held = certificate_in(folders.state)
    if held is not None and not held.permits(decision.host):
        said = f"none is shown: {decision.host} is not within the certificate, so the browser "
        yield Step("Page", f"{said}says that it cannot connect ({how_to_mend(held)})")


def _of_device(policy: Policy, device: str) -> tuple[str, Known]:
    """The address and the MAC that stand for a device on its own network."""
    devices = {d.name: d for d in policy.directory.devices}
    if device not in devices:
        hint = suggestion(device, devices)
        raise click.BadParameter(f'no device is named "{device}": {hint}', param_hint="--device")
    meant = devices[device]
    mac = meant.macs[0] if meant.macs else None
    return policy.directory.own_address(meant), Known(Sighting(mac))


def _at_address(folders: Folders, source: str, mac: str | None) -> tuple[str, Known]:
    """The address, and what the running gate knows of it. A MAC on the command line wins."""
    ip = address(source)
    if ip is None:
        raise click.BadParameter(f'"{source}" is not an IP address', param_hint="--from")
    given = _mac(mac)
    try:
        known = ask_gate(folders.state, source)
    except GateSilent as silent:
        output.note(f"Nobody could be asked which MAC has {source}: {silent}.")
        output.note(
            "So this answer uses the address and the MAC that you gave."
            if given
            else "So this answer uses only the address. If you know its MAC, add --mac M."
        )
        known = Known()
    if given is not None and given != known.sighting.mac:
        # What the gate knows to say against a MAC is about the one that it sees.
        known = replace(known, sighting=Sighting(given, known.sighting.interface), sign_in=None)
    return ip, known


def _mac(text: str | None) -> str | None:
    try:
        return None if text is None else mac_address(text)
    except Unclear as unclear:
        raise click.BadParameter(f"{unclear.message}", param_hint="--mac") from unclear


def _all(sites: tuple[str, ...]) -> Iterator[str]:
    for site in sites:
        if site != "-":
            yield site
            continue
        for line in sys.stdin.buffer:
            if text := line.decode(errors="replace").strip():
                yield text


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
