"""Single IMAP responses become values."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.errors import ProtocolViolation
from mail.imap_responses import (
    parse_count,
    parse_fetch,
    parse_internal_date,
    parse_list,
    parse_search,
    parse_status,
    parse_values,
    plain_text,
    response_code,
)


def test_a_fetch_response_tells_everything_of_a_message() -> None:
    item = parse_fetch(
        (
            b"* 3 FETCH (UID 17 FLAGS (\\Seen $Junk) RFC822.SIZE 5"
            b' INTERNALDATE "22-Nov-2026 10:00:00 +0200" BODY[] {5}',
            b"a * b",
            b" MODSEQ (12))",
        )
    )
    assert item is not None
    assert (item.uid, item.size, item.body, item.modseq) == (17, 5, b"a * b", 12)
    assert item.flags == {"\\Seen", "$Junk"}
    assert item.internal_date == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_body_may_come_in_quotes_or_not_at_all() -> None:
    quoted = parse_fetch((b'* 1 FETCH (UID 1 BODY[] "say \\"hello\\"")',))
    nothing = parse_fetch((b"* 1 FETCH (BODY[] NIL UID 2)",))
    assert quoted is not None
    assert quoted.body == b'say "hello"'
    assert nothing is not None
    assert (nothing.uid, nothing.body) == (2, b"")


def test_a_subject_with_stars_and_parentheses_does_not_confuse() -> None:
    item = parse_fetch(
        (b'* 9 FETCH (ENVELOPE (NIL "a * ) :-( b" NIL) UID 4 BODY[HEADER.FIELDS (SUBJECT)]<0> {2}', b"* ", b")")
    )
    assert item is not None
    assert (item.uid, item.body) == (4, b"* ")


@pytest.mark.parametrize("line", [b"* 4 EXISTS", b"* OK FETCH (UID 1)", b"A1 OK FETCH completed"])
def test_other_responses_are_no_fetch(line: bytes) -> None:
    assert parse_fetch((line,)) is None


def test_search_results_are_numbers() -> None:
    assert parse_search((b"* SEARCH 4 8 15",)) == [4, 8, 15]
    assert parse_search((b"* SEARCH",)) == []
    assert parse_search((b"* 15 EXISTS",)) == []


def test_a_listed_folder_has_a_readable_name() -> None:
    folder = parse_list((b'* LIST (\\HasNoChildren) "/" "B&APw-cher"',))
    assert folder is not None
    assert (folder.name, folder.delimiter, folder.selectable) == ("Bücher", "/", True)
    literal = parse_list((b"* LIST (\\Noselect) NIL {7}", b"a (b) c", b""))
    assert literal is not None
    assert (literal.name, literal.delimiter, literal.selectable) == ("a (b) c", "", False)


def test_status_counts_have_names() -> None:
    assert parse_status((b'* STATUS "a b" (MESSAGES 3 uidnext 9)',)) == {"MESSAGES": 3, "UIDNEXT": 9}
    assert parse_count((b"* 23 EXISTS",), "EXISTS") == 23
    assert parse_count((b"* 23 RECENT",), "EXISTS") is None


def test_codes_stand_apart_from_the_words_for_people() -> None:
    assert response_code(b"[UIDVALIDITY 7] UIDs valid") == ("UIDVALIDITY", "7")
    assert response_code(b"no code") == ("", "")
    assert plain_text(b"[ALERT] Mailbox full") == "Mailbox full"


def test_dates_are_aware_and_nonsense_is_none() -> None:
    zone = timezone(-timedelta(hours=5, minutes=30))
    assert parse_internal_date(b" 3-Feb-2026 01:02:03 -0530") == datetime(2026, 2, 3, 1, 2, 3, tzinfo=zone)
    assert parse_internal_date(b"31-Feb-2026 01:02:03 +0000") is None
    assert parse_internal_date(b"soon") is None


@pytest.mark.parametrize("line", [b"(" * 5000, b"a)", b'"open', b"(a"])
def test_what_is_no_imap_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        parse_values((line,))


@given(st.binary(max_size=80))
def test_whatever_comes_it_is_read_or_refused(line: bytes) -> None:
    with suppress(ProtocolViolation):
        assert isinstance(parse_values((line.replace(b"\r\n", b""),)), list)
