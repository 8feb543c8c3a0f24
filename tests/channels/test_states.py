"""States: what cannot be told row by row is told as one word, start over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from channels import frames
from tests.channels.desk import PATIENCE, running_node


async def test_too_many_changes_make_everybody_load_states_anew() -> None:
    too_many = asyncio.Event()

    async def changes() -> Sequence[tuple[str, frames.StateFrame]] | None:
        if not too_many.is_set():
            return []
        too_many.clear()
        return None

    async with running_node(changes=changes) as node, node.client("maria") as maria:
        seen: list[str] = []
        async with asyncio.timeout(PATIENCE):
            async for frame in maria.watch("queue/7"):
                if isinstance(frame, frames.Resync):
                    seen.append(frame.reason)
                    too_many.set()
                if len(seen) == 3:
                    break
        assert seen == ["joined", "doubt", "doubt"]
