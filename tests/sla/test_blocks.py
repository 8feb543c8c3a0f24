"""Blocks of compiled open time: their sums, their edges, and the blocks in which a calendar can be open at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sla.blocks import compile_block, limits_of
from sla.hours import compile_week, period
from sla.zones import BLOCK, DAY, SECOND, microseconds, moment_at
from tests.sla.desk import at

HOUR = 3600
OFFICE = compile_week((*(((period(9 * HOUR, 17 * HOUR),),) * 5), (), ()), {}, {}, [])
ALWAYS = compile_week(((period(0, 24 * HOUR),),) * 7, {}, {}, [])
NUMBER = microseconds(at("2026-03-29T12:00Z")) // BLOCK


@pytest.mark.parametrize("zone", ["UTC", "Europe/Helsinki", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_intervals_are_sorted_apart_inside_and_summed(zone: str) -> None:
    for number in range(NUMBER - 7, NUMBER + 8):
        block = compile_block(OFFICE, zone, number)
        borders = [border for pair in zip(block.starts, block.ends, strict=True) for border in pair]
        assert borders == sorted(set(borders))
        assert number * BLOCK <= borders[0]
        assert borders[-1] <= (number + 1) * BLOCK
        lengths = [end - start for start, end in zip(block.starts, block.ends, strict=True)]
        assert block.before == [sum(lengths[:index]) for index in range(len(lengths))]
        assert block.total == sum(lengths)


@pytest.mark.parametrize("zone", ["UTC", "Australia/Lord_Howe", "America/Havana"])
def test_open_around_the_clock_fills_every_block_once(zone: str) -> None:
    for number in range(NUMBER - 7, NUMBER + 8):
        block = compile_block(ALWAYS, zone, number)
        assert (block.starts, block.ends) == ([number * BLOCK], [(number + 1) * BLOCK])


def test_counting_inside_a_block() -> None:
    block = compile_block(OFFICE, "UTC", NUMBER)
    first = block.starts[0]
    assert [block.counted(moment) for moment in (first - 1, first, first + 5 * SECOND)] == [0, 0, 5 * SECOND]
    assert block.counted((NUMBER + 1) * BLOCK) == block.total


def test_a_window_across_the_edge_of_two_blocks_is_counted_once() -> None:
    edge = moment_at(NUMBER * BLOCK)
    nights = compile_week(((period(20 * HOUR, 4 * HOUR),),) * 7, {}, {}, [])
    total = 0
    for number in (NUMBER - 1, NUMBER):
        block = compile_block(nights, "UTC", number)
        total += block.counted(min((number + 1) * BLOCK, microseconds(edge + timedelta(hours=12))))
        total -= block.counted(max(number * BLOCK, microseconds(edge - timedelta(hours=12))))
    assert total == 8 * HOUR * SECOND


def test_where_a_calendar_can_be_open() -> None:
    closed = ((),) * 7
    assert limits_of(OFFICE) is None
    assert limits_of(compile_week(closed, {}, {}, [])) == (0, -1)
    day = date(2026, 3, 29)
    first, last = limits_of(compile_week(closed, {day: (period(0, HOUR),)}, {}, [])) or (0, 0)
    moment = microseconds(at("2026-03-29T00:00Z"))
    assert first <= (moment - DAY) // BLOCK
    assert last >= (moment + DAY) // BLOCK
