"""What is kept in memory is always an unbroken run that ends at the head."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.history import HISTORY_BYTES, HISTORY_ENTRIES, History


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("next"), st.integers(1, 40)),
            st.tuples(st.just("jump"), st.integers(1, 500)),
            st.tuples(st.just("older"), st.integers(1, 40)),
            st.tuples(st.just("restart"), st.integers(0, 500)),
        ),
        max_size=40,
    ),
    st.integers(0, 600),
    st.integers(1, 200),
)
def test_whoever_asks_gets_exactly_what_follows_or_none(steps: list[tuple[str, int]], asked: int, limit: int) -> None:
    history = History(0)
    for what, number in steps:
        if what == "next":
            for position in range(history.head + 1, history.head + 1 + number):
                history.append(position, b"%d" % position)
        elif what == "jump":
            history.append(number, b"%d" % number)
        elif what == "older":
            first = history.first
            history.prepend([(p, b"%d" % p) for p in range(max(1, first - number), first + 1)])
        else:
            history.restart(number)
    answer = history.after(asked, limit)
    if history.first - 1 <= asked <= history.head:
        last = min(history.head, asked + limit)
        assert answer == [(position, b"%d" % position) for position in range(asked + 1, last + 1)]
    else:
        assert answer is None
    assert history.head - history.first + 1 <= HISTORY_ENTRIES


def test_few_large_entries_are_bounded_by_bytes() -> None:
    history = History(0)
    for position in range(1, 20):
        history.append(position, b"x" * (HISTORY_BYTES // 4))
    assert history.first == 16
    assert history.after(14, 10) is None


def test_older_entries_that_do_not_join_the_run_are_left_out() -> None:
    history = History(10)
    history.prepend([(7, b"7"), (8, b"8")])
    assert history.first == 11
    history.prepend([(8, b"8"), (10, b"10")])
    assert history.after(9, 5) == [(10, b"10")]
    assert history.after(8, 5) is None
