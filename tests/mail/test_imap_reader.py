"""The byte stream of a server is cut into the same responses however it was chopped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.errors import ProtocolViolation
from mail.imap_reader import ResponseReader, Segments

STREAM = (
    b"* OK ready {3}\r\n"
    b"* 1 FETCH (UID 4 BODY[] {12}\r\n* 2 FETCH (\r\n FLAGS (\\Seen))\r\n"
    b"* 2 FETCH (BODY[] {0}\r\n X {3}\r\n{9})\r\n"
    b"+ go on\r\n"
    b"A1 OK done {7}\r\n"
)
RESPONSES = [
    (b"* OK ready {3}",),
    (b"* 1 FETCH (UID 4 BODY[] {12}", b"* 2 FETCH (\r", b"\n FLAGS (\\Seen))"),
    (b"* 2 FETCH (BODY[] {0}", b"", b" X {3}", b"{9}", b")"),
    (b"+ go on",),
    (b"A1 OK done {7}",),
]


def read(chunks: list[bytes]) -> list[Segments]:
    reader = ResponseReader()
    found = [response for chunk in chunks for response in reader.feed(chunk)]
    assert not reader.unread
    return found


def test_responses_with_literals_are_cut_where_the_counts_say() -> None:
    assert read([STREAM]) == RESPONSES


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_chopping_changes_nothing(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert read([STREAM[start:end] for start, end in pairwise(edges)]) == RESPONSES


def test_byte_by_byte_is_enough() -> None:
    assert read([STREAM[index : index + 1] for index in range(len(STREAM))]) == RESPONSES


def test_half_a_response_waits() -> None:
    reader = ResponseReader()
    assert list(reader.feed(b"* 1 FETCH (BODY[] {10}\r\n12345")) == []
    assert reader.unread
    assert list(reader.feed(b"67890)\r\n")) == [(b"* 1 FETCH (BODY[] {10}", b"1234567890", b")")]


def test_a_line_without_end_is_no_way_to_fill_the_memory() -> None:
    reader = ResponseReader(longest_line=1000)
    with pytest.raises(ProtocolViolation):
        list(reader.feed(b"* " + b"x" * 2000))


def test_a_literal_beyond_the_limit_is_refused_when_it_is_announced() -> None:
    reader = ResponseReader(longest_literal=1000)
    with pytest.raises(ProtocolViolation):
        list(reader.feed(b"* 1 FETCH (BODY[] {99999999999}\r\n"))
