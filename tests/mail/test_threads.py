"""The signs by which a message may join a case, strongest first."""

from __future__ import annotations

import pytest

from mail.addresses import sign_reply_address
from mail.parsing import parse
from mail.threads import Candidate, candidates, case_numbers

KEY = b"k" * 32
SIGNED = sign_reply_address("support@desk.example", 42, KEY)


def test_all_signs_are_listed_strongest_first() -> None:
    message = parse(
        f"From: aino@northwind.example\nTo: Support <{SIGNED}>\nSubject: Re: Oven [Case #43]\n"
        "In-Reply-To: <entry-2@desk.example>\nReferences: <entry-1@desk.example> <entry-2@desk.example>\n\n"
        "It rings.".encode()
    )
    assert candidates(message, keys=(KEY,)) == (
        Candidate("reply_address", case=42, evidence=SIGNED),
        Candidate("in_reply_to", message_id="<entry-2@desk.example>", evidence="<entry-2@desk.example>"),
        Candidate("references", message_id="<entry-1@desk.example>", evidence="<entry-1@desk.example>"),
        Candidate("subject", case=43, evidence="Re: Oven [Case #43]"),
    )


@pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_signed_address_counts_wherever_the_mail_was_addressed(header: str) -> None:
    message = parse(
        f"From: aino@northwind.example\nTo: other@x.example\n{header}: <{SIGNED.lower()}>\n\nIt rings.".encode()
    )
    assert [found.case for found in candidates(message, keys=(b"new" * 9, KEY))] == [42]


def test_a_forged_address_is_no_sign() -> None:
    message = parse(f"From: a@b.example\nTo: {SIGNED.replace('c42', 'c43')}\n\nx".encode())
    assert candidates(message, keys=(KEY,)) == ()


def test_a_bounce_names_the_mail_it_is_about() -> None:
    message = parse(
        b"From: MAILER-DAEMON@mx.example\nTo: support@desk.example\nSubject: failure notice\n\n"
        b"<pavel@gone.example>: 550 5.1.1 unknown\n\n"
        b"--- Original message ---\nFrom: support@desk.example\nTo: pavel@gone.example\nMessage-ID: "
        b"<entry-9@desk.example>\n\nDear Pavel"
    )
    assert candidates(message, keys=(KEY,))[0] == Candidate(
        "report", message_id="<entry-9@desk.example>", evidence="<entry-9@desk.example>"
    )


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("[Case 42] Oven", (42,)),
        ("Re: [case #42] Oven [#43]", (42, 43)),
        ("Case #42: oven", (42,)),
        ("Oven 42", ()),
        ("Case 42", ()),
        ("#42", ()),
        ("[Case 42", ()),
        ("[Suitcase 42]", ()),
        ("[Case 99999999999999999999]", ()),
        ("[Case ٤٢]", ()),
        ("", ()),
    ],
)
def test_numbers_in_subjects(subject: str, numbers: tuple[int, ...]) -> None:
    assert case_numbers(subject) == numbers


def test_another_desk_uses_another_word() -> None:
    assert case_numbers("[Anliegen #7] [Case #8]", "Anliegen") == (7,)
