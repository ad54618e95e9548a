"""A server that answers whatever comes first with a hundred bytes, on port 443 of every address."""

import asyncio


class Answer(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"\x16\x03\x03" + b"a" * 97)


async def main() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(Answer, "0.0.0.0", 443, backlog=4096)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
