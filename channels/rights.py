"""Who may be where, asked at joins, again when rights change, and from time to time.

Silence until the answer is yes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from . import frames
from .errors import CloseCode, FeedError, Refused, SignedOut, Unavailable
from .ports import Access, Authorize, Member
from .streams import Connection, Counts, Seat, Spawn
from .timing import Timing

RIGHTS_TRIES = 5  # a join during which rights keep changing is answered with "try again"
ASKED_AT_ONCE = 4  # questions to the application at a time, so that a thousand joins leave the database to writes too
ANSWER_SECONDS = 10.0  # an application that takes longer cannot say; it must not keep the others from being asked about

log = logging.getLogger("channels.rights")


class Rights:
    """Asks ``Authorize`` and carries out its answers. ``vacate`` takes a seat out of its stream."""

    def __init__(
        self,
        *,
        authorize: Authorize,
        spawn: Spawn,
        timing: Timing,
        counts: Counts,
        vacate: Callable[[Seat], None],
        moved: Callable[[Seat, Access], None],
    ) -> None:
        self._authorize = authorize
        self._spawn = spawn
        self._timing = timing
        self._counts = counts
        self._vacate = vacate
        self._moved = moved
        self._epoch = 0
        self._places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def allowed(self, member: Member, topic: str) -> Access:
        """What this member gets; Refused, SignedOut, or Unavailable when nobody can say now."""
        for _ in range(RIGHTS_TRIES):
            try:
                async with self._places, asyncio.timeout(ANSWER_SECONDS):
                    epoch = self._epoch
                    access = await self._authorize(member, topic)
            except FeedError:
                raise
            except Exception as error:
                log.warning("authorize failed for %s: %r", topic, error)
                raise Unavailable("Rights cannot be checked at the moment.") from error
            if epoch == self._epoch:  # else they may have changed behind the answer
                return access
        raise Unavailable("Rights are changing; try again.")

    def changed(self, seats: Iterable[Seat]) -> None:
        """The rights of these seats are in question: nothing goes to them until they are confirmed."""
        self._epoch += 1
        for seat in seats:
            if seat.stream is not None:
                seat.stream.stop(seat)
                if not seat.suspended:
                    seat.suspended = True
                    self._spawn(self._confirm(seat))

    async def recheck(self, seat: Seat) -> None:
        """Ask again without suspicion; a part that cannot answer changes nothing."""
        try:
            access = await self.allowed(seat.connection.member, seat.topic)
        except SignedOut:
            self.sign_out(seat.connection)
        except Refused:
            self.eject(seat)
        except FeedError as error:
            log.info("rights of %s not rechecked: %s", seat.topic, error.code)
        else:
            self._apply(seat, access)

    def sign_out(self, connection: Connection) -> None:
        """The session is over: close the socket for good."""
        self._counts.ejected += 1
        connection.sink.close(CloseCode.SIGNED_OUT, "signed out")

    def eject(self, seat: Seat) -> None:
        """Out of the topic; nothing of it follows."""
        if seat.stream is None:
            return
        self._counts.ejected += 1
        stream, connection = seat.stream, seat.connection
        self._vacate(seat)
        if not seat.joined:
            return  # the join that is under way will find out and refuse
        stream.give(seat, frames.Left(seat.topic, "rights"))
        if connection.on_ejected is not None:
            connection.on_ejected(seat.topic)

    async def _confirm(self, seat: Seat) -> None:
        wait = self._timing.retry_first
        while seat.stream is not None:
            try:
                access = await self.allowed(seat.connection.member, seat.topic)
            except SignedOut:
                return self.sign_out(seat.connection)
            except Refused:
                return self.eject(seat)
            except FeedError:
                await asyncio.sleep(wait)  # still silent: no answer is not a yes
                wait = min(wait * 2, self._timing.retry_last)
                continue
            seat.suspended = False
            return self._apply(seat, access)
        return None

    def _apply(self, seat: Seat, access: Access) -> None:
        if seat.stream is None or seat.suspended:
            return
        if access.stream != seat.access.stream:
            self.eject(seat)  # the member now reads another stream of this topic: the client joins anew
            return
        if access != seat.access:
            self._moved(seat, access)
        seat.stream.bring_up(seat)
