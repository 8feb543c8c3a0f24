"""Who is here, as an immutable value: several tabs are one person, and who no longer renews a place loses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .frames import Doing, Person

_BUSY: dict[Doing, int] = {"away": 0, "viewing": 1, "noting": 2, "editing": 3}


@dataclass(frozen=True, slots=True)
class Place:
    """One tab of one person. ``until``: moment (seconds of a monotonic clock) at which it ends unless renewed."""

    member: str
    name: str
    doing: Doing
    until: float = float("inf")


@dataclass(frozen=True, slots=True)
class Crowd:
    """The places of one stream by their key."""

    places: Mapping[str, Place] = field(default_factory=dict)

    def here(self, key: str, place: Place) -> Crowd:
        """With this place taken or renewed."""
        return Crowd({**self.places, key: place})

    def gone(self, key: str) -> Crowd:
        """Without this place."""
        return Crowd({k: place for k, place in self.places.items() if k != key}) if key in self.places else self

    def expired(self, now: float) -> Crowd:
        """Without the places that were not renewed in time."""
        if all(place.until > now for place in self.places.values()):
            return self
        return Crowd({key: place for key, place in self.places.items() if place.until > now})

    def people(self) -> dict[str, Person]:
        """One person per member, doing the busiest thing of all their tabs; ordered by name, then member."""
        persons: dict[str, Person] = {}
        for place in self.places.values():
            known = persons.get(place.member)
            if known is None or _BUSY[place.doing] > _BUSY[known.doing]:
                persons[place.member] = Person(place.member, place.name, place.doing)
        return dict(sorted(persons.items(), key=lambda item: (item[1].name, item[0])))


def difference(before: Mapping[str, Person], after: Mapping[str, Person]) -> tuple[list[Person], list[str]]:
    """Who came or changed, and which members left."""
    came = [person for member, person in after.items() if before.get(member) != person]
    return came, [member for member in before if member not in after]
