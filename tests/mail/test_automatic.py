"""Robots are told from people, and nobody answers a robot."""

from __future__ import annotations

import pytest

from mail.parsing import parse

PERSON = b"From: Aino Virtanen <aino@northwind.example>\r\nTo: support@desk.example\r\nSubject: Oven\r\n"


def with_header(header: str) -> bytes:
    return PERSON + header.encode() + b"\r\n\r\nIt rings.\r\n"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-replied (vacation)",
        "auto-submitted: AUTO-NOTIFIED; owner-email=x@y.example",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "Precedence: junk",
        "X-Autoreply: yes",
        "X-Autorespond: Oven",
        "X-Auto-Reply-From: aino@northwind.example",
        "X-POST-MessageClass: 9; Autoresponder",
        "X-FC-MachineGenerated: true",
        "Delivered-To: Autoresponder",
        "X-Cron-Env: <SHELL=/bin/sh>",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    ],
)
def test_a_robot_by_its_header(header: str) -> None:
    message = parse(with_header(header))
    assert message.is_auto
    assert message.must_not_autoreply
    assert message.auto_reasons


@pytest.mark.parametrize(
    "header",
    [
        "X-Loop: desk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "List-Id: <bakers.example>",
        "Precedence: list",
        "X-MS-Exchange-Inbox-Rules-Loop: aino@northwind.example",
    ],
)
def test_a_person_who_must_not_be_answered_by_a_robot(header: str) -> None:
    message = parse(with_header(header))
    assert not message.is_auto
    assert message.must_not_autoreply


@pytest.mark.parametrize(
    "header",
    [
        "X-Mailer: Oven 1.0",
        "Auto-Submitted: no",
        "Auto-Submitted: No (a person)",
        "Precedence: normal",
        "X-Autoreply: no",
        "Return-Path: <aino@northwind.example>",
        "X-Loop:",
    ],
)
def test_a_person(header: str) -> None:
    message = parse(with_header(header))
    assert not message.is_auto
    assert not message.must_not_autoreply
    assert message.auto_reasons == ()


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office: Oven",
        "Automatic reply: Oven",
        "Re: Out of the office",
        "Abwesenheitsnotiz: Ofen",
        "Automatische Antwort: Ofen",
        "Réponse automatique : Four",
        "Respuesta automática: Horno",
        "Risposta automatica: Forno",
        "Resposta automática: Forno",
        "Automatisch antwoord: Oven",
        "Autosvar: Ugn",
        "Automaattinen vastaus: Uuni",
        "Автоматический ответ: Печь",
        "Odpowiedź automatyczna: Piec",
        "自動応答: オーブン",
        "自动回复: 烤箱",
        "Away: Oven",
        "Poissa 4.-8.5.",
        "Urlaubsabwesenheit",
        "Автоответчик",
        "Afwezigheidsmelding: Order 7",
        "부재 중: 주문 7",
        "Automatická odpoveď: Objednávka 7",
        "Automātiska atbilde: Pasūtījums 7",
        "Automaatne vastus: Tellimus 7",
        "ตอบกลับอัตโนมัติ: คำสั่งซื้อ 7",
        "מענה אוטומטי: הזמנה 7",
        "Sjálfvirkt svar: Pöntun 7",
        "Fraværsassistent: Ordre 7",
    ],
)
def test_an_absence_note_by_its_subject(subject: str) -> None:
    message = parse(PERSON.replace(b"Subject: Oven", f"Subject: {subject}".encode()) + b"\r\nI am away.\r\n")
    assert message.is_auto
    assert message.must_not_autoreply
    assert not message.is_bounce


@pytest.mark.parametrize(
    "subject",
    [
        "The office is out of flour",
        "My vacation pictures",
        "Automatic oven stops",
        "Reply: automatic oven",
        "Lomalla ollaan?"[1:],
    ],
)
def test_a_persons_subject_is_left_alone(subject: str) -> None:
    assert not parse(PERSON.replace(b"Subject: Oven", f"Subject: {subject}".encode()) + b"\r\nIt rings.\r\n").is_auto


@pytest.mark.parametrize(
    "sender",
    [
        "mailer-daemon@x.example",
        "MAILER-DAEMON",
        "postmaster@x.example",
        "owner-bakers@x.example",
        "bakers-request@x.example",
        "no-reply@x.example",
        "",
        "nonsense",
    ],
)
def test_senders_that_are_never_answered(sender: str) -> None:
    raw = PERSON.replace(b"Aino Virtanen <aino@northwind.example>", sender.encode()) + b"\r\nIt rings.\r\n"
    assert parse(raw).must_not_autoreply
