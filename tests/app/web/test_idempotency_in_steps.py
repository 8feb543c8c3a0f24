"""A write that commits in steps is repeated like any other: claimed before, answered from memory after."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from litestar import Request
from litestar.testing import RequestFactory

from app.errors import KeyReused, RequestUnderWay
from app.web.idempotency import ABANDONED, write_in_steps
from app.web.models import RememberedAnswer
from tests.support.desk import TestDesk

KEY = "a6f0c9de-0001-4c5a-9d0e-000000000001"


def asked(path: str = "/api/steps", key: str | None = KEY) -> Request[Any, Any, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    return RequestFactory().post(path, headers=headers, data={})


class Steps:
    """An action that counts its runs and waits in the middle until it may go on."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.fails: Exception | None = None

    async def __call__(self) -> dict[str, int]:
        self.runs += 1
        self.begun.set()
        await self.go_on.wait()
        if self.fails is not None:
            raise self.fails
        return {"runs": self.runs}


@pytest.fixture
def steps() -> Steps:
    return Steps()


async def test_a_repetition_meanwhile_is_told_so_and_one_afterwards_gets_the_answer(
    desk: TestDesk, steps: Steps
) -> None:
    first = asyncio.create_task(write_in_steps(asked(), desk.desk, steps))
    await steps.begun.wait()
    with pytest.raises(RequestUnderWay):
        await write_in_steps(asked(), desk.desk, steps)
    with pytest.raises(KeyReused):
        await write_in_steps(asked("/api/other"), desk.desk, steps)
    steps.go_on.set()
    assert (await first).content == b'{"runs":1}'
    again = await write_in_steps(asked(), desk.desk, steps)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (b'{"runs":1}', "true")


async def test_what_fails_or_is_cancelled_may_be_repeated(desk: TestDesk, steps: Steps) -> None:
    cancelled = asyncio.create_task(write_in_steps(asked(), desk.desk, steps))
    await steps.begun.wait()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    steps.go_on.set()
    steps.fails = ValueError("the server went away")
    with pytest.raises(ValueError, match="went away"):
        await write_in_steps(asked(), desk.desk, steps)
    assert not await RememberedAnswer.exists()
    steps.fails = None
    assert (await write_in_steps(asked(), desk.desk, steps)).content == b'{"runs":3}'


async def test_what_died_with_its_process_goes_on_once_after_an_hour(desk: TestDesk, steps: Steps) -> None:
    dead = asyncio.create_task(write_in_steps(asked(), desk.desk, steps))
    await steps.begun.wait()
    desk.clock.advance(seconds=(ABANDONED - timedelta(seconds=1)).total_seconds())
    with pytest.raises(RequestUnderWay):
        await write_in_steps(asked(), desk.desk, steps)
    desk.clock.advance(seconds=1)
    steps.begun.clear()
    second = asyncio.create_task(write_in_steps(asked(), desk.desk, steps))
    await steps.begun.wait()
    with pytest.raises(RequestUnderWay):
        await write_in_steps(asked(), desk.desk, steps)
    dead.cancel()
    await asyncio.wait([dead])
    assert await RememberedAnswer.all().count() == 1, "the claim is not the dead one's any more"
    steps.go_on.set()
    assert (await second).content == b'{"runs":2}'


async def test_without_a_key_every_request_is_done(desk: TestDesk, steps: Steps) -> None:
    steps.go_on.set()
    answers = [await write_in_steps(asked(key=None), desk.desk, steps) for _ in range(2)]
    assert [answer.content for answer in answers] == [b'{"runs":1}', b'{"runs":2}']
