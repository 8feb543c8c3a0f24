"""A calendar says when time counts: opening hours in their own zone, turned into exact absolute time.

A window opens when the wall clock of the zone first reaches its start, and closes when it first reaches its end. Time
between two moments is elapsed absolute time, so that a day open around the clock has 23 or 25 hours when the zone
changes its offset, and an hour that the clock leaves out does not count at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import NamedTuple

from sla.blocks import Block, compile_block, limits_of
from sla.errors import CalendarError
from sla.hours import Period, Week, compile_week
from sla.zones import BLOCK, DAY, SECOND, microseconds, moment_at, zone_named

# 256 blocks are nineteen years; a calendar asked about more than that is being explored, not used.
KEPT_BLOCKS = 256
# Two centuries of four-week blocks: an amount that needs more is a mistake, and should not cost seconds to refuse.
FARTHEST_BLOCKS = 200 * 366 // 28
# Without a limit, the first segment of a calendar that never closes would never be found.
LONGEST_SEGMENT = 366 * DAY


class Segment(NamedTuple):
    """Absolute time [start, end), both aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours as a value: equal definitions are equal calendars.

    `hours` has seven entries, Monday first. `holidays` maps dates to names ("" where unnamed), `shifts` gives single
    dates their own periods, `breaks` takes periods out of single dates. Build one with `calendar_from_json`.
    """

    zone: str
    hours: tuple[tuple[Period, ...], ...]
    holidays: Mapping[date, str] = field(default_factory=dict)
    shifts: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)
    breaks: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)
    _week: Week = field(init=False, repr=False, compare=False)
    _blocks: dict[int, Block] = field(init=False, repr=False, compare=False)
    _limits: tuple[int, int] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if len(self.hours) != 7:
            raise CalendarError("bad_hours", "give seven lists of periods, Monday first.", field="hours")
        week = compile_week(self.hours, self.shifts, self.breaks, self.holidays)
        object.__setattr__(self, "_week", week)
        object.__setattr__(self, "_blocks", {})
        object.__setattr__(self, "_limits", limits_of(week))

    @property
    def never_opens(self) -> bool:
        """Say whether there is no open time at all; `add` then raises CalendarError `never_opens`."""
        return self._limits is not None and self._limits[0] > self._limits[1]

    def add(self, start: datetime, seconds: float) -> datetime:
        """Return the moment (UTC) when `seconds` of open time have passed since `start`.

        A moment that would fall on closing time is the next opening: nobody can act on it earlier. For the same reason
        adding nothing to a closed moment gives the next opening. Negative seconds count back. Fractions are rounded to
        microseconds. Raises CalendarError `never_opens` or `too_far`.
        """
        begin = microseconds(start)
        try:
            amount = round(seconds * SECOND)
        except (OverflowError, ValueError):
            raise CalendarError("bad_amount", f"{seconds} is not an amount of seconds.", field="seconds") from None
        return moment_at(self._forward(begin, amount) if amount >= 0 else self._back(begin, -amount))

    def between(self, start: datetime, end: datetime) -> float:
        """Return the open seconds from `start` to `end`, exact to the microsecond; negative when `end` is earlier.

        Raises CalendarError `too_far` for moments more than 200 years apart.
        """
        return self._between(microseconds(start), microseconds(end)) / SECOND

    def is_open(self, moment: datetime) -> bool:
        """Say whether time counts at `moment`; closing time itself is closed."""
        value = microseconds(moment)
        block = self._block(value // BLOCK)
        index = bisect_right(block.starts, value) - 1
        return index >= 0 and value < block.ends[index]

    def open_segments(self, start: datetime, end: datetime | None = None) -> Iterator[Segment]:
        """Yield, lazily, the open time from `start` to `end`, or for as long as the calendar has any.

        Neighbours do not touch, except that open time without end comes in pieces of about a year.
        """
        begin = microseconds(start)
        limit = None if end is None else microseconds(end)
        pending: tuple[int, int] | None = None
        for number in count(begin // BLOCK):
            if (self._limits is not None and number > self._limits[1]) or (
                limit is not None and number * BLOCK >= limit
            ):
                break
            block = self._block(number)
            for opening, closing in zip(block.starts, block.ends, strict=True):
                if closing <= begin or (limit is not None and opening >= limit):
                    continue
                stop = closing if limit is None else min(closing, limit)
                if pending is not None and pending[1] == opening and stop - pending[0] <= LONGEST_SEGMENT:
                    pending = (pending[0], stop)
                    continue
                if pending is not None:
                    yield Segment(moment_at(pending[0]), moment_at(pending[1]))
                pending = (max(opening, begin), stop)
        if pending is not None:
            yield Segment(moment_at(pending[0]), moment_at(pending[1]))

    def local(self, moment: datetime) -> datetime:
        """Return `moment` on this calendar's wall clock."""
        return moment.astimezone(zone_named(self.zone))

    def _block(self, number: int) -> Block:
        found = self._blocks.get(number)
        if found is None:
            if len(self._blocks) >= KEPT_BLOCKS:
                self._blocks.clear()
            found = self._blocks[number] = compile_block(self._week, self.zone, number)
        return found

    def _between(self, start: int, end: int) -> int:
        if end < start:
            return -self._between(end, start)
        first, last = start // BLOCK, end // BLOCK
        if last - first > FARTHEST_BLOCKS:
            raise CalendarError("too_far", "the moments lie more than 200 years apart; check them.")
        total = self._block(last).counted(end) - self._block(first).counted(start)
        for number in range(first, last):
            total += self._block(number).total
        return total

    def _forward(self, start: int, amount: int) -> int:
        number = start // BLOCK
        block = self._block(number)
        wanted = block.counted(start) + amount
        farthest = number + FARTHEST_BLOCKS
        while wanted >= block.total:
            if self._limits is not None and number >= self._limits[1]:
                return self._last_closing(start, wanted - block.total)
            if number >= farthest:
                raise CalendarError("too_far", "the moment lies more than 200 years away; check the amount of time.")
            wanted -= block.total
            number += 1
            block = self._block(number)
        index = bisect_right(block.before, wanted) - 1
        return block.starts[index] + wanted - block.before[index]

    def _last_closing(self, start: int, missing: int) -> int:
        """Return the last closing time of a calendar that ends, if the amount is used up exactly there."""
        if missing == 0 and self._limits is not None:
            for number in range(self._limits[1], self._limits[0] - 1, -1):
                block = self._block(number)
                if block.ends:
                    if block.ends[-1] >= start:
                        return block.ends[-1]
                    break
        raise CalendarError("never_opens", "the calendar has no open time left; give it weekly hours.", field="hours")

    def _back(self, start: int, amount: int) -> int:
        number = start // BLOCK
        block = self._block(number)
        wanted = block.counted(start) - amount
        farthest = number - FARTHEST_BLOCKS
        while wanted < 0:
            if self._limits is not None and number <= self._limits[0]:
                raise CalendarError("never_opens", "the calendar has no open time before that moment.", field="hours")
            if number <= farthest:
                raise CalendarError("too_far", "the moment lies more than 200 years away; check the amount of time.")
            number -= 1
            block = self._block(number)
            wanted += block.total
        index = bisect_right(block.before, wanted) - 1
        return block.starts[index] + wanted - block.before[index]
