"""The way between nodes that share one process: for a desk without Redis, and for tests with several hubs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from .ports import BackplaneListener


class Exchange:
    """What the memory backplanes of one process have in common; ``clock`` gives seconds of a monotonic clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.members: list[MemoryBackplane] = []
        self.leases: dict[str, dict[str, tuple[bytes, float]]] = {}


class MemoryBackplane:
    """A backplane inside one process. ``cut`` makes it deaf and mute, as a lost network would."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._channels: set[str] = set()
        self._listener: BackplaneListener | None = None
        self._cut = False

    async def start(self, listener: BackplaneListener) -> None:
        self._listener = listener
        self._exchange.members.append(self)

    async def close(self) -> None:
        self._listener = None
        if self in self._exchange.members:
            self._exchange.members.remove(self)

    def cut(self) -> None:
        """Lose the way to the others."""
        self._cut = True

    def mend(self) -> None:
        """The way is free again; what was said meanwhile is lost, so everybody is in doubt."""
        self._cut = False
        for member in self._exchange.members:
            if member._listener is not None:
                asyncio.get_running_loop().call_soon(member._listener.doubt)

    def publish(self, channel: str, message: bytes) -> None:
        if self._cut:
            return
        loop = asyncio.get_running_loop()
        for other in self._exchange.members:
            if other is not self and channel in other._channels:
                loop.call_soon(other._hear, channel, message)

    async def subscribe(self, channel: str) -> None:
        self._channels.add(channel)

    def unsubscribe(self, channel: str) -> None:
        self._channels.discard(channel)

    def hold(self, group: str, key: str, value: bytes, seconds: float) -> None:
        if not self._cut:
            self._exchange.leases.setdefault(group, {})[key] = (value, self._exchange.clock() + seconds)

    def release(self, group: str, key: str) -> None:
        if not self._cut:
            self._exchange.leases.get(group, {}).pop(key, None)

    async def held(self, group: str) -> Mapping[str, bytes]:
        if self._cut:
            return {}
        now = self._exchange.clock()
        leases = {key: lease for key, lease in self._exchange.leases.get(group, {}).items() if lease[1] > now}
        if leases:
            self._exchange.leases[group] = leases
        else:
            self._exchange.leases.pop(group, None)
        return {key: value for key, (value, _) in leases.items()}

    def _hear(self, channel: str, message: bytes) -> None:
        if self._listener is not None and not self._cut and channel in self._channels:
            self._listener.heard(channel, message)
