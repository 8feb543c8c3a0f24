"""What the hub does by the clock: compare with the store, ask for changes, renew leases, drop the dead."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

from . import frames
from .envelopes import CONTROL
from .errors import CloseCode
from .lasting import lasting
from .logs import LogStream
from .relay import Relay
from .streams import StateStream

if TYPE_CHECKING:
    from .hub import Hub

HEADS_AT_ONCE = 500  # streams per question: fits the parameter limit of every database we know

log = logging.getLogger("channels.rounds")


class Action(Protocol):
    """What is done at each turn: a method, which has a name to be told by."""

    __name__: str

    async def __call__(self) -> None: ...


class Rounds:
    """The periodic part of a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._in_doubt = asyncio.Event()

    def doubt(self) -> None:
        """Messages may have been missed: the next round begins at once."""
        self._in_doubt.set()

    async def run(self) -> None:
        """Until cancelled. The backplane is started first and closed last."""
        hub, timing = self._hub, self._hub.timing
        await hub.backplane.start(Relay(hub))
        try:
            await hub.backplane.subscribe(CONTROL)
            async with asyncio.TaskGroup() as group:
                group.create_task(lasting("comparing after doubt", self._when_in_doubt))
                for seconds, action in (
                    (timing.heads, self.compare_heads),
                    (timing.rights, self.recheck_rights),
                    (timing.renew, self._renew),
                    (min(1.0, timing.typing / 2), self._expire),
                    (timing.heartbeat, self._drop_quiet),
                    *([(timing.changes, self.ask_changes)] if hub.changes is not None else []),
                ):
                    group.create_task(lasting(action.__name__, partial(self._every, seconds, action)))
        finally:
            await hub.backplane.close()

    async def compare_heads(self) -> None:
        """Does the store hold entries that nobody told us about?"""
        logs = [stream for stream in list(self._hub.streams.values()) if isinstance(stream, LogStream)]
        for start in range(0, len(logs), HEADS_AT_ONCE):
            some = logs[start : start + HEADS_AT_ONCE]
            published = [stream.head for stream in some]  # what is published while we ask is no contradiction
            heads = await self._hub.store.heads([stream.key for stream in some])
            for stream, asked_at in zip(some, published, strict=True):
                stream.told(heads.get(stream.key, 0), asked_at=asked_at)

    async def ask_changes(self) -> None:
        """Publish here what was committed to states, whoever did it."""
        if self._hub.changes is None:
            return
        changes = await self._hub.changes()
        if changes is None:
            self._start_over()
        for stream, frame in changes or ():
            self._hub.publish_state_here(stream, frame)

    def _start_over(self) -> None:
        """Nobody can say what every state has missed."""
        for stream in list(self._hub.streams.values()):
            if isinstance(stream, StateStream):
                stream.doubt()

    async def recheck_rights(self) -> None:
        """Rights withdrawn unheard end here."""
        for connection in list(self._hub.connections.values()):
            for seat in list(connection.seats.values()):
                await self._hub.rights.recheck(seat)

    async def _every(self, seconds: float, action: Action) -> None:
        failing = False
        while True:
            await asyncio.sleep(seconds)
            try:
                await action()
                failing = False
            except Exception as error:  # the store may be away for hours; one line says so
                if not failing:
                    log.warning("%s failed, will try on: %r", action.__name__, error)
                failing = True

    async def _when_in_doubt(self) -> None:
        wait = self._hub.timing.retry_first
        while True:
            await self._in_doubt.wait()
            self._in_doubt.clear()
            try:
                await self.compare_heads()
                if self._hub.changes is None:
                    self._start_over()
                else:
                    await self.ask_changes()
                self._hub.crowds.renew()
                for key in list(self._hub.streams):
                    await self._hub.crowds.load(key)
                await self.recheck_rights()
                wait = self._hub.timing.retry_first
            except asyncio.CancelledError:
                self._in_doubt.set()  # whoever ended this, the doubt has not
                raise
            except Exception as error:
                log.warning("comparing after doubt failed, will try again: %r", error)
                self._in_doubt.set()
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._hub.timing.retry_last)

    async def _renew(self) -> None:
        self._hub.crowds.renew()

    async def _expire(self) -> None:
        self._hub.crowds.expire()
        for stream, frame in self._hub.typists.silent():
            self._hub.show_here(stream, frames.encode(frame))

    async def _drop_quiet(self) -> None:
        horizon = self._hub.clock() - self._hub.timing.quiet
        for connection in list(self._hub.connections.values()):
            if connection.heard < horizon:
                connection.sink.close(CloseCode.QUIET, "nothing heard for three heartbeats")
