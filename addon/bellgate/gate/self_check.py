"""At the start: can a page be shown over TLS at all? Tried in memory, with what makes the pages.

A machine may forbid what TLS in Python needs (memory that is written and executed, as systemd's
MemoryDenyWriteExecute does): then everything else goes on, and closed sites hang without a word.
"""

import ssl
import time
from contextlib import suppress
from pathlib import Path

from mitmproxy import connection, options, tls
from mitmproxy.proxy.context import Context
from OpenSSL import SSL

from bellgate.gate.closed_sites import Certificate
from bellgate.gate.embedded import TlsConfig
from bellgate.policy.probe import CLOSED

ROOT = "bellgate-ca.pem"
"""In mitmproxy's confdir: what the devices trust."""
_MOST_STEPS = 20
"""Turns of the two sides; a handshake takes three or four."""
_PIECE_BYTES = 1 << 16


class NoPages(Exception):
    """A page cannot be shown over TLS; the text says why."""


def check_pages(tls_config: TlsConfig, opts: options.Options, certificate: Certificate) -> None:
    """Shake hands once as a device that trusts the root. Raises NoPages."""
    root = Path(opts.confdir).expanduser() / ROOT
    if not certificate.permits(CLOSED) or not root.is_file():
        return  # a certificate from before there was a name to try it with
    try:
        _shake_hands(_ours(tls_config, opts), root)
    except (OSError, SSL.Error, MemoryError, RuntimeError, ValueError) as error:
        why = str(error) or type(error).__name__
        raise NoPages(f"a page cannot be shown over TLS: {why}") from error


def _ours(tls_config: TlsConfig, opts: options.Options) -> SSL.Connection:
    """The gate's side, as it is made for a client that asks for a closed site."""
    client = connection.Client(
        peername=("127.0.0.1", 1), sockname=("127.0.0.1", 443), timestamp_start=time.time()
    )
    client.sni = CLOSED
    context = Context(client, opts)
    context.server.address = (CLOSED, 443)
    data = tls.TlsData(client, context)
    tls_config.tls_start_client(data)
    if data.ssl_conn is None:
        raise ValueError("mitmproxy made no connection")
    return data.ssl_conn


def _shake_hands(ours: SSL.Connection, root: Path) -> None:
    to_device, from_device = ssl.MemoryBIO(), ssl.MemoryBIO()
    device = ssl.create_default_context(cafile=str(root)).wrap_bio(
        to_device, from_device, server_hostname=CLOSED
    )
    done = False
    for _ in range(_MOST_STEPS):
        with suppress(ssl.SSLWantReadError):  # it waits for the gate's next words
            device.do_handshake()
            done = True
        if sent := from_device.read():
            ours.bio_write(sent)
        with suppress(SSL.WantReadError):  # and the gate for the device's
            ours.do_handshake()
            if done:
                return
        try:
            to_device.write(ours.bio_read(_PIECE_BYTES))
        except SSL.WantReadError:
            continue
    raise ValueError("the two sides do not come to an end")
