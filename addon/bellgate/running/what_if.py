"""The connection that a device would make to a site, for `explain` and the page that asks why."""

from collections.abc import Mapping
from typing import Final

from bellgate.policy.facts import Connection, Protocol, address, host_name
from bellgate.policy.what import NO_NAME, NOT_WEB
from bellgate.running.address_question import Known

_WITHOUT_A_NAME: Final[Mapping[str, Protocol]] = {NO_NAME: "other", NOT_WEB: "not-web"}


def connection_to(site: str, ip: str, known: Known) -> Connection:
    """The connection that a device would make to a site, given as a host or an address, or by the
    rules' words for what shows no name."""
    host = site.partition("://")[2].partition("/")[0] if "://" in site else site.partition("/")[0]
    name = host_name(host) if site not in _WITHOUT_A_NAME else None
    to, sighting = address(host), known.sighting
    return Connection(
        ip,
        _WITHOUT_A_NAME.get(site, "tls"),
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
