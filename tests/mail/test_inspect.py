"""The JSON object of `casefeed mail inspect` has the agreed names."""

from __future__ import annotations

import json
from pathlib import Path

from mail.inspect import inspect

SHELF = Path(__file__).parent / "emails"
KEYS = [
    "file",
    "subject",
    "from_addr",
    "from_name",
    "to",
    "cc",
    "reply_to",
    "message_id",
    "in_reply_to",
    "references",
    "date_utc",
    "text",
    "reply_text",
    "html",
    "attachments",
    "is_auto",
    "is_bounce",
    "is_delay",
    "is_complaint",
    "must_not_autoreply",
    "bounce_recipient",
    "bounce_status",
    "warnings",
]


def test_a_file_gives_every_key_as_json() -> None:
    path = SHELF / "bounce_two_recipients.eml"
    found = json.loads(json.dumps(inspect(path)))
    assert list(found) == KEYS
    assert found["file"] == str(path)
    assert found["bounce_recipient"] == ["pavel@gone.example", "anna@full.example"]
    assert found["attachments"][0] == {
        "name": "delivery-status.txt",
        "content_type": "message/delivery-status",
        "size": 237,
    }


def test_bytes_have_the_name_that_is_given() -> None:
    found = inspect(b"From: Aino <aino@northwind.example>\n\nIt rings.", name="stdin")
    assert (found["file"], found["from_addr"], found["from_name"], found["text"]) == (
        "stdin",
        "aino@northwind.example",
        "Aino",
        "It rings.",
    )
    assert found["date_utc"] is None


def test_what_cannot_be_read_is_an_error_and_no_exception(tmp_path: Path) -> None:
    missing = tmp_path / "missing.eml"
    assert inspect(missing) == {"file": str(missing), "error": "unreadable: No such file or directory"}
    refused = inspect(b"A: b\n" * 6_000)
    assert refused == {"file": "-", "error": "too_many_headers: more than 5000 lines"}
