"""When a message that was not accepted is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mail.retry import AFTER_DOUBT, GIVE_UP_AFTER, LONGEST_DELAY, SPREAD, next_attempt, pause, reconnect_delay

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def schedule(chance: float) -> list[datetime]:
    """Every attempt at a message that is never accepted."""
    moments = [MONDAY]
    while moment := next_attempt(first_due=MONDAY, attempts=len(moments), now=moments[-1], chance=chance):
        moments.append(moment)
    return moments


def test_the_first_attempts_come_soon_the_last_on_the_fifth_day() -> None:
    moments = schedule(0.0)
    assert moments[1] - MONDAY == timedelta(minutes=1)
    assert moments[2] - moments[1] == timedelta(minutes=5)
    assert moments[-1] - MONDAY == GIVE_UP_AFTER
    assert 20 <= len(moments) <= 40


@given(st.floats(0, 1))
def test_the_gaps_grow_and_never_exceed_the_longest(chance: float) -> None:
    moments = schedule(chance)
    gaps = [after - before for before, after in pairwise(moments[:-1])]
    assert gaps == sorted(gaps)
    assert max(gaps) <= LONGEST_DELAY * (1 + SPREAD)
    assert moments[-1] == MONDAY + GIVE_UP_AFTER


def test_a_day_without_attempts_does_not_shorten_the_five_days() -> None:
    late = MONDAY + timedelta(days=4, hours=23)
    assert next_attempt(first_due=MONDAY, attempts=2, now=late, chance=0) == late + timedelta(minutes=5)
    assert next_attempt(first_due=MONDAY, attempts=2, now=MONDAY + GIVE_UP_AFTER, chance=0) is None


def test_a_message_that_may_have_arrived_is_not_repeated_at_once() -> None:
    again = next_attempt(first_due=MONDAY, attempts=1, now=MONDAY, chance=0, maybe_delivered=True)
    assert again == MONDAY + AFTER_DOUBT


def test_a_mailbox_rests_longer_with_every_problem() -> None:
    rests = [pause(problems=problems, chance=0) for problems in range(1, 8)]
    assert rests == sorted(rests)
    assert rests[0] == timedelta(minutes=5)
    assert rests[-1] == timedelta(hours=1)


def test_reconnecting_starts_within_a_second_and_ends_at_minutes() -> None:
    assert reconnect_delay(failures=1, chance=0.5) == timedelta(seconds=1)
    assert reconnect_delay(failures=3, chance=0.5) == timedelta(seconds=4)
    assert reconnect_delay(failures=1000, chance=1) == timedelta(seconds=375)
    assert reconnect_delay(failures=1, chance=0.5, lasting=True) == timedelta(minutes=1)
