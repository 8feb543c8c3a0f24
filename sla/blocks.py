"""Open time compiled four weeks at a time: sorted intervals with running sums, so that questions are look-ups."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from sla.hours import Week
from sla.zones import BLOCK, DAY, FIRST_BLOCK, stretches


class Block(NamedTuple):
    """The open intervals of one block of absolute time, with the open time before each of them (microseconds)."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def counted(self, moment: int) -> int:
        """Return the open time of this block before `moment`."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.before[index] + min(moment, self.ends[index]) - self.starts[index]


def limits_of(week: Week) -> tuple[int, int] | None:
    """Return the first and last block that can hold open time, or None when every week has some."""
    if any(week.usual):
        return None
    days = [number for number, open_windows in week.special.items() if open_windows]
    if not days:
        return (0, -1)
    # An offset is less than a day, so a local date lies within one day of the same absolute date.
    return ((min(days) - 1) * DAY // BLOCK, (max(days) + 2) * DAY // BLOCK)


def compile_block(week: Week, zone: str, number: int) -> Block:
    """Turn the windows of the local dates of a block into absolute intervals.

    A window opens when the wall clock first reaches its start and closes when it first reaches its end.
    """
    parts = stretches(zone, number)
    begin, end = parts[0].start, parts[-1].end
    lowest = min(part.start + part.offset for part in parts)
    highest = max(part.end + part.offset for part in parts)
    # Just after clocks went back, local times before this one have been reached already, in the block before.
    reached = max(part.end + part.offset for part in stretches(zone, number - 1)) if number > FIRST_BLOCK else lowest
    offset = parts[0].offset if len(parts) == 1 and reached <= lowest else None

    def first(local: int) -> int:
        if local < reached:
            return begin
        for part in parts:
            if local < part.end + part.offset:
                return max(local - part.offset, part.start)
        return end

    starts: list[int] = []
    ends: list[int] = []
    for day in range(lowest // DAY, (highest - 1) // DAY + 1):
        midnight = day * DAY
        for window_start, window_end in week.of(day):
            if offset is None:
                opening, closing = first(midnight + window_start), first(midnight + window_end)
                if opening >= closing:
                    continue
            else:
                opening, closing = midnight - offset + window_start, midnight - offset + window_end
            if ends and ends[-1] == opening:
                ends[-1] = closing
            else:
                starts.append(opening)
                ends.append(closing)
    _clip(starts, ends, begin, end)
    before: list[int] = []
    total = 0
    for opening, closing in zip(starts, ends, strict=True):
        before.append(total)
        total += closing - opening
    return Block(starts, ends, before, total)


def _clip(starts: list[int], ends: list[int], begin: int, end: int) -> None:
    """Cut what lies outside of [begin, end): of the first and last local date a part belongs to the neighbours."""
    while ends and ends[0] <= begin:
        del starts[0], ends[0]
    while starts and starts[-1] >= end:
        del starts[-1], ends[-1]
    if starts:
        starts[0] = max(starts[0], begin)
        ends[-1] = min(ends[-1], end)
