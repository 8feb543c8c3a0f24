"""Any interleaving of live and replayed entries gives each position once and in order, or a resync."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.catchup import AHEAD_LIMIT, Catchup, Resync, These, judge

LOG_LENGTH = 30


def entry(position: int) -> tuple[int, str]:
    return position, f"entry {position}"


def page(after: int, head: int, limit: int = 5) -> list[tuple[int, str]]:
    return [entry(position) for position in range(after + 1, min(head, after + limit) + 1)]


@given(
    since=st.integers(0, LOG_LENGTH),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("live"), st.integers(1, LOG_LENGTH)),
            st.tuples(st.just("told"), st.integers(0, LOG_LENGTH)),
            st.tuples(st.just("replay"), st.integers(1, 7)),
        ),
        max_size=60,
    ),
)
def test_any_interleaving_gives_each_position_once_and_in_order(since: int, steps: list[tuple[str, int]]) -> None:
    place: Catchup[str] = Catchup(since)
    got: list[tuple[int, str]] = []
    head = since  # the store: everything anybody has spoken of is committed there
    for what, number in steps:
        if what == "replay":
            answer = place.replayed(place.position, page(place.position, head, number), head)
        elif what == "live":
            head = max(head, number)
            answer = place.live(*entry(number))
        else:
            head = max(head, number)
            place.told(number)
            answer = These()
        assert isinstance(answer, These)
        got.extend(answer.entries)
        assert place.behind == (place.position < head)
    while place.behind:
        answer = place.replayed(place.position, page(place.position, head), head)
        assert isinstance(answer, These)
        assert answer.entries
        got.extend(answer.entries)
    assert got == [entry(position) for position in range(since + 1, head + 1)]


@given(
    after=st.integers(0, 20),
    positions=st.lists(st.integers(1, 30), max_size=8),
    head=st.integers(0, 30),
)
def test_a_page_is_taken_whole_and_unbroken_or_not_at_all(after: int, positions: list[int], head: int) -> None:
    answer = judge(after, [entry(position) for position in positions], head)
    if isinstance(answer, These):
        assert (
            [position for position, _ in answer.entries]
            == positions
            == list(range(after + 1, after + 1 + len(positions)))
        )
        assert after <= head
    else:
        assert answer.head >= head


def test_an_answer_that_was_overtaken_by_live_entries_adds_nothing_twice() -> None:
    place: Catchup[str] = Catchup(3)
    place.told(4)
    asked_for = place.position
    assert place.live(*entry(4)).entries == (entry(4),)
    assert place.live(*entry(5)).entries == (entry(5),)
    assert place.replayed(asked_for, [entry(4)], 4) == These()
    assert place.position == 5
    assert not place.behind


def test_a_store_that_forgot_what_was_handed_out_means_starting_over() -> None:
    place: Catchup[str] = Catchup(9)
    assert place.replayed(9, [], 7) == Resync("rewound", 7)
    assert place.live(*entry(8)).entries == (entry(8),)


def test_a_hole_in_the_store_means_starting_over_from_its_head() -> None:
    place: Catchup[str] = Catchup(2)
    place.told(6)
    assert place.replayed(2, [entry(3), entry(5)], 6) == Resync("hole", 6)
    assert place.live(*entry(7)).entries == (entry(7),)


def test_entries_far_ahead_are_not_kept_but_not_forgotten() -> None:
    place: Catchup[str] = Catchup(0)
    far = AHEAD_LIMIT + 10
    assert place.live(*entry(far)).entries == ()
    assert place.behind
    everything = [entry(position) for position in range(1, far + 1)]
    answer = place.replayed(0, everything, far)
    assert isinstance(answer, These)
    assert list(answer.entries) == everything


def test_an_announcement_the_store_denies_can_be_dropped() -> None:
    place: Catchup[str] = Catchup(4)
    assert place.live(*entry(6)).entries == ()
    place.doubtful()
    assert not place.behind
    assert place.live(*entry(5)).entries == (entry(5),)


def test_page_and_head_need_not_be_read_at_the_same_moment() -> None:
    place: Catchup[str] = Catchup(3)
    place.told(4)
    assert place.replayed(3, [], 4) == These()  # the entry was committed between page and head
    assert place.behind
    assert place.replayed(3, [entry(4), entry(5)], 4) == These((entry(4), entry(5)))
    assert not place.behind
