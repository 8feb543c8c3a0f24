"""Whatever the bytes are: a message or a named refusal, storable text, bounded work."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail import parsing
from mail.errors import REFUSAL_REASONS, ParseRefused
from mail.inspect import describe
from mail.message import Message
from mail.parsing import parse
from mail.structure import Limits

SHELF = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "emails").glob("*.eml"))}
CONTROLS = {chr(code) for code in (*range(9), *range(11, 32), 127)}
PACKAGE = str(Path(parsing.__file__).parent)


def check(raw: bytes) -> Message | None:
    """Parses and checks what holds for every message."""
    try:
        message = parse(raw, limits=Limits(size=1_000_000))
    except ParseRefused as refused:
        if refused.reason == "internal" or refused.reason not in REFUSAL_REASONS:
            raise
        return None
    for text in (message.subject, message.text, message.reply_text, message.html or "", message.key, *message.warnings):
        assert not CONTROLS & set(text)
        text.encode("utf-8")
    for item in message.attachments:
        assert item.filename.strip()
        assert not set(item.filename) & {"/", "\\", "\n", *CONTROLS}
    describe(message)
    return message


@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes) -> None:
    check(raw)


LINES = [
    b"From: Aino <aino@northwind.example>",
    b"To: a@b.example, (c",
    b"Subject: =?utf-8?B?w6Q=?=",
    b"Content-Type: multipart/mixed; boundary=B",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=B",
    b"Content-Type: message/delivery-status",
    b"Content-Type: message/rfc822",
    b"Content-Type: text/html; charset=utf-16",
    b"Content-Type: text/plain; format=flowed; charset=iso-2022-jp",
    b"Content-Type: application/ms-tnef",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode",
    b"Content-Disposition: attachment; filename*0*=utf-8''a%; filename*1=b",
    b"--B",
    b"--B--",
    b"",
    b"",
    b"Final-Recipient: rfc822; a@b.example",
    b"Action: delayed",
    b"Status: 4.4.1",
    b"Date: Mon, 99 Foo 2026 10:00 +9999",
    b"Message-ID: <[a@b",
    b"> quote",
    b"On 4 May 2026 a@b.example wrote:",
    b"-- ",
    b"<div><blockquote>",
    b"\xff\xfe\x00",
    b"\x1b$B\x80",
    b"begin 644 ../x",
    b"M'Y(",
    b"end",
    b"In-Reply-To: <a@b> <",
    b"=",
    b"=3D=\xe4",
]


@given(st.lists(st.sampled_from(LINES), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_order_of_telling_lines(lines: list[bytes], line_end: bytes) -> None:
    check(line_end.join(lines))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SHELF)), st.integers(0, 2**32))
def test_damaged_emails(name: str, seed: int) -> None:
    chance = random.Random(seed)
    raw = bytearray(SHELF[name])
    for _ in range(chance.randint(1, 8)):
        position = chance.randrange(len(raw) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            raw[position : position + chance.randrange(40)] = b""
        elif kind == 1:
            raw[position:position] = chance.randbytes(chance.randrange(20))
        elif kind == 2:
            raw[position:position] = raw[:position][-chance.randrange(1, 200) :]
        elif kind == 3:
            raw[position:position] = chance.choice(LINES) + b"\n"
        else:
            del raw[position:]
    check(bytes(raw))


HOSTILE = {
    "brackets in From": lambda n: b"From: " + b"(" * n + b"\n\nx",
    "quotes in From": lambda n: b"From: " + b'"' * n + b"\n\nx",
    "recipients": lambda n: b"To: " + b"a@b.example," * n + b"\n\nx",
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?Q?a?= " * n + b"\n\nx",
    "words that never end": lambda n: b"Subject: " + b"=?utf-8?Q?" * n + b"\n\nx",
    "references": lambda n: b"References: " + b"<" * n + b"\n\nx",
    "parameters": lambda n: b"Content-Type: text/plain" + b"; a=b" * n + b"\n\nx",
    "parameter pieces": lambda n: b"Content-Type: text/plain" + b"".join(b"; n*%d*=a" % i for i in range(n)) + b"\n\nx",
    "percent signs": lambda n: b"Content-Type: text/plain; n*=utf-8''" + b"%" * n + b"\n\nx",
    "On": lambda n: b"From: a@b\n\n" + b"On " * n,
    "lines of On": lambda n: b"From: a@b\n\n" + b"On 4 May\n" * n,
    "labels": lambda n: b"From: a@b\n\n" + b"From: a\n" * n,
    "marks": lambda n: b"From: a@b\n\n" + b"> -- \n" * n,
    "boundaries": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * n,
    "unnamed boundaries": lambda n: b"Content-Type: multipart/mixed\n\n" + b"--\n" * n,
    "tags": lambda n: b"Content-Type: text/html\n\n" + b"<b" * n,
    "open tags": lambda n: b"Content-Type: text/html\n\n" + b"<div><p>x" * n,
    "entities": lambda n: b"Content-Type: text/html\n\n" + b"&" * n,
    "quoted tags": lambda n: b"Content-Type: text/html\n\n<a " + b'"' * n,
    "scripts": lambda n: b"Content-Type: text/html\n\n" + b"<script" * n,
    "begins": lambda n: b"From: a@b\n\n" + b"begin 644 x\n" * n,
    "enriched": lambda n: b"Content-Type: text/enriched\n\n" + b"<param>" * n,
    "soft breaks": lambda n: b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * n,
    "bounce addresses": lambda n: b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n" + b"a@b.example unknown\n" * n,
    "status groups": lambda n: (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b\n\n" * n
    ),
    "statuses": lambda n: b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n" + b"5.1.1.1 " * n,
    "at signs": lambda n: b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n" + b"@" * n,
}


def work(raw: bytes) -> int:
    """Lines of this package that run while the message is read: a measure that no busy machine changes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        check(raw)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_work_grows_no_faster_than_the_message(kind: str) -> None:
    small, large = work(HOSTILE[kind](150)), work(HOSTILE[kind](600))
    assert large < 5 * small + 2_000


