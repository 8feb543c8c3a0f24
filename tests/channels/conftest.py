"""The feed is tested on the event loop it runs on, with one Redis for the whole session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvloop

from tests.support.redis_server import RedisServer


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The server's own event loop."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(redis_process: RedisServer) -> RedisServer:
    """A running, empty Redis; the test may stop, pause or restart it."""
    redis_process.resume()
    try:
        redis_process.command("FLUSHALL")
    except OSError:
        redis_process.stop()
        redis_process.start()
    return redis_process
