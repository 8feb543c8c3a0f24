"""Who is in which stream, told to its readers: local tabs, those of other nodes, and the leases that end both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from . import frames
from .envelopes import PlaceSaid, seal, unseal
from .frames import Doing, Person
from .ports import Backplane
from .presence import Crowd, Place, difference
from .timing import Timing

if TYPE_CHECKING:
    from .streams import Seat

PEOPLE_LISTED = 100  # a larger crowd is only counted: a list that changes for everybody with everybody grows squarely


def channel_of(stream: str) -> str:
    """The backplane channel of a stream."""
    return f"stream:{stream}"


def _key(seat: Seat) -> str:
    return f"{seat.connection.id} {seat.topic}"


class Crowds:
    """Presence of all streams this process knows.

    ``show`` gets the frame (empty topic) when people of a stream changed.
    """

    def __init__(
        self,
        *,
        backplane: Backplane,
        timing: Timing,
        clock: Callable[[], float],
        show: Callable[[str, frames.People], None],
    ) -> None:
        self._backplane = backplane
        self._timing = timing
        self._clock = clock
        self._show = show
        self._crowds: dict[str, Crowd] = {}
        self._shown: dict[str, dict[str, Person]] = {}
        self._local: dict[tuple[str, str], Place] = {}
        self._changed: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, seat: Seat, doing: Doing) -> None:
        """A seat is taken, or its person does something else: shown wherever its rights say so."""
        member = seat.connection.member
        for stream in seat.access.present_in:
            name = seat.access.shown_as or member.name
            self.here(stream, _key(seat), member=member.id, name=name, doing=doing)

    def leave(self, seat: Seat) -> None:
        """A seat is empty."""
        for stream in seat.access.present_in:
            self.gone(stream, _key(seat))

    def here(self, stream: str, key: str, *, member: str, name: str, doing: Doing) -> None:
        """A tab of this process is in a stream, doing this."""
        place = Place(member, name, doing)
        self._local[stream, key] = place
        self._crowds[stream] = self._crowds.get(stream, Crowd()).here(key, place)
        self._tell(stream, key, place)
        self._note(stream)

    def gone(self, stream: str, key: str) -> None:
        """A tab of this process left a stream."""
        place = self._local.pop((stream, key), None)
        if place is None:
            return
        self._drop(stream, key)
        self._backplane.release(stream, key)
        self._backplane.publish(channel_of(stream), seal(PlaceSaid(stream, key, place.member, place.name, None)))

    def heard(self, said: PlaceSaid) -> None:
        """Another node speaks of one of its tabs."""
        if said.doing is None:
            self._drop(said.stream, said.key)
        elif (said.stream, said.key) not in self._local:
            place = Place(said.member, said.name, said.doing, self._clock() + self._timing.lease)
            self._crowds[said.stream] = self._crowds.get(said.stream, Crowd()).here(said.key, place)
            self._note(said.stream)

    async def load(self, stream: str) -> None:
        """Learn who is there on other nodes."""
        for message in (await self._backplane.held(stream)).values():
            said = unseal(message)
            if isinstance(said, PlaceSaid) and said.stream == stream:
                self.heard(said)

    def forget(self, stream: str) -> None:
        """Nobody here reads this stream any more: keep only our own tabs."""
        crowd = Crowd({key: place for (of, key), place in self._local.items() if of == stream})
        if crowd.places:
            self._crowds[stream] = crowd
        else:
            self._crowds.pop(stream, None)
        self._shown.pop(stream, None)

    def people(self, stream: str) -> frames.People:
        """Everybody who is in a stream now, or how many."""
        persons = self._crowds.get(stream, Crowd()).people()
        if len(persons) > PEOPLE_LISTED:
            return frames.People("", count=len(persons))
        return frames.People("", people=list(persons.values()))

    def renew(self) -> None:
        """Renew the leases of our tabs; to be called a few times per lease."""
        for (stream, key), place in self._local.items():
            self._tell(stream, key, place)

    def expire(self) -> None:
        """Let go of tabs whose node no longer renews them."""
        now = self._clock()
        for stream, crowd in list(self._crowds.items()):
            left = crowd.expired(now)
            if left is not crowd:
                self._crowds[stream] = left
                self._note(stream)

    def _drop(self, stream: str, key: str) -> None:
        crowd = self._crowds.get(stream)
        if crowd is not None and key in crowd.places:
            crowd = crowd.gone(key)
            if crowd.places:
                self._crowds[stream] = crowd
            else:
                del self._crowds[stream]
            self._note(stream)

    def _tell(self, stream: str, key: str, place: Place) -> None:
        message = seal(PlaceSaid(stream, key, place.member, place.name, place.doing))
        self._backplane.hold(stream, key, message, self._timing.lease)
        self._backplane.publish(channel_of(stream), message)

    def _note(self, stream: str) -> None:
        self._changed.add(stream)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._timing.people, self._show_changes)

    def _show_changes(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        for stream in changed:
            before, after = self._shown.get(stream, {}), self._crowds.get(stream, Crowd()).people()
            if after:
                self._shown[stream] = after
            else:
                self._shown.pop(stream, None)
            if len(after) > PEOPLE_LISTED:
                if len(after) != len(before):
                    self._show(stream, frames.People("", count=len(after)))
            elif len(before) > PEOPLE_LISTED:
                self._show(stream, frames.People("", people=list(after.values())))
            else:
                came, left = difference(before, after)
                if came or left:
                    self._show(stream, frames.People("", joined=came, left=left))


class Typists:
    """Who types where, until they stop or fall silent."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: dict[tuple[str, str], tuple[float, frames.Typing]] = {}

    def note(self, stream: str, frame: frames.Typing) -> bool:
        """Remember it; is it news (or a repetition that keeps it alive on the screens)?"""
        key = (stream, frame.member)
        if frame.on:
            self._until[key] = (self._clock() + self._seconds, frame)
            return True
        return self._until.pop(key, None) is not None

    def silent(self) -> list[tuple[str, frames.Typing]]:
        """The streams and frames (``on`` false) of those who no longer type."""
        now = self._clock()
        over = [key for key, (until, _) in self._until.items() if until <= now]
        return [(key[0], msgspec.structs.replace(self._until.pop(key)[1], on=False)) for key in over]
