"""The line format answers every question it was asked, and says plainly what is wrong with a bad one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sla import compute_line, run
from sla.compute import whole_seconds

OFFICE = {"tz": "Europe/Helsinki", "hours": {d: [["09:00", "17:00"]] for d in ("mon", "tue", "wed", "thu", "fri")}}


def ask(**question: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(next(run([json.dumps({"calendar": OFFICE, **question})])))
    return answer


def timeline(*events: tuple[str, str], targets: dict[str, float] | None = None, **more: Any) -> dict[str, Any]:
    items = [{"at": f"2026-03-26T{moment}:00+02:00", "type": kind} for moment, kind in events]
    chosen = {"first_response": 60, "next_response": 120, "resolution": 480} if targets is None else targets
    return ask(op="timeline", targets=chosen, events=items, **more)


def test_add_answers_on_the_clock_of_the_calendar() -> None:
    assert ask(id="a", op="add", start="2026-03-27T14:00:00Z", minutes=120) == {
        "id": "a",
        "due": "2026-03-30T10:00:00+03:00",
    }
    assert ask(op="add", start="2026-03-27T10:00:00+02:00", seconds=90.5) == {"due": "2026-03-27T10:01:30.500000+02:00"}
    assert ask(op="add", start="2026-03-27T10:00:00+02:00", minutes=-120)["due"] == "2026-03-26T16:00:00+02:00"
    assert ask(op="add", start="2026-03-27T10:00", minutes=1.5)["due"] == "2026-03-27T10:01:30+02:00"


def test_between_answers_in_whole_seconds_with_sign() -> None:
    start, end = "2026-03-26T16:00:00+02:00", "2026-03-27T10:00:00.500000+02:00"
    assert ask(id=7, op="between", start=start, end=end) == {"id": 7, "seconds": 7201}
    assert ask(op="between", start=end, end=start)["seconds"] == -7201
    assert [whole_seconds(value) for value in (0.49, 0.5, -0.49, -0.5)] == [0, 1, 0, -1]


def test_a_timeline_answers_everything_that_may_be_asked() -> None:
    assert timeline(("10:00", "created"), ("10:00", "customer_message"), id="t") == {
        "id": "t",
        "first_response_due": "2026-03-26T11:00:00+02:00",
        "first_response_breached": False,
        "first_response_minutes": 0,
        "next_response_due": None,
        "next_response_breached": False,
        "next_response_minutes": 0,
        "resolution_due": "2026-03-27T10:00:00+02:00",
        "resolution_breached": False,
        "resolution_minutes": 0,
        "paused_minutes": 0,
    }


def test_a_timeline_with_pauses_and_a_second_question() -> None:
    answer = timeline(
        ("10:00", "created"),
        ("11:30", "agent_reply"),
        ("11:30", "pause"),
        ("12:30", "customer_message"),
        ("12:30", "resume"),
        ("12:45", "note"),
        ("13:00", "customer_message"),
    )
    assert (answer["first_response_breached"], answer["first_response_minutes"]) == (True, 90)
    assert answer["next_response_due"] == "2026-03-26T14:30:00+02:00"
    assert (answer["paused_minutes"], answer["resolution_minutes"]) == (60, 120)


def test_a_timeline_ends_with_the_last_event_or_now() -> None:
    events = (("10:00", "created"), ("10:05", "agent_reply"))
    assert timeline(*events)["resolution_minutes"] == 5
    later = timeline(*events, now="2026-03-27T16:00:00+02:00")
    assert (later["resolution_minutes"], later["resolution_breached"]) == (14 * 60, True)
    closed = timeline(("10:00", "created"), ("10:30", "closed"), now="2026-03-27T16:00:00+02:00")
    assert (closed["resolution_minutes"], closed["resolution_breached"]) == (30, False)


def test_events_are_put_in_order_and_may_carry_a_status_or_new_targets() -> None:
    items = [
        {"at": "2026-03-26T12:00:00+02:00", "type": "retargeted", "targets": {"resolution": 180}},
        {"at": "2026-03-26T10:00:00+02:00", "type": "created"},
        {"at": "2026-03-26T11:00:00+02:00", "type": "status", "category": "on_hold"},
        {"at": "2026-03-26T11:30:00+02:00", "type": "status", "category": "open"},
    ]
    answer = ask(op="timeline", targets={"resolution": 480, "first_response": None}, events=items)
    assert answer["resolution_due"] == "2026-03-26T13:30:00+02:00"
    assert ask(op="timeline", targets={}, events=[])["resolution_due"] is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": "subtract"}, "unknown_operation"),
        ({"op": None}, "unknown_operation"),
        ({"start": "yesterday"}, "bad_time"),
        ({"start": 5}, "bad_time"),
        ({"minutes": "5"}, "bad_amount"),
        ({"minutes": None}, "bad_amount"),
        ({"minutes": True}, "bad_amount"),
        ({"minutes": 1e300}, "bad_amount"),
        ({"minutes": float("nan")}, "bad_amount"),
        ({"minutes": 1e11}, "too_far"),
        ({"op": "between", "end": "9000-01-01T00:00Z"}, "too_far"),
        ({"calendar": None}, "wrong_type"),
        ({"calendar": {"tz": "UTC", "hours": {}}}, "never_opens"),
        ({"calendar": {"tz": "Nowhere", "hours": {}}}, "unknown_zone"),
        ({"op": "timeline"}, "wrong_type"),
        ({"op": "timeline", "events": [1]}, "wrong_type"),
        ({"op": "timeline", "events": [{"at": "2026-01-01T00:00Z", "type": "exploded"}]}, "unknown_event"),
        ({"op": "timeline", "events": [{"at": "2026-01-01T00:00Z", "type": []}]}, "unknown_event"),
        ({"op": "timeline", "events": [{"type": "created"}]}, "bad_time"),
        ({"op": "timeline", "targets": [], "events": []}, "wrong_type"),
        ({"op": "timeline", "targets": {"delivery": 1}, "events": []}, "unknown_kind"),
        ({"op": "timeline", "targets": {"resolution": "1"}, "events": []}, "bad_amount"),
        ({"op": "timeline", "targets": {"resolution": float("inf")}, "events": []}, "bad_amount"),
    ],
)
def test_a_bad_question_gets_its_reason(change: dict[str, Any], code: str) -> None:
    question = {"id": "q", "op": "add", "start": "2026-03-26T10:00:00+02:00", "minutes": 5, **change}
    answer = ask(**question)
    assert (answer["id"], answer["code"]) == ("q", code)
    assert set(answer) == {"id", "error", "code"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"calendar": None}, "calendar: is missing; give one like {"),
        ({"calendar": "office"}, "calendar: expected an object with tz and hours, got text."),
        ({"calendar": {"tz": "UTC", "hours": {"mon": 9}}}, "calendar.hours.mon: expected a list of periods"),
        ({"calendar": {"hours": {}}}, "calendar.tz: name the time zone of the hours, like Europe/Helsinki."),
        ({"start": None}, "start: is missing; write it like 2026-03-02T10:00:00+02:00."),
        ({"minutes": None}, "minutes: is missing; give minutes or seconds."),
    ],
)
def test_what_is_missing_or_wrong_is_named_from_the_question_on(change: dict[str, Any], words: str) -> None:
    answer = ask(**{"id": "q", "op": "add", "start": "2026-03-26T10:00:00+02:00", "minutes": 5, **change})
    assert answer["error"].startswith(words)
    assert "NoneType" not in answer["error"]


def test_a_bad_line_does_not_stop_the_rest() -> None:
    good = json.dumps({"id": 2, "calendar": OFFICE, "op": "between", "start": "2026-03-26", "end": "2026-03-27"})
    answers = [json.loads(answer) for answer in run(["{", "", "[" * 100_000, "7", good, "\n", good])]
    assert [answer.get("code") for answer in answers] == ["bad_json", "bad_json", "wrong_type", None, None]
    assert answers[-1] == {"id": 2, "seconds": 8 * 3600}


def test_a_calendar_that_is_not_plain_json_is_still_understood() -> None:
    class Hours(dict[str, Any]):
        pass

    question = {"calendar": Hours(OFFICE), "op": "between", "start": "2026-03-26", "end": "2026-03-27"}
    assert compute_line(question) == {"seconds": 8 * 3600}
