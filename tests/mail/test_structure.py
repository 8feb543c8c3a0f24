"""Messages are cut at their borders, exactly, and never past the limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.bodies import read_tree
from mail.errors import ParseRefused
from mail.structure import Limits, Part, guess_boundary, normalise, read_head, split_multipart


def part_of(raw: bytes) -> Part:
    fields, body = read_head(raw, 0, len(raw), Limits())
    return Part(raw, 0, len(raw), fields, body)


def bodies(raw: bytes, boundary: bytes = b"B") -> list[bytes]:
    part = part_of(raw)
    return [part.source[start:end] for start, end in split_multipart(part, boundary)]


@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_parts_are_cut_exactly(line: bytes) -> None:
    raw = line.join([b"A: b", b"", b"preamble", b"--B", b"", b"one", b"", b"--B  ", b"", b"two", b"--B--", b"epilogue"])
    assert bodies(raw) == [line + b"one" + line, line + b"two"]


def test_a_longer_boundary_is_another_boundary() -> None:
    assert bodies(b"\n\n--B\n\none\n--BB\nstill one\n --B\n--B--") == [b"\none\n--BB\nstill one\n --B"]


def test_a_missing_end_is_forgiven() -> None:
    assert bodies(b"\n\n--B\n\none\n--B\n\ntwo\n") == [b"\none", b"\ntwo\n"]
    assert bodies(b"\n\nnothing here") == []


def test_an_unnamed_boundary_is_found_by_the_header_below_it() -> None:
    assert guess_boundary(part_of(b"\n\n-- not this\n--yes\nContent-Type: text/plain\n\nx")) == b"yes"
    assert guess_boundary(part_of(b"\n\n--no\nplain\n--")) == b""


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"A: b\r\n c\r\nD : e\r\n\r\nbody", [("a", b" b\n c"), ("d", b" e")]),
        (b"no header at all\nA: b\n", []),
        (b"A: b\nlost fold\nFrom: x\n\n", [("a", b" b\n lost fold"), ("from", b" x")]),
        (b"A: b\nThe body begins here\nNote: it is one\n", [("a", b" b")]),
    ],
)
def test_heads(raw: bytes, fields: list[tuple[str, bytes]]) -> None:
    assert read_head(raw, 0, len(raw), Limits())[0] == fields


def test_what_transports_put_before_a_message_goes() -> None:
    assert normalise(b"\xef\xbb\xbf\r\n\nFrom aino@x Mon May 4\nA: b\n") == b"A: b\n"
    assert normalise(b"A: b\r\rbody") == b"A: b\n\nbody"


def nested(depth: int) -> bytes:
    return (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
        + b"\nx"
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (nested(60), "too_deep"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_500, "too_many_parts"),
        (b"A: b\n" * 6_000, "too_many_headers"),
        (b"A: b\n" + b" folded\n" * 6_000, "too_many_headers"),
    ],
)
def test_past_the_limits_is_a_named_refusal(raw: bytes, reason: str) -> None:
    with pytest.raises(ParseRefused) as refused:
        read_tree(raw, Limits())
    assert refused.value.reason == reason


def test_what_real_mail_needs_is_within_the_limits() -> None:
    node, depth = read_tree(nested(30), Limits()), 0
    while node.children:
        node, depth = node.children[0], depth + 1
    assert depth == 30


@given(
    st.lists(
        st.sampled_from(
            [b"--B", b"--B--", b"", b"Content-Type: multipart/mixed; boundary=B", b"x", b" y", b"--", b"A: b"]
        ),
        max_size=60,
    )
)
def test_parts_lie_within_their_message_and_do_not_overlap(lines: list[bytes]) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=B\n\n" + b"\n".join(lines)
    root = read_tree(raw, Limits())
    position = root.part.body_start
    for child in root.children:
        assert position <= child.part.start <= child.part.body_start <= child.part.end <= len(raw)
        position = child.part.end
