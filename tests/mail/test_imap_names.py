"""Names and words on their way to an IMAP server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.imap_names import decode_folder, encode_folder, fits_quotes, quote, uid_set


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("inbox", "INBOX"),
        ("Bücher & Co", "B&APw-cher &- Co"),
        ("Входящие", "&BBIERQQ+BDQETwRJBDgENQ-"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # the example of RFC 3501, section 5.1.3
        ("&", "&-"),
        ("🧁", "&2D7dwQ-"),
    ],
)
def test_folder_names_travel_in_modified_utf_7(name: str, wire: str) -> None:
    assert encode_folder(name) == wire
    assert decode_folder(wire.encode("ascii")).upper() == name.upper()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda name: name.upper() != "INBOX"))
def test_every_folder_name_comes_back_as_it_was(name: str) -> None:
    assert decode_folder(encode_folder(name).encode("ascii")) == name


@given(st.binary(max_size=40))
def test_whatever_a_server_calls_its_folder_it_is_read(wire: bytes) -> None:
    assert isinstance(decode_folder(wire), str)


def test_a_name_that_is_no_utf_7_is_kept() -> None:
    assert decode_folder(b"R&D") == "R&D"
    assert decode_folder("Käse".encode()) == "Käse"


def test_quotes_and_backslashes_are_escaped() -> None:
    assert quote('pass"w\\ord') == '"pass\\"w\\\\ord"'


@pytest.mark.parametrize("word", ["two\r\nlines", "nul\x00", "пароль", "x" * 1001])
def test_what_does_not_fit_into_quotes_is_refused(word: str) -> None:
    assert not fits_quotes(word)
    with pytest.raises(ValueError, match="literal"):
        quote(word)


@given(st.sets(st.integers(1, 200), min_size=1))
def test_a_set_of_uids_names_each_of_them_once(uids: set[int]) -> None:
    named: list[int] = []
    for piece in uid_set(list(uids)).split(","):
        first, _, last = piece.partition(":")
        named += range(int(first), int(last or first) + 1)
    assert named == sorted(uids)
