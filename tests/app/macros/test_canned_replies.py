"""Canned replies: in the customer's language, filled in from the case, one's own or shared with a team or queue."""

from __future__ import annotations

from typing import Any

from app.cases.models import Case, File
from app.housekeeping import forget_uploads
from app.people.models import Contact, Team
from app.queues.models import Queue
from tests.support.casework import change, open_case
from tests.support.desk import Browser, TestDesk

HELLO = {
    "en": 'Hello {{contact.name}}{% if case.priority == "urgent" %}, we hurry{% endif %}. {{me.name}}',
    "fi": "Hei {{contact.name}}. {{me.name}}",
}


async def keep(browser: Browser, **more: Any) -> dict[str, Any]:
    answer = await browser.post("/api/canned-replies", json={"name": "Hello", "texts": HELLO, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def offered(browser: Browser, case: Case) -> list[dict[str, Any]]:
    return list((await browser.get(f"/api/cases/{case.id}/canned-replies")).json())


async def speaks(case: Case, language: str | None) -> None:
    await Contact.filter(id=case.contact_id).update(language=language)


async def test_it_is_filled_in_and_in_the_language_of_the_customer(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await change(desk, case, priority="urgent")
    await keep(maria, shortcut="/Hi")
    name = (await Contact.get(id=case.contact_id)).name
    said = []
    for language in ("en", "fi", "ru"):
        await speaks(case, language)
        (one,) = await offered(maria, case)
        said.append((one["shortcut"], one["language"], one["text"]))
    english = ("hi", "en", f"Hello {name}, we hurry. Maria Keller")
    assert said == [english, ("hi", "fi", f"Hei {name}. Maria Keller"), english], "English where there is no Russian"


async def test_a_value_is_never_read_as_a_template(desk: TestDesk) -> None:
    case, maria = await open_case(desk, subject="{{me.name}} {% if"), await desk.browser("maria")
    await keep(maria, texts={"en": "About {{case.subject}}"})
    assert [one["text"] for one in await offered(maria, case)] == ["About {{me.name}} {% if"]


async def test_it_is_shared_with_everybody_a_team_or_on_a_queue(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, tomas, olga = [await desk.browser(who) for who in ("maria", "tomas", "olga")]
    elsewhere = await Team.create(name="Elsewhere", created_at=desk.desk.now())
    urgent = await Queue.get(name="Urgent")
    await keep(maria, name="Mine")
    await keep(olga, name="All", shared=True)
    await keep(olga, name="Team", shared=True, team_id=elsewhere.id)
    await keep(olga, name="Queue", shared=True, queue_id=urgent.id)
    assert [one["name"] for one in await offered(maria, case)] == ["All", "Mine"]
    assert [one["name"] for one in await offered(tomas, case)] == ["All"]
    await change(desk, case, queue_id=urgent.id)
    assert [one["name"] for one in await offered(tomas, case)] == ["All", "Queue"]
    listed = (await olga.get("/api/canned-replies")).json()
    assert [(one["name"], one["editable"]) for one in listed] == [("All", True), ("Queue", True), ("Team", True)]


async def test_only_its_owner_or_a_lead_changes_it(desk: TestDesk) -> None:
    maria, tomas, olga = [await desk.browser(who) for who in ("maria", "tomas", "olga")]
    own = f"/api/canned-replies/{(await keep(maria))['id']}"
    shared = f"/api/canned-replies/{(await keep(olga, shared=True))['id']}"
    assert (await tomas.patch(own, json={"name": "Taken"})).status_code == 404
    assert (await olga.patch(own, json={"name": "Taken"})).status_code == 404
    assert (await tomas.patch(shared, json={"name": "Taken"})).status_code == 403
    assert (await tomas.delete(shared)).status_code == 403
    assert (await maria.patch(own, json={"texts": {"en": "Short."}})).json()["texts"] == {"en": "Short."}
    assert (await maria.delete(own)).status_code == 204
    assert (await maria.get("/api/canned-replies")).json()[0]["editable"] is False


async def test_words_that_cannot_be_filled_in_are_refused_with_the_place(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    for texts, field in (
        ({"en": "{{weather}}"}, "texts.en"),
        ({"en": "Hello", "fi": "{% if case.status %}"}, "texts.fi"),
        ({"xx": "Hello"}, "texts"),
    ):
        answer = await maria.post("/api/canned-replies", json={"name": "Odd", "texts": texts})
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    answer = await maria.post("/api/canned-replies", json={"name": "Odd", "texts": HELLO, "shortcut": "two words"})
    assert (answer.status_code, answer.json()["field"]) == (422, "shortcut")


async def test_a_preview_is_filled_in_from_samples_or_a_case(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await speaks(case, "fi")
    wanted: dict[str, Any] = {"texts": HELLO, "language": "en"}
    sample = (await maria.post("/api/canned-replies/preview", json=wanted)).json()
    assert sample == {"language": "en", "text": "Hello Aino Virtanen. Maria Keller"}
    wanted = {"texts": HELLO, "case_number": str(case.number)}
    real = (await maria.post("/api/canned-replies/preview", json=wanted)).json()
    name = (await Contact.get(id=case.contact_id)).name
    assert real == {"language": "fi", "text": f"Hei {name}. Maria Keller"}


async def upload(browser: Browser, name: str = "manual.pdf") -> int:
    answer = await browser.post("/api/files", files={"file": (name, b"%PDF " + name.encode(), "application/pdf")})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def test_its_files_are_copied_for_each_answer(desk: TestDesk) -> None:
    case, maria, tomas, olga = await open_case(desk), *[await desk.browser(who) for who in ("maria", "tomas", "olga")]
    uploaded = await upload(olga)
    reply = await keep(olga, shared=True, files=[uploaded])
    (hanging,) = (await offered(tomas, case))[0]["files"]
    assert (hanging["name"], (await tomas.get(hanging["url"])).content) == ("manual.pdf", b"%PDF manual.pdf")
    for agent in (maria, tomas):
        copies = (await agent.post(f"/api/cases/{case.id}/canned-replies/{reply['id']}/files", json={})).json()
        sent = await agent.post(
            f"/api/cases/{case.id}/replies", json={"text": "See the manual.", "files": [copies[0]["id"]]}
        )
        assert sent.status_code == 201, sent.text
        assert [file["name"] for file in sent.json()["files"]] == ["manual.pdf"]
    taken = await olga.post(f"/api/cases/{case.id}/replies", json={"text": "Mine.", "files": [uploaded]})
    assert (taken.status_code, taken.json()["field"]) == (422, "files"), "the original stays where it hangs"


async def test_its_files_last_until_it_lets_them_go(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    first, second = await upload(maria, "first.pdf"), await upload(maria, "second.pdf")
    reply = await keep(maria, files=[first, second])
    path = f"/api/canned-replies/{reply['id']}"
    desk.clock.advance(days=2)
    assert await forget_uploads(desk.desk) == 0
    changed = (await maria.patch(path, json={"files": [second]})).json()
    assert [file["name"] for file in changed["files"]] == ["second.pdf"]
    assert await forget_uploads(desk.desk) == 1
    assert (await maria.patch(path, json={"name": "Same files"})).json()["files"] == changed["files"]
    assert (await maria.delete(path)).status_code == 204
    assert await forget_uploads(desk.desk) == 1
    assert not await File.exists()


async def test_a_copy_of_a_shared_reply_has_files_of_its_own(desk: TestDesk) -> None:
    maria, tomas, olga = [await desk.browser(who) for who in ("maria", "tomas", "olga")]
    shared = await keep(olga, shared=True, files=[await upload(olga)])
    own = await keep(maria, files=[shared["files"][0]["id"]])
    assert own["files"][0]["id"] != shared["files"][0]["id"]
    await olga.delete(f"/api/canned-replies/{shared['id']}")
    assert (await maria.get(own["files"][0]["url"])).status_code == 200
    assert (await tomas.get(own["files"][0]["url"])).status_code == 404
    body = {"name": "Taken", "texts": HELLO, "files": [own["files"][0]["id"]]}
    assert (await tomas.post("/api/canned-replies", json=body)).json()["field"] == "files"
