"""Django Channels with its Redis layer in the fan-out benchmark, on uvicorn and uvloop, in an environment of its own.

    python server.py PORT REDIS_URL

Its package is called `channels` like ours, so it must not see this repository.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from typing import Any

import uvicorn
import uvloop
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from commands import FIRST, frame, obey
from django.conf import settings

# The capacity is that of the largest round: the layer throws away what is beyond it.
LAYER = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [sys.argv[2]], "capacity": 20_000}}


class Reader(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.group = (text_data or "").partition('"topic":"')[2].partition('"')[0].replace("/", ".")
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send('{"type":"up_to_date"}')

    async def entry(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


async def main(port: int) -> None:
    settings.configure(CHANNEL_LAYERS={"default": LAYER})
    app = ProtocolTypeRouter({"websocket": Reader.as_asgi()})
    options: dict[str, Any] = {"lifespan": "off", "log_level": "error", "ws_ping_interval": None, "backlog": 4096}
    server = uvicorn.Server(uvicorn.Config(app, port=port, ws_per_message_deflate=False, **options))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    layer, positions = get_channel_layer(), itertools.count(FIRST + 1)

    async def publish(topic: int, stamp: int) -> None:
        text = frame(topic, next(positions), stamp)
        await layer.group_send(f"case.{topic}", {"type": "entry", "text": text})

    await obey(publish)
    serving.cancel()


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main(int(sys.argv[1])))
