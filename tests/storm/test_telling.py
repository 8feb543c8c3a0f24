"""A storm that fails tells where everything stood: one failure in a hundred runs is enough to find its cause."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.storm.people import People
from tests.storm.storm import Storm
from tests.storm.world import small_world
from tests.support.databases import Databases


@pytest.mark.timeout(120)
async def test_nodes_tasks_and_connections_are_told_with_the_error(databases: Databases, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(databases.fresh("sqlite", tmp_path))
        world = await stack.enter_async_context(small_world(tmp_path, url))
        this = Storm(world, stack, People(world, patience=30.0), longest=6.0)
        await this.begin(seed=1)
        this.people.patience = 0.0
        with pytest.raises(AssertionError, match="was not stored within") as failed:
            async with this.explained():
                await this.people.store("maria", "POST", f"/api/cases/{this.cases[0]}/notes", text="never arrives")
        [told] = failed.value.__notes__
        assert f"node on port {world.nodes[0].port}:" in told
        assert "listens" in told
        assert re.search(r"channels/rounds\.py:\d+ in _every", told), "tasks are told to the line where they wait"
        assert f"socket of maria at case 0, port {world.nodes[0].port}" in told
        assert f"lists of pavel, port {world.nodes[0].port}" in told
        assert "0 entries" in told or "1 entries" in told

        world.nodes[0].kill()
        assert await world.nodes[0].tasks() == "it does not run"
