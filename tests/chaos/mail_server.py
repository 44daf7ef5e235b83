"""A mail server, run as a process, that logs the e-mails it accepts, and fails at random.

    python -m tests.chaos.mail_server PORT LOG SEED RATE

Each SMTP command fails with probability RATE, with one of FAULTS. Once there is a file with the
name of LOG and the suffix .calm, no command fails at random. These prefixes of a recipient's
address always cause a failure:

- `refuse-550-` (or another code): the recipient is always refused with that code.
- `later-451-` (or another code): the recipient is refused with that code the first time.
- `choke-`: the connection is closed the first two times.
- `lost-`: the first e-mail is accepted, but no reply is sent.
- `stall-` and `drop-`: the first e-mail is not accepted, and no reply is sent.

For each accepted e-mail and each fault, a line of JSON is appended to LOG before the reply is sent.
"""

import asyncio
import base64
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

STALL_SECONDS = 3.0
# The possible faults at each SMTP command: an error reply, or an action instead of a reply.
FAULTS = {
    "greeting": ["421 4.3.2 Not now", "drop"],
    "MAIL": ["451 4.3.0 Try again", "421 4.7.0 Too many", "drop"],
    "RCPT": ["450 4.2.1 Busy", "451 4.7.1 Later", "421 4.3.2 Closing", "drop", "stall"],
    "DATA": ["451 4.3.0 Not now", "drop"],
    "content": ["452 4.3.1 No room", "drop before", "drop after", "stall after"],
}
UNLUCKY = {"lost-": "drop after", "drop-": "drop before", "stall-": "stall before"}
LOST_ANSWERS = ("drop after", "stall after")


class MailServer:
    def __init__(self, log: Path, seed: int, rate: float) -> None:
        self.log, self.rate, self.chance = log, rate, random.Random(seed)
        self.calm = log.with_suffix(".calm")
        self.choked: Counter[str] = Counter()

    def write(self, event: str, **facts: object) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": time.time(), "event": event, **facts}) + "\n")

    def fault(self, where: str, client: str) -> str:
        """Choose at random whether this command fails. Log and return the fault, or return ""."""
        if self.chance.random() > self.rate or self.calm.exists():
            return ""
        what = self.chance.choice(FAULTS[where])
        self.write("fault", where=where, what=what, client=client)
        return what

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            writer.close()


class Session:
    """One SMTP connection from a worker."""

    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.client, self.to = "", ""

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def run(self) -> None:
        if not await self.met("greeting"):
            await self.say("220 chaos.example.org ESMTP")
        elif self.writer.is_closing():
            return
        while line := (await self.reader.readline()).decode("utf-8", "replace").strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    self.client = rest
                    await self.say("250-chaos.example.org", "250 8BITMIME")
                case "MAIL":
                    if not await self.met("MAIL"):
                        await self.say("250 OK")
                case "RCPT":
                    await self.recipient(rest)
                case "DATA":
                    if not await self.met("DATA"):
                        await self.content()
                case "QUIT":
                    await self.say("221 Bye")
                    return
                case _:
                    await self.say("250 OK")
            if self.writer.is_closing():
                return

    async def met(self, where: str) -> bool:
        """Let this command fail if the server chooses a fault for it; return whether it failed."""
        what = self.server.fault(where, self.client)
        if what == "drop":
            self.writer.close()
        elif what == "stall":
            await asyncio.sleep(STALL_SECONDS)
            self.writer.close()
        elif what:
            await self.say(what)
            if what.startswith("421"):
                self.writer.close()
        return bool(what)

    async def recipient(self, rest: str) -> None:
        self.to = (re.findall(r"<([^>]*)>", rest) or [""])[0]
        if refused := re.match(r"refuse-(\d+)-", self.to):
            self.server.write("refused", to=self.to, code=int(refused[1]))
            await self.say(f"{refused[1]} 5.1.1 Not here")
            return
        if self.to.startswith("choke-") and self.server.choked[self.to] < 2:
            self.server.choked[self.to] += 1
            self.server.write(
                "fault", where="RCPT", what="choked on one recipient", client=self.client
            )
            self.writer.close()
            return
        if later := self.first_time(r"later-(\d+)-"):
            await self.say(f"{later[1]} 4.3.0 Not now")
            if later[1] == "421":
                self.writer.close()
            return
        if not await self.met("RCPT"):
            await self.say("250 OK")

    def first_time(self, prefix: str) -> re.Match[str] | None:
        """Match the pattern `prefix` with the recipient's address; return the match, or None.

        Each recipient matches only once.
        """
        found = re.match(prefix, self.to)
        if found is None or self.server.choked[self.to]:
            return None
        self.server.choked[self.to] += 1
        return found

    async def content(self) -> None:
        await self.say("354 Go on")
        content = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3]
        what = self.server.fault("content", self.client)
        for prefix, unlucky in UNLUCKY.items():
            if self.first_time(prefix):
                what = unlucky
        if what == "stall before":
            await asyncio.sleep(STALL_SECONDS)
        if what.endswith("before"):
            self.writer.close()
            return
        if what.startswith("4"):
            await self.say(what)
            return
        found = re.search(rb"^message-id:\s*<([^@>]+)", content, re.IGNORECASE | re.MULTILINE)
        self.server.write(
            "accepted",
            id=found[1].decode() if found else "",
            to=self.to,
            client=self.client,
            content=base64.b64encode(content).decode(),
            answer=what or "250",
        )
        if what == "stall after":
            await asyncio.sleep(STALL_SECONDS)
        if what in LOST_ANSWERS:
            self.writer.close()
            return
        await self.say("250 Accepted")


async def main(port: str, log: str, seed: str, rate: str) -> None:
    server = MailServer(Path(log), int(seed), float(rate))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", int(port), limit=10_000_000)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
