"""A socket's conversation, frame by frame, without a socket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import frames, session
from channels.errors import CloseCode
from channels.session import Close, Enter, Exit, Send, Session, Tell


def say(conversation: Session, now: float = 0.0, **frame: object) -> list[session.Effect]:
    return conversation.received(json.dumps(frame), now=now)


def in_case_42() -> Session:
    conversation = Session(now=0.0)
    say(conversation, type="join", topic="case/42", since=17)
    conversation.entered("case/42")
    return conversation


def test_a_join_asks_to_enter_and_counts_once_it_succeeded() -> None:
    conversation = Session(now=0.0)
    assert say(conversation, type="join", topic="case/42", since=17, ref="a") == [Enter("case/42", 17, "a")]
    assert conversation.topics == frozenset()
    assert conversation.entered("case/42") == []
    assert conversation.topics == {"case/42"}


def test_a_refused_join_is_answered_and_may_be_tried_again() -> None:
    conversation = Session(now=0.0)
    say(conversation, type="join", topic="case/43", ref="b")
    assert conversation.refused("case/43", "forbidden", "Not yours.", "b") == [
        Send(frames.Refused("case/43", "forbidden", "Not yours.", "b"))
    ]
    assert say(conversation, type="join", topic="case/43") == [Enter("case/43", None, None)]


@pytest.mark.parametrize(
    ("topic", "since", "code"),
    [
        ("case", None, "bad_topic"),
        ("case/42#staff", 0, "bad_topic"),
        ("case/42\n", 0, "bad_topic"),
        ("case/../1", None, "bad_topic"),
        ("case/43", -1, "bad_position"),
        ("case/42", 0, "already_joined"),
    ],
)
def test_a_join_that_makes_no_sense_is_refused_with_a_code(topic: str, since: int | None, code: str) -> None:
    effects = say(in_case_42(), type="join", topic=topic, since=since, ref="c")
    assert [(e.frame.code, e.frame.ref) for e in effects if isinstance(e, Send)] == [(code, "c")]  # type: ignore[attr-defined]


def test_leaving_takes_the_socket_out_and_says_so() -> None:
    conversation = in_case_42()
    assert say(conversation, type="leave", topic="case/42") == [
        Exit("case/42"),
        Send(frames.Left("case/42", "asked")),
    ]
    assert say(conversation, type="typing", topic="case/42", on=True) == [
        Send(frames.Problem("not_joined", "This topic is not joined.", "case/42"))
    ]


def test_leaving_while_the_join_is_under_way_wins() -> None:
    conversation = Session(now=0.0)
    say(conversation, type="join", topic="case/42")
    assert say(conversation, type="leave", topic="case/42") == []
    assert conversation.entered("case/42") == [Exit("case/42"), Send(frames.Left("case/42", "asked"))]
    assert conversation.topics == frozenset()


def test_only_joined_topics_can_be_spoken_of() -> None:
    conversation = in_case_42()
    assert say(conversation, type="typing", topic="case/42", on=True) == [Tell(frames.SayTyping("case/42", True))]
    assert say(conversation, type="here", topic="case/42", doing="editing") == [
        Tell(frames.SayHere("case/42", "editing"))
    ]
    assert say(conversation, type="read", topic="case/42", position=3) == [Tell(frames.SayRead("case/42", 3))]
    for frame in ({"type": "typing", "on": True}, {"type": "read", "position": 1}, {"type": "leave"}):
        (effect,) = say(conversation, topic="case/99", **frame)
        assert isinstance(effect, Send)
        assert isinstance(effect.frame, frames.Problem)
        assert effect.frame.code == "not_joined"


def test_a_topic_the_server_took_away_is_no_longer_joined() -> None:
    conversation = in_case_42()
    conversation.ejected("case/42")
    assert conversation.topics == frozenset()
    assert say(conversation, type="join", topic="case/42", since=20) == [Enter("case/42", 20, None)]


def test_a_ping_is_answered() -> None:
    assert say(Session(now=0.0), type="ping") == [Send(frames.Pong())]


def test_the_number_of_topics_is_limited() -> None:
    conversation = Session(now=0.0)
    for number in range(session.TOPICS_PER_SOCKET):
        assert isinstance(say(conversation, type="join", topic=f"case/{number}")[0], Enter)
    (effect,) = say(conversation, type="join", topic="case/last")
    assert isinstance(effect, Send)
    assert isinstance(effect.frame, frames.Refused)
    assert effect.frame.code == "too_many_topics"


def test_who_speaks_another_language_is_told_and_finally_shown_the_door() -> None:
    conversation = Session(now=0.0)
    for _ in range(session.PROBLEMS_PER_SOCKET):
        (effect,) = conversation.received('{"type":"shout"}', now=0.0)
        assert isinstance(effect, Send)
        assert isinstance(effect.frame, frames.Problem)
    (effect,) = conversation.received("hello", now=0.0)
    assert effect == Close(CloseCode.PROTOCOL_ERROR, "this is not the protocol of the feed")


def test_a_burst_is_allowed_and_a_flood_is_not() -> None:
    conversation = Session(now=0.0)
    for _ in range(session.FRAMES_BURST):
        assert say(conversation, type="ping") == [Send(frames.Pong())]
    assert say(conversation, type="ping") == [Close(CloseCode.TOO_FAST, "too many frames")]
    assert say(conversation, type="ping", now=10.0) == [Send(frames.Pong())]


@given(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["type", "topic", "since", "on", "doing", "position", "ref"]), inner, max_size=5
                )
            ),
            max_leaves=8,
        ).map(json.dumps),
    )
)
def test_whatever_arrives_is_answered_and_nothing_is_joined_by_accident(text: str | bytes) -> None:
    conversation = Session(now=0.0)
    effects = conversation.received(text, now=0.0)
    assert len(effects) == 1
    assert conversation.topics == frozenset()


def test_a_very_long_frame_is_not_even_parsed() -> None:
    (effect,) = Session(now=0.0).received('{"type":"join","topic":"' + "a" * 5000 + '"}', now=0.0)
    assert isinstance(effect, Send)
    assert isinstance(effect.frame, frames.Problem)
    assert effect.frame.code == "too_long"
