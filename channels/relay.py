"""Carries out here what other nodes say over the backplane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import envelopes, frames
from .logs import LogStream

if TYPE_CHECKING:
    from .hub import Hub


class Relay:
    """The hub's ear: a ``BackplaneListener``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def heard(self, channel: str, message: bytes) -> None:
        """Another node said something; what this version does not understand is left to the comparison of heads."""
        hub = self._hub
        match envelopes.unseal(message):
            case envelopes.EntrySaid(stream=stream, position=position, entry=None):
                if isinstance(found := hub.streams.get(stream), LogStream):
                    found.told(position, asked_at=0)
            case envelopes.EntrySaid(stream=stream, position=position, entry=bytes(entry)):
                hub.publish_entry_here(stream, position, entry)
            case envelopes.FrameSaid(stream=stream, frame=frame):
                hub.show_here(stream, frame)
            case envelopes.TypingSaid(stream=stream, member=member, name=name, on=on):
                hub.typing_here(stream, frames.Typing("", member, name, on))
            case envelopes.PlaceSaid() as place:
                hub.crowds.heard(place)
            case envelopes.RightsSaid(member=who, topic=topic, stream=of):
                hub.rights_changed_here(who, topic, of)
            case envelopes.SignedOutSaid(member=who, session=session):
                hub.sign_out_here(who, session)
            case envelopes.DoubtSaid():
                hub.doubt()
            case None:
                pass

    def doubt(self) -> None:
        """The backplane may have missed something."""
        self._hub.doubt()
