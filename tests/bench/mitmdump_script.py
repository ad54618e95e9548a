"""For mitmdump: the same effect as the gate's on what is allowed, as its documentation shows it.

What no list names passes undecrypted; the rest mitmproxy would open. Without sessions, rules,
devices or records: so little that only the way through mitmproxy is compared.
"""

from mitmproxy import tls

from bellgate.schedules.shipped import shipped

NAMES = {name for service in shipped().services for name in service.names}


def tls_clienthello(data: tls.ClientHelloData) -> None:
    labels = (data.client_hello.sni or "").split(".")
    if not any(".".join(labels[n:]) in NAMES for n in range(len(labels))):
        data.ignore_connection = True
