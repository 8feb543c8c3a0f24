"""Outgoing messages: what is written can be read back, and nobody slips a header in."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.compose import (
    MOST_REFERENCES,
    Automatic,
    Draft,
    OutgoingFile,
    compose,
    envelope_address,
    message_id,
    trimmed_references,
)
from mail.errors import ComposeRefused
from mail.message import Address

AINO = Address("aino@northwind.example", "Aino Virtanen")
DESK = Address("help@desk.example", "Northwind Support")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def draft(**changes: object) -> Draft:
    values: dict[str, object] = {
        "message_id": "<case-42.7@desk.example>",
        "date": NOON,
        "sender": DESK,
        "to": (AINO,),
        "subject": "Your order",
        "text": "Hello Aino",
    }
    return Draft(**(values | changes))  # type: ignore[arg-type]


def read(written: Draft) -> Message:
    return message_from_bytes(compose(written))


def header(message: Message, name: str) -> str:
    return str(make_header(decode_header(message[name])))


def test_a_plain_message_needs_no_encoding() -> None:
    assert compose(draft()).decode("ascii").splitlines() == [
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        "From: Northwind Support <help@desk.example>",
        "To: Aino Virtanen <aino@northwind.example>",
        "Subject: Your order",
        "Message-ID: <case-42.7@desk.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Hello Aino",
    ]


def test_the_same_values_give_the_same_bytes() -> None:
    full = draft(html="<p>Hi</p>", files=(OutgoingFile(filename="a.txt", content_type="text/plain", content=b"x"),))
    assert compose(full) == compose(full)


@settings(max_examples=60)
@given(TEXTS, TEXTS, TEXTS)
def test_texts_of_any_language_come_back(subject: str, name: str, body: str) -> None:
    message = read(draft(subject=subject, sender=Address("help@desk.example", name), text=body))
    assert "".join(header(message, "subject").split()) == "".join(_visible(subject).split())
    assert getaddresses([message["from"]])[0][1] == "help@desk.example"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    lines = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    assert payload.decode("utf-8").replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_no_line_is_longer_than_servers_take(subject: str, filename: str) -> None:
    attached = OutgoingFile(filename=filename, content_type="application/pdf", content=b"x" * 5000)
    raw = compose(draft(subject=subject * 5, text="y" * 5000, files=(attached,)))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\r\n\t"])
def test_line_breaks_never_start_a_header(break_: str) -> None:
    evil = f"Hello{break_}Bcc: everybody@northwind.example"
    message = read(
        draft(
            subject=evil,
            sender=Address("help@desk.example", evil),
            language=evil,
            files=(OutgoingFile(filename=evil, content_type=evil, content=b"", content_id=evil),),
            html="<p>",
        )
    )
    for part in message.walk():
        assert part["bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "", "aino", "aino@", "@northwind.example", "a\r\nb@northwind.example", "a b@c.example", "a@b@c.example",
        "a@b>,<c.d", "..@x.example", "a@-", 'a"@x.example', "a,b@x.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ComposeRefused) as caught:
        compose(draft(to=(Address(address),)))
    assert caught.value.field == "to"


def test_addresses_with_names_and_other_letters() -> None:
    pavel = Address("pavel@bäckerei.example", 'Orlov, "P." Pavel')
    message = read(draft(to=(AINO, pavel), cc=(Address("цех@northwind.example"),)))
    assert getaddresses([message["to"]]) == [
        ("Aino Virtanen", "aino@northwind.example"),
        ('Orlov, "P." Pavel', "pavel@xn--bckerei-5wa.example"),
    ]
    assert envelope_address(pavel) == "pavel@xn--bckerei-5wa.example"


def test_an_answer_names_the_whole_chain() -> None:
    message = read(draft(references=("<1@a.example>", "<2@a.example>", "<2@a.example>", "rubbish")))
    assert message["in-reply-to"] == "<2@a.example>"
    assert message["references"].split() == ["<1@a.example>", "<2@a.example>"]


def test_the_answered_mail_stands_last_in_the_chain() -> None:
    message = read(draft(references=("<1@a.example>",), in_reply_to="<9@a.example>"))
    assert message["in-reply-to"] == "<9@a.example>"
    assert message["references"].split() == ["<1@a.example>", "<9@a.example>"]


def test_a_long_chain_keeps_its_first_and_last_links() -> None:
    chain = [f"<{number}@a.example>" for number in range(100)]
    kept = trimmed_references(chain)
    assert len(kept) == MOST_REFERENCES
    assert kept[0] == "<0@a.example>"
    assert kept[1:] == tuple(chain[-(MOST_REFERENCES - 1) :])


def test_a_notice_tells_robots_not_to_answer() -> None:
    notice = read(draft(automatic=Automatic.GENERATED, reply_to=Address("help+c42.abc@desk.example")))
    assert notice["auto-submitted"] == "auto-generated"
    assert "OOF" in notice["x-auto-response-suppress"]
    assert notice["precedence"] == "bulk"
    assert notice["reply-to"] == "help+c42.abc@desk.example"


def test_a_persons_answer_is_not_marked_as_automatic() -> None:
    answer = read(draft())
    assert not {"auto-submitted", "precedence", "x-auto-response-suppress"} & {name.lower() for name in answer}


def test_unsubscribing_takes_one_click() -> None:
    message = read(draft(unsubscribe="https://desk.example/u/1"))
    assert message["list-unsubscribe"] == "<https://desk.example/u/1>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(ComposeRefused):
        compose(draft(unsubscribe="javascript:alert(1)"))


def test_pictures_stand_beside_the_html_and_files_beside_all() -> None:
    message = read(
        draft(
            html='<img src="cid:logo">',
            files=(
                OutgoingFile(filename="logo.png", content_type="image/png", content=b"png", content_id="logo"),
                OutgoingFile(filename="счёт за ноябрь.pdf", content_type="application/pdf", content=b"pdf"),
                OutgoingFile(filename="old.eml", content_type="message/rfc822", content=b"Subject: x\r\n\r\n"),
            ),
        )
    )
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png",
        "application/pdf", "application/octet-stream",
    ]  # fmt: skip
    files = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert set(files) == {"logo.png", "счёт за ноябрь.pdf", "old.eml"}
    assert files["logo.png"]["content-id"] == "<logo>"
    assert files["logo.png"].get_content_disposition() == "inline"
    assert files["счёт за ноябрь.pdf"].get_payload(decode=True) == b"pdf"


def test_message_ids_are_made_of_what_is_handed_in() -> None:
    assert message_id("case-42.7.a b>c", "käse.example") == "<case-42.7.abc@xn--kse-qla.example>"
    with pytest.raises(ComposeRefused):
        message_id("", "desk.example")


def test_nobody_to_send_to_is_refused() -> None:
    with pytest.raises(ComposeRefused):
        compose(draft(to=()))


def _visible(text: str) -> str:
    """What remains of a text in a header: control characters and line breaks count as spaces."""
    return "".join(" " if ord(one) < 32 or ord(one) in (0x7F, 0x85, 0x2028, 0x2029) else one for one in text)
