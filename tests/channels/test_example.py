"""The example in the package's docstring runs as it stands."""

from __future__ import annotations

import asyncio
import textwrap
from typing import Any

import pytest
import uvicorn

import channels
from channels import frames
from channels.client import LiveClient
from tests.channels.desk import eventually
from tests.support.ports import free_port


async def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert channels.__doc__ is not None
    code = textwrap.dedent(channels.__doc__.split("::\n")[1].split("``hub.py``")[0])
    given: list[Any] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: given.append((app, options)))
    names: dict[str, Any] = {}
    exec(compile(code, "example", "exec"), names)
    ((app, options),) = given
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", **options))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    async with LiveClient(f"ws://127.0.0.1:{port}") as client:
        texts = []
        async for entry in client.follow("case/42", since=0):
            assert isinstance(entry, frames.Entry)
            texts.append(bytes(entry.entry))
            if len(texts) == 2:
                names["hub"].publish_entry("case/42", 3, b'{"text": "Thank you."}')
            if len(texts) == 3:
                break
    assert texts == [*names["log"], b'{"text": "Thank you."}']
    server.should_exit = True
    await serving