@pytest.mark.parametrize("kind", HOSTILE)
def test_large_hostile_messages_are_read_or_refused(kind: str) -> None:
    check(HOSTILE[kind](20_000))


def test_a_message_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ParseRefused) as refused:
        parse(b"x" * 101, limits=Limits(size=100))
    assert refused.value.reason == "too_large"


def test_a_fault_of_ours_is_a_named_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(parsing.bodies, "read_tree", broken)
    with pytest.raises(ParseRefused) as refused:
        parse(b"From: a@b.example\n\nx")
    assert refused.value.reason == "internal"


@pytest.mark.parametrize("step", ["quoting.newly_written", "bounces.read_report", "html.sanitise", "automatic.judge"])
def test_one_step_that_fails_hides_nothing_else(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    module, _, function = step.partition(".")
    monkeypatch.setattr(getattr(parsing, module), function, broken)
    message = parse(SHELF["html_script_and_tracker"])
    assert message.message_id == "<html_script_and_tracker@northwind.example>"
    assert message.from_ is not None
    assert any("ZeroDivisionError" in warning for warning in message.warnings)


def test_when_judging_fails_nobody_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing.automatic, "judge", lambda *_, **__: 1 / 0)
    assert parse(SHELF["plain_question"]).must_not_autoreply


def test_the_same_bytes_have_the_same_key_and_others_another() -> None:
    raw = SHELF["no_message_id"]
    assert parse(raw).key == parse(raw).key
    assert parse(raw).key.startswith("sha256:")
    assert parse(raw).key != parse(raw + b"\n").key
    assert parse(SHELF["plain_question"]).key == "<plain_question@northwind.example>"


def test_kept_headers_are_found_in_any_case() -> None:
    message = parse(b"From: a@b.example\nAUTHENTICATION-Results: mx; spf=pass\nX-Spam-Flag: YES\nX-Unknown: no\n\nx")
    assert message.header("Authentication-results") == "mx; spf=pass"
    assert message.header("x-spam-flag") == "YES"
    assert message.header("x-unknown") == ""
