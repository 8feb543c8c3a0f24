"""What is said to Redis gets its own answers, whatever became of those to what was said before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import ResponseError

from channels.redis_speaker import BATCH_COMMANDS, RedisSpeaker
from tests.support.redis_server import RedisServer


@pytest.fixture
async def speaker(redis: RedisServer) -> AsyncIterator[RedisSpeaker]:
    speaker = RedisSpeaker(redis.url, answer_seconds=10.0)
    yield speaker
    await speaker.close()


async def test_answers_come_in_the_order_of_the_commands(speaker: RedisSpeaker) -> None:
    words = [b"%d" % number for number in range(2 * BATCH_COMMANDS + 1)]
    assert await speaker.say([("ECHO", word) for word in words]) == words


async def test_two_who_speak_at_once_get_their_own_answers(speaker: RedisSpeaker) -> None:
    said = [[b"%d of %d" % (number, who) for number in range(BATCH_COMMANDS + 1)] for who in range(4)]
    assert await asyncio.gather(*(speaker.say([("ECHO", word) for word in words]) for words in said)) == said


async def test_after_a_timeout_no_late_answer_is_taken_for_another(redis: RedisServer) -> None:
    speaker = RedisSpeaker(redis.url, answer_seconds=0.2)
    assert await speaker.say([("ECHO", "before")]) == [b"before"]
    redis.pause()
    with pytest.raises(TimeoutError):
        await speaker.say([("ECHO", "late"), ("ECHO", "later")])
    redis.resume()
    answers: list[bytes] = []
    async with asyncio.timeout(10):
        while not answers:
            try:
                answers = await speaker.say([("ECHO", "in"), ("ECHO", "time")])
            except TimeoutError:
                continue  # the machine is busy; each try must leave nothing behind
    assert answers == [b"in", b"time"]
    await speaker.close()


async def test_who_is_cancelled_leaves_no_answers_behind(redis: RedisServer, speaker: RedisSpeaker) -> None:
    await speaker.say([("PING",)])
    redis.pause()
    speaking = asyncio.create_task(speaker.say([("ECHO", "unread"), ("ECHO", "unread too")]))
    await asyncio.sleep(0)  # it runs until it waits for the first answer
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    redis.resume()
    assert await speaker.say([("ECHO", "read")]) == [b"read"]


async def test_a_refused_command_leaves_no_answers_behind(redis: RedisServer, speaker: RedisSpeaker) -> None:
    with pytest.raises(ResponseError):
        await speaker.say([("NO-SUCH-COMMAND",), ("ECHO", "unread")])
    assert await speaker.say([("ECHO", "read")]) == [b"read"]


async def test_a_connection_that_the_server_ended_is_opened_again(redis: RedisServer, speaker: RedisSpeaker) -> None:
    await speaker.say([("PING",)])
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert (await asyncio.to_thread(redis.command, "PING")).startswith(b"+PONG")  # meanwhile the end has arrived
    assert await speaker.say([("ECHO", "again")]) == [b"again"]


async def test_a_server_that_is_away_is_told_apart_from_one_that_is_back(
    redis: RedisServer, speaker: RedisSpeaker
) -> None:
    await speaker.say([("PING",)])
    redis.stop()
    with pytest.raises((NotConnected, OSError)):
        await speaker.say([("PING",)])
    redis.start()
    assert await speaker.say([("ECHO", "back")]) == [b"back"]
