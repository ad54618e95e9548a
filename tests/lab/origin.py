"""A server that stands for the internet: TLS and plain HTTP, any name, and it notes who asked.

    python -m tests.lab.origin FOLDER ADDRESS NAME…

Listens on ports 80 and 443 of the address, or of every address there is (`any`, which also offers
HTTP/2). Every contact becomes a line in FOLDER/contacts: `tcp` with the address and port that were
dialled, `tls` with the SNI of the hello, `http` with the Host. Answers `GET /` with its name, or
with what a test has put into FOLDER/pages/HOST under that path, `/go?URL` with a redirect there,
`/bytes/N` with N bytes at once, `/slow/N` with N bytes a second without end, `/paced/N/S` with N
bytes of no pattern over S seconds, upgrades `/socket` to an echo, and answers `/odd/NAME` as
`odd_answers.py` has it. `first.example` speaks first on port 80, `late.example` after a while.
"""

import asyncio
import base64
import hashlib
import ipaddress
import socket
import ssl
import sys
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, RequestReceived

from tests.lab.authority import issue
from tests.lab.odd_answers import ODD, speak_first
from tests.lab.paced import paced_bytes

_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Origin:
    def __init__(self, folder: Path, names: list[str], *, http2: bool) -> None:
        self._contacts = (folder / "contacts").open("a", buffering=1)
        certificate, key = issue(folder, names)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        self.context.sni_callback = self._note_name
        self.context.load_verify_locations(folder / "lab-ca.pem")
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self._names = names
        self._pages = folder / "pages"
        self._tasks: set[asyncio.Task[object]] = set()

    def _note_name(self, _: object, name: str | None, __: object) -> None:
        self._contacts.write(f"tls {name}\n")

    async def listen(self, address: str, port: int, context: ssl.SSLContext | None) -> None:
        """Accept by hand: who dialled what is noted before the first byte."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, port), family=family, backlog=4096)
        listener.setblocking(False)
        self._keep(self._accept(listener, context))

    async def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self.answer)

        async def serve(connection: socket.socket) -> None:
            try:
                await loop.connect_accepted_socket(protocol, connection, ssl=context)
            except (ConnectionError, ssl.SSLError):
                connection.close()

        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            address, port = connection.getsockname()[:2]
            self._contacts.write(f"tcp {address} {port}\n")
            self._keep(serve(connection))

    def _keep(self, work: object) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            tls = writer.get_extra_info("ssl_object")
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._http2(reader, writer)
                return
            first = self._name_dialled(writer)
            if tls is None and first in ("first.example", "late.example"):
                late = 4.0 if first == "late.example" else 0.0
                await speak_first(reader, writer, late=late)
                return
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()

    def _name_dialled(self, writer: asyncio.StreamWriter) -> str:
        """The name whose address this is: the lab numbers them from one."""
        address = ipaddress.ip_address(writer.get_extra_info("sockname")[0])
        number = int(address) & 0xFF
        return self._names[number - 1] if 0 < number <= len(self._names) else ""

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        http.initiate_connection()
        writer.write(http.data_to_send())
        while data := await reader.read(65536):
            for event in http.receive_data(data):
                if isinstance(event, ConnectionTerminated):
                    return
                if isinstance(event, RequestReceived) and event.headers and event.stream_id:
                    fields = {str(name): str(value) for name, value in event.headers}
                    host, path = fields[":authority"], fields[":path"]
                    self._contacts.write(f"http {host.lower()} {fields[':method']} {path}\n")
                    status, more, body = self._said(host, path)
                    http.send_headers(event.stream_id, [(":status", str(status)), *more])
                    http.send_data(event.stream_id, body, end_stream=True)
            writer.write(http.data_to_send())
            await writer.drain()

    def _said(self, host: str, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body of a plain page."""
        if path.startswith("/go?"):
            return 302, [("location", path[4:]), ("content-length", "0")], b""
        page = self._pages / host / (path.partition("?")[0].strip("/") or "index.html")
        kind = "text/javascript" if page.suffix == ".js" else "text/html"
        body = page.read_bytes() if page.is_file() else f"origin of {host}\n".encode()
        return 200, [("content-type", kind), ("content-length", str(len(body)))], body

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
        written = {name.lower(): value for name, value in lines}
        fields = {name: value.lower() for name, value in written.items()}
        self._contacts.write(f"http {fields.get('host')} {method} {path}\n")
        if odd := ODD.get(path.partition("?")[0].removeprefix("/odd/")):
            return await odd(reader, writer, head.encode("latin-1"))
        if path == "/whoami":
            subject = dict(p[0] for p in writer.get_extra_info("peercert")["subject"])
            text = f"{subject['commonName']}\n".encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
            return True
        if length := int(fields.get("content-length", 0)):
            await reader.readexactly(length)
        if path == "/socket":
            return await self._echo(reader, writer, written.get("sec-websocket-key", ""))
        if path.startswith("/slow/"):
            return await self._drip(writer, int(path.removeprefix("/slow/")))
        if path.startswith("/paced/"):
            return await self._pace(writer, *map(int, path.split("/")[2:]))
        status, more, body = self._said(fields.get("host", ""), path)
        if path.startswith("/bytes/"):
            body = b"x" * int(path.removeprefix("/bytes/"))
            more = [("content-length", str(len(body)))]
        head = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in more), "", ""]
        writer.write("\r\n".join(head).encode() + body)
        await writer.drain()
        return True

    async def _drip(self, writer: asyncio.StreamWriter, size: int) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * size)
            await writer.drain()
            await asyncio.sleep(1)

    async def _pace(self, writer: asyncio.StreamWriter, size: int, seconds: int) -> bool:
        body = paced_bytes(size)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = size // (10 * seconds) + 1
        for at in range(0, size, piece):
            writer.write(body[at : at + piece])
            await writer.drain()
            await asyncio.sleep(0.1)
        return True

    async def _echo(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str
    ) -> bool:
        accept = base64.b64encode(hashlib.sha1((key + _WEBSOCKET).encode()).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        return False


async def main(folder: Path, address: str, names: list[str]) -> None:
    origin = Origin(folder, names, http2=address == "any")
    for each in ("0.0.0.0", "::") if address == "any" else (address,):
        await origin.listen(each, 80, None)
        await origin.listen(each, 443, origin.context)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
