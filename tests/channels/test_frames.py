"""Frames survive the wire, ready-made frames are what RFC 6455 asks for, and topics are addressed in place."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from channels import frames
from channels.errors import BadFrame, CloseCode, comes_back
from channels.framing import payloads, text_frame
from channels.streams import addressed
from channels.topics import Topic, parse_topic

SERVER_FRAMES = [
    frames.Welcome("s1", "user/1", "Maria Keller", 25.0, 6.0, "2026-11-22T09:00:00+00:00", frames.PROTOCOL),
    frames.Joined("case/42", 17, [frames.Person("user/2", "Tomas Lind", "viewing")], "a", None),
    frames.Entry("case/42", 18, msgspec.Raw(b'{"text":"Wo bleibt das Brot?"}')),
    frames.Row("queue/7", "case/42", 3, msgspec.Raw(b'{"subject":"Bread"}')),
    frames.Gone("queue/7", "case/42", 4),
    frames.Counters("queue/7", 5, {"open": 3}),
    frames.People("case/42", people=[]),
    frames.People("case/42", joined=[frames.Person("user/2", "Tomas Lind", "away")], left=["user/1"]),
    frames.Typing("case/42", "user/2", "Tomas Lind", True),
    frames.Read("case/42", "user/2", 17),
    frames.Resync("queue/7", "joined", 0),
    frames.UpToDate("case/42", 18),
    frames.Refused("case/42", "forbidden", "Not yours."),
    frames.Left("case/42", "rights"),
    frames.Pong(),
    frames.Problem("bad_frame", "What?"),
]


@pytest.mark.parametrize("frame", SERVER_FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_server_frame_survives_the_wire(frame: frames.ServerFrame) -> None:
    again = frames.decode_server(frames.encode(frame))
    assert type(again) is type(frame)
    assert frames.encode(again) == frames.encode(frame)


@pytest.mark.parametrize("frame", [f for f in SERVER_FRAMES if hasattr(f, "topic")], ids=lambda f: type(f).__name__)
def test_a_frame_without_topic_can_be_addressed_after_encoding(frame: frames.ServerFrame) -> None:
    if frame.topic is None:  # type: ignore[union-attr]
        return
    nameless = msgspec.structs.replace(frame, topic="")
    assert addressed(frames.encode(nameless), frames.topic_field(frame.topic)) == frames.encode(frame)  # type: ignore[union-attr]


def test_addressing_never_touches_what_an_entry_says() -> None:
    entry = frames.Entry("", 1, msgspec.Raw(b'{"topic":""}'))
    assert addressed(frames.encode(entry), frames.topic_field("case/42")) == (
        b'{"type":"entry","topic":"case/42","position":1,"entry":{"topic":""}}'
    )


def test_the_short_way_to_encode_an_entry_gives_the_same_bytes() -> None:
    raw = b'{"text":"gr\xc3\xbcn %b %d"}'
    long_way = frames.encode(frames.Entry("case/42", 10**12, msgspec.Raw(raw)))
    assert frames.encode_entry("case/42", 10**12, raw) == long_way


@given(st.lists(st.integers(0, 70000).map(lambda size: b"x" * size), max_size=4))
def test_ready_made_frames_can_be_taken_apart_again(messages: list[bytes]) -> None:
    assert list(payloads(b"".join(text_frame(message) for message in messages))) == messages


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_another_implementation_reads_ready_made_frames(size: int) -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    client.receive_data(text_frame(b"x" * size))
    (event,) = client.events_received()
    assert event == Frame(Opcode.TEXT, b"x" * size)


@pytest.mark.parametrize(
    "text", ['{"type":"join"}', '{"type":"entry"}', "[]", "", '{"type":"ping"', b"\xff", "[" * 5000]
)
def test_what_is_no_client_frame_is_called_one(text: str | bytes) -> None:
    with pytest.raises(BadFrame):
        frames.decode_client(text)


def test_topics_have_a_kind_and_a_key() -> None:
    assert parse_topic("case/42") == Topic("case", "42")
    assert str(Topic("person", "me")) == "person/me"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (CloseCode.QUIET, "now"),
        (CloseCode.SLOW_READER, "later"),
        (CloseCode.SIGNED_OUT, "never"),
        (CloseCode.PROTOCOL_ERROR, "never"),
        (1001, "later"),
        (1006, "later"),
        (1012, "later"),
        (1009, "never"),
    ],
)
def test_the_range_of_a_close_code_says_whether_to_come_back(code: int, answer: str) -> None:
    assert comes_back(code) == answer
