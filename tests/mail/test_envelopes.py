"""winmail.dat and S/MIME seals: opened where whole, harmless where broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.bodies import content, read_tree
from mail.smime import content_of
from mail.structure import Limits
from mail.tnef import open_envelope

SHELF = Path(__file__).parent / "emails"


def leaf(name: str, content_type: str) -> bytes:
    root = read_tree((SHELF / f"{name}.eml").read_bytes(), Limits())
    node = next(node for node in (root, *root.children) if node.content_type == content_type)
    return content(node)[0]


WINMAIL = leaf("attachment_winmail", "application/ms-tnef")
SEAL = leaf("smime_opaque_signed", "application/pkcs7-mime")


def test_a_whole_envelope_gives_its_files_and_words() -> None:
    envelope = open_envelope(WINMAIL)
    assert envelope is not None
    assert [(file.name, file.content_type, file.content) for file in envelope.files] == [
        ("Bäckerei.pdf", "application/pdf", b"%PDF-")
    ]
    assert envelope.text == "Hidden words"


def test_a_whole_seal_gives_its_message() -> None:
    assert content_of(SEAL) == b"Content-Type: text/plain; charset=utf-8\r\n\r\nWords within the seal.\r\n"


def test_a_seal_in_pieces_of_unknown_length_is_read() -> None:
    identifier = SEAL[4:15] if SEAL[1] == 0x82 else SEAL[2:13]
    octets = b"\x24\x80" + b"\x04\x03one" + b"\x04\x03two" + b"\0\0"
    content_info = b"\x30\x80" + identifier[:-1] + b"\x01" + b"\xa0\x80" + octets + b"\0\0" + b"\0\0"
    signed = b"\x30\x80" + b"\x02\x01\x01" + b"\x31\x00" + content_info + b"\x31\x00" + b"\0\0"
    assert content_of(b"\x30\x80" + identifier + b"\xa0\x80" + signed + b"\0\0" + b"\0\0") == b"onetwo"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80" * 1_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x78\x9f\x3e\x22",
        b"\x78\x9f\x3e\x22\0\0" + b"\xff" * 50,
    ],
)
def test_what_is_neither_is_left_alone(data: bytes) -> None:
    assert content_of(data) is None
    envelope = open_envelope(data)
    assert envelope is None or envelope.files == []


@given(st.binary(max_size=120), st.integers(0, max(len(WINMAIL), len(SEAL))))
def test_broken_ones_do_no_harm(noise: bytes, position: int) -> None:
    for whole in (WINMAIL, SEAL):
        broken = whole[:position] + noise + whole[position + len(noise) // 2 :]
        envelope = open_envelope(broken)
        assert envelope is None or sum(len(file.content) for file in envelope.files) <= len(broken)
        inner = content_of(broken)
        assert inner is None or len(inner) <= len(broken)
