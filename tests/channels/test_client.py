"""The client for programs: it comes back, says when it may not, and leaves nobody waiting who follows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels import client as the_client
from channels.client import AT_ONCE_SECONDS, longest_wait
from channels.errors import CloseCode, Refused, Unreachable
from channels.session import PROBLEMS_PER_SOCKET
from tests.channels.desk import CALM, PATIENCE, Reader, eventually, running_node


def test_waits_double_up_to_a_limit() -> None:
    waits = [longest_wait(1006, failures, first=0.1, last=3.0) for failures in range(8)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0]


def test_coming_back_at_once_is_spread_a_little_and_only_done_once() -> None:
    assert longest_wait(CloseCode.MOVED, 0, first=0.5) == AT_ONCE_SECONDS
    assert longest_wait(CloseCode.MOVED, 2, first=0.5) == 2.0


def test_nobody_comes_back_who_is_told_not_to() -> None:
    assert longest_wait(CloseCode.SIGNED_OUT, 0) is None


async def first_of(client: the_client.LiveClient, topic: str) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await anext(client.follow(topic))


async def test_who_follows_after_the_end_is_told_of_it() -> None:
    async with running_node(timing=CALM) as node, node.client("a stranger") as client:
        for _ in range(2):
            with pytest.raises(Unreachable) as told:
                await first_of(client, "case/42")
            assert told.value.close_code == CloseCode.SIGNED_OUT


async def test_a_fault_that_nobody_foresaw_costs_a_connection_and_not_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        node.write("case/42", "before")
        await reader.until(1)
        take = client._take

        def take_badly(frame: Any) -> None:
            monkeypatch.setattr(client, "_take", take)
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(client, "_take", take_badly)
        node.write("case/42", "meanwhile")
        await reader.until(2)
        assert client.connections == 2
        reader.check(node.store.logs["case/42#staff"])


async def test_topics_that_are_refused_are_no_mistakes_of_the_client() -> None:
    async with running_node(timing=CALM) as node, node.client("aino") as client:
        for _ in range(PROBLEMS_PER_SOCKET + 5):
            with pytest.raises(Refused):
                await first_of(client, "case/secret")
        reader = Reader(client, "case/42")
        node.write("case/42", "still here")
        await reader.until(1)
        assert client.close_codes == []


async def test_a_topic_that_is_no_longer_followed_is_left() -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as client:
        node.write("case/42", "one")
        frames = client.follow("case/42")
        await anext(frames)
        await frames.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
        await eventually(lambda: not node.hub.streams)
