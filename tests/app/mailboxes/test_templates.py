"""The words of notices: placeholders, sections, escaping, and editing them over HTTP."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from app.mailboxes import templates
from app.mailboxes.wording import BUILT_IN, EVENTS, PLACEHOLDERS
from app.settings import LANGUAGES
from tests.support.desk import TestDesk

URL = "/api/admin/templates"


def test_every_notice_has_words_in_every_language() -> None:
    assert set(BUILT_IN) == set(LANGUAGES)
    assert {frozenset(words) for words in BUILT_IN.values()} == {frozenset(BUILT_IN["en"])}
    for language in LANGUAGES:
        for event in EVENTS:
            words = BUILT_IN[language][event]
            templates.check(words.subject, allowed=PLACEHOLDERS, field="subject")
            templates.check(words.body, allowed=PLACEHOLDERS, field="body")
            filled = templates.fill(words.body, PLACEHOLDERS)
            assert "{" not in filled
            assert "#1042" in filled


def test_a_section_stays_only_where_its_name_has_a_value() -> None:
    text = "Hello.{{#answer.due}} By {{answer.due}}.{{/answer.due}} Bye."
    assert templates.fill(text, {"answer.due": "noon"}) == "Hello. By noon. Bye."
    assert templates.fill(text, {"answer.due": ""}) == "Hello. Bye."
    assert templates.fill(text, {}) == "Hello. Bye."


def test_values_are_never_read_as_templates() -> None:
    values = {"contact.name": "{{case.link}}", "case.link": "secret"}
    assert templates.fill("{{contact.name}}", values) == "{{case.link}}"


@pytest.mark.parametrize(
    "text", ["{{nobody}}", "{{case.number", "case.number}}", "{{#answer.due}}x", "{{#nobody}}x{{/nobody}}"]
)
def test_mistakes_are_named(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        templates.check(text, allowed=PLACEHOLDERS, field="body")
    assert refused.value.field == "body"


def test_html_is_escaped_and_links_are_links() -> None:
    page = templates.as_html("<b>\n\nSee https://desk.example/cases/4?a=1&b=2.\nBye")
    assert "&lt;b&gt;" in page
    assert '<a href="https://desk.example/cases/4?a=1&amp;b=2">' in page
    assert "</a>.<br>Bye" in page


async def test_words_are_set_shown_and_given_back(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    listed = (await olga.get(URL)).json()
    assert len(listed) == len(EVENTS) * len(LANGUAGES)
    assert {row["custom"] for row in listed} == {False}
    words = {"subject": "Got it: {{case.number}}", "body": "Hello {{contact.name}}", "enabled": False}
    saved = await olga.put(f"{URL}/registered/fi", json=words)
    assert saved.json() == {"event": "registered", "language": "fi", **words, "custom": True}
    assert [row for row in (await olga.get(URL)).json() if row["custom"]] == [saved.json()]
    back = await olga.delete(f"{URL}/registered/fi")
    assert (back.status_code, back.json()["custom"], back.json()["enabled"]) == (200, False, True)
    assert (await olga.put(f"{URL}/registered/sv", json=words)).status_code == 404
    assert (await olga.put(f"{URL}/password_reset/en", json=words)).status_code == 404


async def test_wrong_words_are_refused_at_their_field(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    answer = await olga.put(f"{URL}/registered/en", json={"subject": "{{nobody}}", "body": "x"})
    assert (answer.status_code, answer.json()["field"]) == (422, "subject")
    answer = await olga.put(f"{URL}/registered/en", json={"subject": "x", "body": "{{case.number"})
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


async def test_a_preview_shows_what_would_be_sent(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    body = {"event": "registered", "language": "en", "subject": "{{case.number}}\r\nBcc: x", "body": "<i>{{case.link}}"}
    shown = (await olga.post(f"{URL}/preview", json=body)).json()
    assert shown["subject"] == "#1042 Bcc: x"
    assert shown["text"] == "<i>https://desk.example/cases/42"
    assert "&lt;i&gt;" in shown["html"]
