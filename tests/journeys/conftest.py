"""What journeys share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.redis_server import RedisServer


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A running Redis of this test's own, which it may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()
