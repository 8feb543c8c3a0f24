"""What one tick has for a sink is one write, in order, and the same bytes for all who are given the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from channels.sinks import EAGER_BYTES, Outgoing

SINKS = 4


class KeptSink:
    """Keeps what is written, as a transport does whose peer does not read."""

    def __init__(self) -> None:
        self.pending = b""
        self.paused = False
        self.closed = False
        self.written: list[bytes] = []
        self.on_pause = self.on_resume = self.on_close = self.on_heard = _nothing

    @property
    def write(self) -> Callable[[bytes], None]:
        return self.written.append

    def close(self, code: int, reason: str) -> None: ...


def _nothing() -> None: ...


frames = st.tuples(st.binary(min_size=1, max_size=8), st.sampled_from([1, 1, 1, EAGER_BYTES // 8])).map(
    lambda drawn: drawn[0] * drawn[1]
)
chosen = st.sets(st.integers(0, SINKS - 1), min_size=1).map(sorted)


@given(pushes=st.lists(st.tuples(frames, chosen, st.booleans()), max_size=30))
def test_each_sink_gets_what_it_was_given_in_order(pushes: list[tuple[bytes, list[int], bool]]) -> None:
    sinks = [KeptSink() for _ in range(SINKS)]
    given_to: list[list[bytes]] = [[] for _ in range(SINKS)]

    async def push_all() -> None:
        outgoing = Outgoing()
        for frame, numbers, tick_ends in pushes:
            outgoing.push(frame, [sinks[number] for number in numbers])
            for number in numbers:
                given_to[number].append(frame)
            if tick_ends:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(push_all())
    assert [b"".join(sink.written) for sink in sinks] == [b"".join(frames) for frames in given_to]
    assert all(len(data) < 2 * EAGER_BYTES for sink in sinks for data in sink.written)


async def test_a_burst_for_many_is_joined_once_for_all_of_them() -> None:
    sinks, outgoing = [KeptSink() for _ in range(100)], Outgoing()
    for number in range(50):
        outgoing.push(b"%03d" % number * 300, sinks)
    await asyncio.sleep(0)
    first = sinks[0].written
    assert len(b"".join(first)) == 50 * 900
    assert len(first) < 50
    for sink in sinks[1:]:
        assert [id(data) for data in sink.written] == [id(data) for data in first]
