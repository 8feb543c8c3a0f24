"""The frames that are described to others are the frames that are sent, in the browser's vocabulary too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.schema import frame_schemas

BROWSER = Path(__file__).parents[2] / "static" / "src" / "shared" / "feed" / "frames.ts"


def test_every_frame_is_described_with_its_fields() -> None:
    schemas = frame_schemas()
    assert set(schemas["from_client"]) == {"join", "leave", "typing", "here", "read", "ping"}
    entry = schemas["$defs"][schemas["from_server"]["entry"].removeprefix("#/$defs/")]
    assert entry["required"] == ["type", "topic", "position", "entry"]
    assert entry["properties"]["position"] == {"type": "integer"}
    for direction in ("from_client", "from_server"):
        for reference in schemas[direction].values():
            assert schemas["$defs"][reference.removeprefix("#/$defs/")]["description"]


@pytest.mark.parametrize(("direction", "union"), [("from_client", "ClientFrame"), ("from_server", "ServerFrame")])
def test_the_browser_speaks_the_same_words(direction: str, union: str) -> None:
    text = BROWSER.read_text()
    declared = text.split(f"export type {union} =")[1].split("\n\n")[0]
    theirs = {
        kind: set(re.findall(r"(\w+)\??:", body)) | {"type"}
        for kind, body in re.findall(r"\{\s*type: '(\w+)'([^}]*)\}", declared)
    }
    schemas = frame_schemas()
    ours = {
        kind: set(schemas["$defs"][reference.removeprefix("#/$defs/")]["properties"])
        for kind, reference in schemas[direction].items()
    }
    assert theirs == ours
