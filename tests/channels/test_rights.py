"""Questions about rights that are never answered: they end, keep no place, and are asked again until somebody says."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from channels import frames, rights
from channels.rights import ASKED_AT_ONCE
from tests.channels.desk import CALM, Reader, eventually, running_node

SOON = 0.2  # seconds


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "ANSWER_SECONDS", SOON)


async def test_questions_without_an_answer_keep_nobody_else_out() -> None:
    async with running_node(timing=CALM) as node, AsyncExitStack() as stack:
        node.rights.silent.add("case/13")
        for _ in range(ASKED_AT_ONCE):
            Reader(await stack.enter_async_context(node.client("maria")), "case/13")
        await eventually(lambda: len(node.hub.connections) == ASKED_AT_ONCE)
        reader = Reader(await stack.enter_async_context(node.client("tomas")), "case/42")
        node.write("case/42", "one")
        await reader.until(1)


async def test_a_join_without_an_answer_is_refused_for_now_and_tried_again() -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as client:
        node.rights.silent.add("case/42")
        told: list[frames.ServerFrame] = []
        take = client._take
        client._take = lambda frame: (told.append(frame), take(frame))[1]  # type: ignore[method-assign]
        reader = Reader(client, "case/42")
        await eventually(lambda: any(isinstance(frame, frames.Refused) for frame in told))
        assert {frame.code for frame in told if isinstance(frame, frames.Refused)} == {"unavailable"}
        node.rights.silent.clear()
        node.write("case/42", "one")
        await reader.until(1)


async def test_rights_in_question_are_asked_about_again_after_silence() -> None:
    async with running_node(timing=CALM) as node, node.client("aino") as client:
        reader = Reader(client, "case/42")
        node.write("case/42", "before")
        await reader.until(1)
        node.rights.silent.add("case/42")
        node.hub.rights_changed(member="user/3")
        node.write("case/42", "after")
        asked = node.rights.asked
        await eventually(lambda: node.rights.asked >= asked + 3)  # two have ended without an answer
        assert reader.positions == [1]
        node.rights.silent.clear()
        node.rights.withdrawn.add(("user/3", "case/42"))
        await eventually(lambda: reader.error is not None)
        assert reader.positions == [1]
