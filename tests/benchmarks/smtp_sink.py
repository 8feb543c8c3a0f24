"""The SMTP server of the mail benchmark, a process of its own: takes everything and keeps nothing."""

from __future__ import annotations

import asyncio

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "250 2.0.0 Accepted"


async def serve() -> None:
    def session() -> SMTP:
        return SMTP(Sink(), hostname="sink.example", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
