"""A push service on loopback that does what a browser would: checks the signature and opens the sealed message."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from tests.support.ports import free_port


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class PushService:
    """`answers` are statuses for the next requests, then 201; `opened` the messages as the browser read them."""

    url: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _auth: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, name: str = "one") -> dict[str, Any]:
        """What the browser's PushManager would hand to the page."""
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"endpoint": f"{self.url}/{name}", "keys": {"p256dh": _text(point), "auth": _text(self._auth)}}

    async def take(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.headers = dict(request.headers)
        status, headers = self.answers.pop(0) if self.answers else (201, {})
        if status == 201:
            if not Vapid02.verify(request.headers["Authorization"]):
                return web.Response(status=403)
            body = http_ece.decrypt(
                await request.read(), private_key=self._key, auth_secret=self._auth, version="aes128gcm"
            )
            self.opened.append(json.loads(body))
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    port = free_port()
    service = PushService(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_post("/{name}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield service
    finally:
        await runner.cleanup()
