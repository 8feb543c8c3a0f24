"""An absence note is an automatic answer; an alarm, a newsletter and a person's mail are none."""

from __future__ import annotations

import pytest

from mail.automatic_answers import is_automatic_answer
from mail.parsing import parse


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ("Subject: Order\r\nAuto-Submitted: auto-replied (vacation)", True),
        ("Subject: Out of office: Order", True),
        ("Subject: Order\r\nX-Autoreply: yes", True),
        ("Subject: Order\r\nPrecedence: auto_reply", True),
        ("Subject: Disk full\r\nAuto-Submitted: auto-generated", False),
        ("Subject: News of March\r\nPrecedence: bulk", False),
        ("Subject: Order\r\nAuto-Submitted: no", False),
        ("Subject: Order", False),
    ],
)
def test_what_is_an_automatic_answer(headers: str, answer: bool) -> None:
    message = parse(f"From: aino@northwind.example\r\n{headers}\r\n\r\nHello.\r\n".encode())
    assert is_automatic_answer(message) is answer
