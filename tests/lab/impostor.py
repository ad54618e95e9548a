"""A server that misuses what the gate holds: it signs a name of its choosing with the gate's key.

    python -m tests.lab.impostor CONFDIR ADDRESS NAME

Browsers that trust the school's root must believe it for a listed name and for no other.
"""

import asyncio
import ssl
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from mitmproxy.certs import CertStore


async def main(confdir: Path, address: str, name: str) -> None:
    entry = CertStore.from_store(confdir, "mitmproxy", 2048).get_cert(name, [x509.DNSName(name)])
    key = entry.privatekey.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = (confdir / "mitmproxy-ca.pem").read_bytes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(key + entry.cert.to_pem() + chain[chain.index(b"-----BEGIN CERT") :])
        file.flush()
        context.load_cert_chain(file.name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nbelieved")
        writer.close()

    await asyncio.start_server(answer, address, 443, ssl=context)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
