"""`python -m bench.mail_server [--delay MS]`: a mail server that accepts and discards everything.

It listens on a free port of the loopback interface, prints the port, and exits when its standard
input is closed. It supports only the SMTP commands that smtplib sends. aiosmtpd is not used,
because it takes about as long for an e-mail as Django and would distort the results. With a delay,
every reply comes that many milliseconds later, as from a distant server.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser

ANSWERS = {
    b"EHLO": b"250-bench\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
OK = b"250 OK\r\n"
END = b"\r\n.\r\n"


class Server(asyncio.Protocol):
    """One SMTP connection.

    After the command DATA, the server reads an e-mail up to a line that is only a full stop.
    """

    transport: asyncio.Transport

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.heard = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.answer(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        end = END if self.in_data else b"\r\n"
        while end in self.heard:
            said, _, self.heard = self.heard.partition(end)
            self.take(said)
            end = END if self.in_data else b"\r\n"

    def take(self, said: bytes) -> None:
        if self.in_data:
            self.in_data = False
            self.answer(OK)
            return
        command = said[:4].upper()
        self.in_data = command == b"DATA"
        self.answer(ANSWERS.get(command, OK))

    def answer(self, words: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, words)
        else:
            self.transport.write(words)


async def serve(delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds before every answer")
    asyncio.run(serve(parser.parse_args().delay / 1000))
