"""Bounces that servers write in their own words: who, why, and whether for good."""

from __future__ import annotations

import pytest

from mail.bounce_text import before_original, is_delay, original_head, recipients, statuses, written_statuses
from mail.message import Bounce, Message
from mail.parsing import parse


def bounce(text: str, subject: str = "Undelivered mail", sender: str = "MAILER-DAEMON@mx.example") -> Message:
    head = (
        f"From: {sender}\r\nTo: support@desk.example\r\nSubject: {subject}\r\nContent-Type: text/plain; "
        "charset=utf-8\r\n\r\n"
    )
    return parse((head + text).encode())


@pytest.mark.parametrize(
    "text",
    [
        "<pavel@gone.example>: host mx.gone.example[192.0.2.1] said: 550 5.1.1\n no such user (in reply to "
        "RCPT TO command)",
        "  pavel@gone.example\n    SMTP error from remote server: 550 User unknown",
        "Your message did not reach the following recipient(s):\n\npavel@gone.example on Mon, 4 May 2026 "
        "10:00:00 +0300\n    550 unknown",
        "550 5.1.1 <pavel@gone.example>... User unknown",
        "Could not be delivered to: <pavel@gone.example>\n   As their mailbox is full.",
        "Übermittlung an folgende Empfänger fehlgeschlagen.\n\n    pavel@gone.example",
        "A message from <support@desk.example> to:\n-> pavel@gone.example\nwas considered unsolicited bulk e-mail",
        "Recipient: [SMTP:pavel@gone.example]\nReason: user not found",
        ">>> RCPT TO:<pavel@gone.example>\n<<< 550 no such user",
        "Die Nachricht konnte nicht zugestellt werden an\npavel@gone.example",
        "Votre message n'a pas pu être remis à pavel@gone.example",
        "Письмо не было доставлено: pavel@gone.example\nпользователь не найден",
        "The following addresses had permanent errors\n\n * pavel@gone.example\n\nPlease contact "
        "postmaster@mx.example for help",
        "Delivery failed.\n\nTo: pavel@gone.example\nFor assistance write to helpdesk@mx.example",
    ],
)
def test_who_could_not_be_reached(text: str) -> None:
    message = bounce(text)
    assert message.is_bounce
    assert message.must_not_autoreply
    assert message.bounce is not None
    assert message.bounce.recipients == ("pavel@gone.example",)


def test_where_nobody_is_named_the_returned_mail_tells() -> None:
    message = bounce(
        "Undeliverable: 550 unknown user\n\n--- Original message ---\nFrom: support@desk.example\nTo: Pavel "
        "<pavel@gone.example>\n"
        "Subject: Oven\nMessage-ID: <entry-9@desk.example>\n\nDear Pavel"
    )
    assert message.bounce == Bounce(
        "failed", ("pavel@gone.example",), (), "<entry-9@desk.example>", "Undeliverable: 550 unknown user"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Your message has been delayed. You do not need to resend it.",
        "Warning message only: still trying.",
        "Ihre Nachricht wurde noch nicht zugestellt.",
    ],
)
def test_a_delay_is_not_final(text: str) -> None:
    message = bounce(f"{text}\n\n<pavel@gone.example>", "Delivery delayed")
    assert message.is_delay
    assert message.bounce is not None
    assert not message.bounce.permanent


def test_giving_up_after_a_delay_is_final() -> None:
    assert not is_delay("Your message has been delayed for 5 days. Giving up.")


def test_a_dead_address_is_known_by_its_code() -> None:
    assert Bounce("failed", ("a@b.example",), ("5.1.1",)).permanent
    assert not Bounce("failed", ("a@b.example",), ("4.4.7",)).permanent
    assert not Bounce("delayed", ("a@b.example",), ("5.1.1",)).permanent


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("550 5.1.1 unknown", ["5.1.1"]),
        ("(#5.7.1)", ["5.7.1"]),
        ("host 5.1.1.2 said no", []),
        ("version 4.0.3 of 5.22.1234", ["4.0.3"]),
        ("5.1.1 and 4.2.2 and 5.1.1", ["5.1.1", "4.2.2"]),
        ("2.0.0", ["2.0.0"]),
        ("15.1.1 5.1.1a", ["5.1.1"]),
    ],
)
def test_status_codes(text: str, codes: list[str]) -> None:
    assert statuses(text) == codes


def test_a_version_is_no_status() -> None:
    assert written_statuses("This is Northwind Mail 4.0.3\n550 5.1.1 unknown") == ["5.1.1"]


def test_the_servers_words_end_where_the_returned_mail_begins() -> None:
    text = (
        "Unknown user\n\n-- Original message --\nReturn-Path: <a@b.example>\nFrom: a@b.example\n\nbody "
        "pavel@gone.example"
    )
    assert before_original(text) == "Unknown user\n"
    assert original_head(text).startswith("Return-Path:")
    assert "body" not in original_head(text)


def test_helpers_and_readers_are_not_the_failed_address() -> None:
    assert recipients("Contact postmaster@mx.example or abuse@mx.example", ()) == []
    assert recipients(
        "A message from support@desk.example failed:\n<pavel@gone.example>: unknown", ("support@desk.example",)
    ) == ["pavel@gone.example"]


def test_a_very_long_report_is_read_at_its_top() -> None:
    assert recipients("550 user unknown <pavel@gone.example>\n\n\n" + "see x@y.example " * 200_000, ()) == [
        "pavel@gone.example"
    ]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery failed", "The driver could not deliver the bread, nobody was there."),
        ("Re: Undeliverable: Oven", "I got this back from you, 550 5.1.1 unknown user. Why?"),
        ("Returned mail", "We returned the oven by mail last week."),
        (
            "Fwd: failure notice",
            "See below.\n\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\nTo: "
            "aino@northwind.example\n\n<pavel@gone.example>: 550",
        ),
    ],
)
def test_a_person_who_writes_about_deliveries_is_no_bounce(subject: str, text: str) -> None:
    message = bounce(text, subject, "Aino Virtanen <aino@northwind.example>")
    assert not message.is_bounce
    assert not message.is_auto
