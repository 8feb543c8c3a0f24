"""Header values are read as they were meant."""

from __future__ import annotations

from email.header import Header
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import headers

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Plain  words", "Plain  words"),
        (b"=?utf-8?Q?a_b=3F?=", "a b?"),
        (b"=?utf-8?B?w6Q=?= =?utf-8?B?w7Y=?=", "äö"),
        (b"=?utf-8?B?w6Q=?= and =?utf-8?B?w7Y=?=", "ä and ö"),
        (b'"=?iso-8859-1?Q?G=FC?="', '"Gü"'),
        (b"Re:=?utf-8?Q?=C3=A4?=", "Re:ä"),
        (b"=?utf-8*de?Q?=C3=A4?=", "ä"),
        (b"=?utf-8?B?w6Q?=", "ä"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?never closed", "=?never closed"),
        (b"folded\r\n\tvalue", "folded value"),
        (b"a=?=?=?=b", "a=?=?=?=b"),
    ],
)
def test_unstructured_text(value: bytes, text: str) -> None:
    assert headers.text(value) == text


@given(WORDS)
def test_what_the_standard_library_encodes_is_read_back(words: str) -> None:
    encoded = Header(words, "utf-8", maxlinelen=60).encode()
    assert headers.text(encoded.encode()) == " ".join(words.split("\t")).strip()


@given(WORDS)
def test_a_percent_encoded_parameter_is_read_back(words: str) -> None:
    _, found = headers.parameters(f"attachment; filename*=utf-8''{quote(words)}".encode())
    assert found["filename"] == words.strip()


@pytest.mark.parametrize(
    ("value", "main", "expected"),
    [
        (b'text/plain; charset="utf-8"; format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'x/y; name="a;b\\"c.pdf"', "x/y", {"name": 'a;b"c.pdf'}),
        (b'x/y; name="never closed; charset=utf-8', "x/y", {"name": "never closed", "charset": "utf-8"}),
        (b"x/y; name*1=b; name*0=a", "x/y", {"name": "ab"}),
        (b"x/y; name=plain; name*=utf-8''enc%20oded", "x/y", {"name": "enc oded"}),
        (b"x/y; name=C:\\docs\\a.pdf", "x/y", {"name": "C:\\docs\\a.pdf"}),
        (b"", "", {}),
    ],
)
def test_parameters(value: bytes, main: str, expected: dict[str, str]) -> None:
    assert headers.parameters(value) == (main, expected)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@b> <c@d> <a@b>", ("<a@b>", "<c@d>")),
        (b"Message of Monday <a@b>", ("<a@b>",)),
        (b"a@b, c@d", ("<a@b>", "<c@d>")),
        (b"<a @ b>", ("<a@b>",)),
        (b"<<a@b>", ("<a@b>",)),
        (b"nothing", ()),
        (b"<>", ()),
    ],
)
def test_message_ids(value: bytes, ids: tuple[str, ...]) -> None:
    assert headers.message_ids([value]) == ids


def test_message_ids_are_limited() -> None:
    assert len(headers.message_ids([b" ".join(b"<%d@x>" % number for number in range(5_000))])) == 200


@given(st.binary(max_size=200))
def test_any_value_is_read_without_an_error(value: bytes) -> None:
    assert "\n" not in headers.text(value)
    main, found = headers.parameters(value)
    assert all("\x00" not in piece for piece in (main, *found, *found.values()))
    assert all(name.startswith("<") and name.endswith(">") for name in headers.message_ids([value]))


def test_base64_is_mended() -> None:
    assert headers.base64_bytes(b"aGVs bG8\r\n!") == b"hello"
    assert headers.base64_bytes(b"aGVsbG8=aGVsbG8=") == b"hellohello"
