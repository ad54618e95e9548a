"""The connection that a device would make to a site, for `explain` and the page that asks why."""

from bellgate.policy.facts import Connection, address, host_name
from bellgate.running.address_question import Known


def connection_to(site: str, ip: str, known: Known) -> Connection:
    """The connection that a device would make to a site, given as a host or an address."""
    host = site.partition("://")[2].partition("/")[0] if "://" in site else site.partition("/")[0]
    name, to, sighting = host_name(host), address(host), known.sighting
    return Connection(
        ip,
        "tls",
        (name,) if name else (),
        sighting.mac,
        server_name=name,
        destination_ip=to,
        destination_port=443,
        interface=sighting.interface,
        doubt=sighting.doubt,
        duid_mac=sighting.duid_mac,
        sign_in=known.sign_in,
        destination_connected=to is not None and known.is_connected(to),
    )
