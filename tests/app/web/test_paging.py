"""Cursors, pages and answers that say "unchanged"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.web.paging import decode_cursor, encode_cursor, etag_of, page_of


@given(st.text(), st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_a_cursor_comes_back_as_it_was(text: str, number: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)


@pytest.mark.parametrize("cursor", ["", "!", "bm90IGpzb24", encode_cursor(1), encode_cursor("a", "b"), "ы", "e30"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, str, int)
    assert refusal.value.field == "cursor"


def test_a_page_ends_where_the_next_begins() -> None:
    assert page_of([1, 2, 3], size=3, cursor_of=encode_cursor) == ([1, 2, 3], None)
    shown, following = page_of([1, 2, 3, 4], size=3, cursor_of=encode_cursor)
    assert (shown, decode_cursor(following or "", int)) == ([1, 2, 3], (3,))


def test_equal_content_has_an_equal_tag() -> None:
    assert etag_of(b"a") == etag_of(b"a") != etag_of(b"b")
