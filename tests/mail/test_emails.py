"""Every e-mail on the shelf is understood as the block beside it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mail.inspect import describe
from mail.parsing import parse

SHELF = Path(__file__).parent / "emails"
NAMES = sorted(path.stem for path in SHELF.glob("*.eml"))


def seen(raw: bytes) -> dict[str, Any]:
    message = parse(raw)
    return {
        **describe(message),
        "security": list(message.security),
        "original_message_id": message.bounce.original_message_id if message.bounce else None,
    }


@pytest.mark.parametrize("name", NAMES)
def test_email_is_understood(name: str) -> None:
    block = json.loads((SHELF / f"{name}.json").read_text("utf-8"))
    found = seen((SHELF / f"{name}.eml").read_bytes())
    for key, wanted in block["expect"].items():
        if key.endswith("_contains"):
            value = found[key.removesuffix("_contains")]
            assert all(piece in value for piece in wanted), (key, value)
        elif key.endswith("_lacks"):
            value = found[key.removesuffix("_lacks")]
            assert not any(piece in value for piece in wanted), (key, value)
        else:
            assert found[key] == wanted, key


def test_every_email_has_its_block_and_says_what_it_shows() -> None:
    blocks = {path.stem: json.loads(path.read_text("utf-8")) for path in SHELF.glob("*.json")}
    assert sorted(blocks) == NAMES
    assert all(block["shows"] and block["expect"] for block in blocks.values())
