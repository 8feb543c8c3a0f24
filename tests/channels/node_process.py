"""One node of a desk as a process of its own, so that it can be killed: a shared SQLite file, Redis, POST /write."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import uvicorn

from channels.hub import Hub
from channels.ports import Receive, Replayed, Scope, Send
from channels.protocol import uvicorn_options
from channels.redis_backplane import RedisBackplane
from channels.server import serve_socket
from tests.channels.desk import QUICK, Rights, admit


class FileStore:
    """Logs in SQLite, shared by processes."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, timeout=10, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS entry"
            " (stream TEXT, position INTEGER, body BLOB, PRIMARY KEY (stream, position))"
        )

    def commit(self, stream: str, entry: object) -> tuple[int, bytes]:
        raw = json.dumps(entry).encode()
        self._database.execute("BEGIN IMMEDIATE")
        position = self.head(stream) + 1
        self._database.execute("INSERT INTO entry VALUES (?, ?, ?)", (stream, position, raw))
        self._database.execute("COMMIT")
        return position, raw

    def head(self, stream: str) -> int:
        query = "SELECT coalesce(max(position), 0) FROM entry WHERE stream = ?"
        return int(self._database.execute(query, (stream,)).fetchone()[0])

    def log(self, stream: str, after: int = 0, limit: int = -1) -> list[tuple[int, bytes]]:
        query = "SELECT position, body FROM entry WHERE stream = ? AND position > ? ORDER BY position LIMIT ?"
        return list(self._database.execute(query, (stream, after, limit)))

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        entries = self.log(stream, after, limit)
        return Replayed(entries, max(self.head(stream), entries[-1][0] if entries else 0))

    async def heads(self, streams: Sequence[str]) -> Mapping[str, int]:
        return {stream: self.head(stream) for stream in streams}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--redis", required=True)
    arguments = parser.parse_args()
    store = FileStore(arguments.database)
    backplane = RedisBackplane(arguments.redis, node=f"process {os.getpid()}")
    hub = Hub(authorize=Rights().authorize, replay=store, backplane=backplane, timing=QUICK)
    ids = itertools.count(1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await serve_socket(
                scope,
                receive,
                send,
                hub=hub,
                admit=admit,
                now=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
                new_id=lambda: f"{os.getpid()}-{next(ids)}",
            )
            return
        text = scope["query_string"].decode()
        for stream in ("case/42#staff", "case/42#public"):
            hub.publish_entry(stream, *store.commit(stream, {"text": text}))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    options = uvicorn_options(QUICK)
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=arguments.port, lifespan="off", log_level="error", timeout_graceful_shutdown=1, **options
        )
    )
    running = asyncio.create_task(hub.run())
    await server.serve()
    running.cancel()


if __name__ == "__main__":
    asyncio.run(main())
