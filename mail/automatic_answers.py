"""Tells automatic answers (absence notes, "we have your mail") from other automatic mail, such as alarms and orders."""

from __future__ import annotations

from mail.message import Message

_ANSWER_SIGNS = frozenset({
    "subject", "delivered-to", "x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-reply", "x-auto-reply-from",
    "x-autoresponder", "x-mail-autoreply", "x-auto-respond", "x-vacation", "x-amazon-auto-reply", "x-xmail-autoreply",
    "x-away", "x-is-autoreply", "x-ticket-autoreply", "x-otrs-autoreply", "auto-response", "x-responder",
    "x-post-messageclass",
})  # fmt: skip
_ANSWER_PRECEDENCES = frozenset({"auto-reply", "auto_reply", "autoreply", "auto"})


def is_automatic_answer(message: Message) -> bool:
    """Whether a program answered in somebody's absence or stead (RFC 3834): nobody asked anything with it.

    What a program sends unasked (Auto-Submitted: auto-generated) is none: an alarm is a request, though of a machine.
    """
    if not message.is_auto:
        return False
    replied = any(
        value.strip().lower().startswith("auto-replied") for value in message.headers.get("auto-submitted", ())
    )
    precedence = {value.strip().lower() for value in message.headers.get("precedence", ())}
    return replied or bool(precedence & _ANSWER_PRECEDENCES) or not _ANSWER_SIGNS.isdisjoint(message.auto_reasons)
