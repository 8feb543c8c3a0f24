"""The AsyncAPI document is whole: every frame is named, every reference leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from channels import frames
from channels.asyncapi import TopicKind, asyncapi
from channels.errors import CloseCode, comes_back

DOCUMENT: dict[str, Any] = json.loads(json.dumps(asyncapi(title="The live feed", version="1.2.3")))
FRAMES = [*get_args(frames.ClientFrame), *get_args(frames.ServerFrame)]
ABOUT = {"title", "summary", "description", "tags", "externalDocs", "bindings"}
FIELDS_OF: dict[str, tuple[set[str], set[str]]] = {
    "root": (
        {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"},
        {"asyncapi", "info"},
    ),
    "info": (
        {"title", "version", "description", "termsOfService", "contact", "license", "tags", "externalDocs"},
        {"title", "version"},
    ),
    "channel": (ABOUT | {"address", "messages", "servers", "parameters"}, {"address", "messages"}),
    "operation": (ABOUT | {"action", "channel", "security", "traits", "messages", "reply"}, {"action", "channel"}),
    "message": (
        ABOUT | {"headers", "payload", "correlationId", "contentType", "name", "examples", "traits"},
        {"name", "payload"},
    ),
}
"""What each object of an AsyncAPI 3.0.0 document may have, and what it must have here."""


def at(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def objects() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "root", DOCUMENT
    yield "info", DOCUMENT["info"]
    for kind, place in (("channel", "channels"), ("operation", "operations")):
        yield from ((kind, one) for one in DOCUMENT[place].values())
    yield from (("message", one) for one in DOCUMENT["components"]["messages"].values())


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.__name__)
def test_every_frame_is_named_and_described(frame: type[msgspec.Struct]) -> None:
    message = DOCUMENT["components"]["messages"][frame.__name__]
    schema = at(message["payload"]["$ref"])
    assert message["name"] == frame.__struct_config__.tag
    assert len(message["summary"]) > 10
    assert set(schema["properties"]) == {"type", *frame.__struct_fields__}
    assert schema["properties"]["type"]["enum"] == [message["name"]]


def test_nothing_is_described_that_is_not_sent() -> None:
    assert set(DOCUMENT["components"]["messages"]) == {frame.__name__ for frame in FRAMES}
    assert set(DOCUMENT["components"]["schemas"]) == {frame.__name__ for frame in FRAMES} | {"Person"}


def test_every_object_has_what_the_specification_asks_for_and_nothing_else() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    for kind, one in objects():
        allowed, needed = FIELDS_OF[kind]
        assert needed <= set(one) <= allowed, (kind, sorted(one))


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 3 * len(FRAMES)
    for reference in found:
        assert isinstance(at(reference), dict), reference


def test_operations_speak_of_messages_of_their_own_channel() -> None:
    said: dict[str, set[str]] = {}
    for name, operation in DOCUMENT["operations"].items():
        assert operation["action"] in {"send", "receive"}
        place = operation["channel"]["$ref"] + "/messages/"
        assert all(message["$ref"].startswith(place) for message in operation["messages"])
        said[name] = {message["$ref"].removeprefix(place) for message in operation["messages"]}
    assert said["ask"] == {frame.__name__ for frame in get_args(frames.ClientFrame)}
    assert said["tell"] == {frame.__name__ for frame in get_args(frames.ServerFrame)}
    assert said["tell"] - said["stream"] == {"Pong", "Problem"}
    address = DOCUMENT["channels"]["events"]["address"]
    assert all(f"{{{name}}}" in address for name in DOCUMENT["channels"]["events"]["parameters"])


def test_the_recipe_tells_how_to_come_back() -> None:
    recipe = DOCUMENT["info"]["description"]
    for word in ("since", "up_to_date", "resync", "heartbeat_seconds", "Last-Event-ID", "come_back", "Bearer"):
        assert word in recipe
    for code in CloseCode:
        says = {"now": "4000-4099: come back at once", "never": "4200 and above", "later": "Everything else: wait"}
        assert says[comes_back(code)] in recipe


def test_what_topics_hold_is_described_where_it_is_sent() -> None:
    class Line(msgspec.Struct):
        text: str

    class Number(msgspec.Struct):
        value: int

    described = asyncapi(
        title="A feed",
        version="1",
        topics=[
            TopicKind(topic="room/{id}", kind="log", holds=(Line,), load="GET /rooms/{id}", about="Talk."),
            TopicKind(topic="sums/all", kind="state", holds=(Number,), load="GET /sums", about="Sums."),
        ],
    )
    schemas = described["components"]["schemas"]
    assert schemas["Entry"]["properties"]["entry"] == {"anyOf": [{"$ref": "#/components/schemas/Line"}]}
    assert schemas["Row"]["properties"]["row"] == {"anyOf": [{"$ref": "#/components/schemas/Number"}]}
    assert (schemas["Line"]["required"], schemas["Number"]["required"]) == (["text"], ["value"])
    assert "| `room/{id}` | log | `Line` | `GET /rooms/{id}` | Talk. |" in described["info"]["description"]
