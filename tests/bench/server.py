"""A server that answers whatever comes first with a hundred bytes: `… ADDRESS`. Port 443."""

import asyncio
import sys


class Answer(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"\x16\x03\x03" + b"a" * 97)


async def main(address: str) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(Answer, address, 443, backlog=4096)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
