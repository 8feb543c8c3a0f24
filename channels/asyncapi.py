"""The live feed for programs in other languages: an AsyncAPI 3 document, made from the structs that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from . import frames

SPECIFICATION = "3.0.0"
RECIPE = """\
The live feed carries what was committed to every reader who may see it. Writes go over HTTP.

**Who one is:** the session cookie, or `Authorization: Bearer` with an API token (scope `read`; `write` to mark as
read).

**Coming back without losing or repeating anything:**

1. Remember per log topic the last position you took. `join` with it as `since` (0: everything; absent: from now on).
2. Take an `entry` only if its position is the last one plus one; ignore smaller ones.
3. You are up to date after `up_to_date`, and no longer once the connection is lost.
4. For a state (`queue/…`, `queues/all`, `saved/all`, `cases/…`), or after `resync`: load the topic over HTTP after the
   frame, keep the frames that arrive meanwhile, and apply those whose version per key is not older, or whose position
   is larger.
5. Send `ping` every `heartbeat_seconds` of `welcome`. If nothing arrives for two heartbeats, the connection is dead.
6. After a close look at its code. 4000-4099: come back at once (wait random() x 0.2 s). 4200 and above: do not come
   back by yourself. Everything else: wait random() x min(30 s, 0.5 s x 2^n), where n counts the failures in a row.
7. After `left` with reason `rights` join once more, for another stream of the topic may now be yours; after `refused`
   stop, unless its code is `unavailable`.

**Server-sent events** carry one topic where WebSockets are blocked. The id of an event is the position to come back
with as Last-Event-ID; the last event is named `close` and has `{code, reason, come_back}`.
"""
TOPICS = """
**Topics** and what their `entry` or `row` holds; a log has entries, a state has rows:

| topic | kind | holds | loaded by | about |
|---|---|---|---|---|
"""
CLIENT: tuple[type[msgspec.Struct], ...] = get_args(frames.ClientFrame)
SERVER: tuple[type[msgspec.Struct], ...] = get_args(frames.ServerFrame)
NOT_AS_EVENTS = frozenset({"Pong", "Problem"})
"""Answers to frames that a reader of events cannot send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicKind:
    """What an application sends under topics of one kind, for whoever reads the document."""

    topic: str
    """Its pattern: ``case/{id}``."""
    kind: Literal["log", "state"]
    holds: tuple[type[msgspec.Struct], ...]
    """What an ``entry`` or a ``row`` of it is; nothing where frames only tell to ask anew."""
    load: str
    """The HTTP request that answers with its snapshot."""
    about: str


def asyncapi(
    *,
    title: str,
    version: str,
    topics: Sequence[TopicKind] = (),
    socket: str = "/live",
    events: str = "/live/events",
) -> dict[str, Any]:
    """The document (AsyncAPI 3.0.0). ``socket`` and ``events`` are the paths under which the feed is mounted."""
    held = {
        kind: list(dict.fromkeys(one for topic in topics if topic.kind == kind for one in topic.holds))
        for kind in ("log", "state")
    }
    _, schemas = msgspec.json.schema_components(
        [*CLIENT, *SERVER, *held["log"], *held["state"]], ref_template="#/components/schemas/{name}"
    )
    for frame, field, kind in (("Entry", "entry", "log"), ("Row", "row", "state")):
        if held[kind]:
            schemas[frame]["properties"][field] = {"anyOf": [_schema(one) for one in held[kind]]}
    in_events = tuple(kind for kind in SERVER if kind.__name__ not in NOT_AS_EVENTS)
    return {
        "asyncapi": SPECIFICATION,
        "info": {"title": title, "version": version, "description": RECIPE + _table(topics)},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": socket,
                "title": "WebSocket",
                "description": "One JSON object with a `type` in each text message, both ways; any number of topics.",
                "messages": _references((*CLIENT, *SERVER)),
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            },
            "events": {
                "address": events + "?topic={topic}",
                "title": "Server-sent events",
                "description": "One topic as text/event-stream, each frame in the data of one event. `since` in the "
                "query, or the header Last-Event-ID, says what one has.",
                "parameters": {
                    "topic": {"description": "What to follow.", "examples": ["case/42", "queue/7", "person/me"]}
                },
                "messages": _references(in_events),
            },
        },
        "operations": {
            "ask": _operation("receive", "socket", CLIENT, "What a client may say."),
            "tell": _operation("send", "socket", SERVER, "What the server says."),
            "stream": _operation("send", "events", in_events, "What a reader of events is told."),
        },
        "components": {
            "messages": {kind.__name__: _message(kind) for kind in (*CLIENT, *SERVER)},
            "schemas": schemas,
        },
    }


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _table(topics: Sequence[TopicKind]) -> str:
    lines = (
        f"| `{one.topic}` | {one.kind} | {', '.join(f'`{kind.__name__}`' for kind in one.holds)} "
        f"| `{one.load}` | {one.about} |\n"
        for one in topics
    )
    return TOPICS + "".join(lines) if topics else ""


def _message(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "name": str(kind.__struct_config__.tag),
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "payload": _schema(kind),
    }


def _references(kinds: tuple[type[msgspec.Struct], ...]) -> dict[str, Any]:
    return {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in kinds}


def _operation(action: str, channel: str, kinds: tuple[type[msgspec.Struct], ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{kind.__name__}"} for kind in kinds],
    }
