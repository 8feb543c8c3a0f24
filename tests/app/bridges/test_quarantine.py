"""The quarantine is worked: counted, previewed, tried again by reason, released, told of; by who has the right."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.bridges.alarms import QUARANTINE_GREW, Alarms
from app.cases.models import Case, Entry
from app.mailboxes.ledger import quarantine
from app.mailboxes.models import InboundEmail, SenderRule
from app.notifications.models import Notification
from app.people.models import User
from tests.mail.test_signatures import certificate, signed
from tests.support.desk import TestDesk
from tests.support.mailwork import HELP, PostBox, a_post_box, letter, sent

KEY = "a6f0c9de-0001-4c5a-9d0e-000000000001"


def nested(depth: int) -> bytes:
    """Multiparts within each other, without end."""
    levels = (b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (at, at + 1) for at in range(depth))
    return b"--b\nContent-Type: multipart/mixed; boundary=b0\n\n" + b"".join(levels)


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def set_aside(box: PostBox, subject: str, reason: str) -> InboundEmail:
    """A mail that an older version could not read."""
    row = await box.store(letter(subject=subject))
    await quarantine(row, reason=reason, detail="It could not be read.", now=box.desk.clock())
    return await InboundEmail.get(id=row)


@pytest.mark.parametrize(
    ("body", "reason"), [(nested(60), "too_deep"), (b"--b\n\nx\n" * 1_100, "too_many_parts")], ids=["deep", "wide"]
)
async def test_what_is_not_read_as_a_whole_is_named_by_its_head(box: PostBox, body: bytes, reason: str) -> None:
    head = b"From: Dora <dora@mailing.example>\nSubject: =?utf-8?q?K=C3=A4se?=\nMIME-Version: 1.0\n"
    row = await box.receive(head + b"Content-Type: multipart/mixed; boundary=b\n\n" + body)
    assert (row.outcome, row.reason) == ("quarantined", reason)
    assert (row.from_address, row.subject) == ("dora@mailing.example", "Käse")


async def test_all_of_one_reason_are_tried_again_at_once(box: PostBox) -> None:
    for number in range(3):
        await set_aside(box, f"Order {number}", "internal")
    other = await set_aside(box, "Other", "deadline")
    helmi = await box.desk.browser("helmi")
    counted = (await helmi.get("/api/admin/quarantine")).json()
    assert counted == {"total": 4, "reasons": [{"reason": "internal", "count": 3}, {"reason": "deadline", "count": 1}]}
    tried = (await helmi.post("/api/admin/quarantine/replays", json={"reason": "internal"})).json()
    assert tried == {"tried": 3, "understood": 3, "left": 0}
    assert await Case.all().count() == 3
    await other.refresh_from_db()
    assert other.outcome == "quarantined"
    again = (await helmi.post("/api/admin/quarantine/replays", json={"reason": "internal"})).json()
    assert again == {"tried": 0, "understood": 0, "left": 0}


@pytest.mark.parametrize("verb", ["replay", "release"])
async def test_a_repeated_try_answers_the_same_and_is_made_once(box: PostBox, verb: str) -> None:
    row = (
        await set_aside(box, "Order", "internal")
        if verb == "replay"
        else await box.receive(letter(sender=f"Scanner <{HELP}>", subject="Order"))
    )
    maria, headers = await box.desk.browser("maria"), {"Idempotency-Key": KEY}
    await User.filter(email="maria@desk.example").update(granted="quarantine")
    path = f"/api/admin/inbound/{row.id}/{verb}"
    first = await maria.post(path, json={}, headers=headers)
    again = await maria.post(path, json={}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["outcome"] == "opened"
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert await Case.all().count() == 1


async def test_a_repeated_try_of_a_reason_counts_the_same_mails(box: PostBox) -> None:
    helmi, headers = await box.desk.browser("helmi"), {"Idempotency-Key": KEY}
    await set_aside(box, "Order 1", "internal")
    first = await helmi.post("/api/admin/quarantine/replays", json={"reason": "internal"}, headers=headers)
    late = await set_aside(box, "Order 2", "internal")
    again = await helmi.post("/api/admin/quarantine/replays", json={"reason": "internal"}, headers=headers)
    assert first.json() == again.json() == {"tried": 1, "understood": 1, "left": 0}
    await late.refresh_from_db()
    assert late.outcome == "quarantined"


async def test_a_mail_in_our_own_name_is_let_in_by_hand_and_never_answered(box: PostBox) -> None:
    row = await box.receive(letter("Scan of page 1", sender=f"Scanner <{HELP}>", subject="Scan"))
    assert (row.outcome, row.reason) == ("quarantined", "from_own_mailbox")
    helmi = await box.desk.browser("helmi")
    seen = (await helmi.get(f"/api/admin/inbound/{row.id}/preview")).json()
    assert (seen["readable"], seen["sender"], seen["subject"]) == (True, f"Scanner <{HELP}>", "Scan")
    assert seen["text"] == "Scan of page 1"
    let_in = (await helmi.post(f"/api/admin/inbound/{row.id}/release", json={})).json()
    assert let_in["outcome"] == "opened"
    entry = await Entry.get(case_id=let_in["case_id"], position=1)
    assert (entry.text, entry.author_name) == ("Scan of page 1", "Scanner")
    assert await sent() == [], "the desk would be writing to itself"
    assert (await helmi.post(f"/api/admin/inbound/{row.id}/release", json={})).status_code == 409


async def test_a_sender_is_let_in_always(box: PostBox) -> None:
    helmi = await box.desk.browser("helmi")
    row = await box.receive(letter("Page 1", sender=f"Scanner <{HELP}>", subject="Scan"))
    assert (await helmi.post(f"/api/admin/inbound/{row.id}/release", json={"always": True})).json()[
        "outcome"
    ] == "opened"
    assert (await SenderRule.get(pattern=HELP)).kind == "allow"
    again = await box.receive(letter("Page 2", sender=f"Scanner <{HELP}>", subject="Scan"))
    assert again.outcome == "opened"
    assert await sent() == []


async def test_what_could_not_be_read_is_not_released(box: PostBox) -> None:
    row = await set_aside(box, "Broken", "internal")
    helmi = await box.desk.browser("helmi")
    assert (await helmi.post(f"/api/admin/inbound/{row.id}/release", json={})).status_code == 409


async def test_an_agent_works_it_only_with_the_right(box: PostBox) -> None:
    row = await set_aside(box, "Order", "internal")
    good = await box.receive(letter(subject="Fine"))
    helmi, maria = await box.desk.browser("helmi"), await box.desk.browser("maria")
    paths = ("/api/admin/quarantine", "/api/admin/inbound?outcome=quarantined", f"/api/admin/inbound/{row.id}")
    assert [(await maria.get(path)).status_code for path in paths] == [403, 403, 403]
    user = await User.get(email="maria@desk.example")
    wrong = await helmi.patch(f"/api/admin/users/{user.id}", json={"granted": ["users"]})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "granted")
    given = await helmi.patch(f"/api/admin/users/{user.id}", json={"granted": ["quarantine"]})
    assert given.json()["granted"] == ["quarantine"]
    assert [(await maria.get(path)).status_code for path in paths] == [200, 200, 200]
    assert (await maria.get("/api/me")).json()["rights"] == ["quarantine"]
    others = ("/api/admin/inbound", f"/api/admin/inbound/{good.id}", f"/api/admin/inbound/{good.id}/raw")
    assert [(await maria.get(path)).status_code for path in others] == [403, 403, 403]
    assert (await maria.post(f"/api/admin/inbound/{row.id}/replay")).json()["outcome"] == "opened"
    await helmi.patch(f"/api/admin/users/{user.id}", json={"granted": []})
    assert (await maria.get("/api/admin/quarantine")).status_code == 403


async def test_who_works_it_is_told_when_it_grows_but_not_mail_by_mail(box: PostBox) -> None:
    await User.filter(email="tomas@desk.example").update(granted="quarantine")
    alarms = Alarms(box.desk.desk)

    async def told() -> list[tuple[str, object]]:
        rows = await Notification.filter(kind=QUARANTINE_GREW).order_by("id").prefetch_related("user")
        return [(row.user.email, row.data["count"]) for row in rows]

    await alarms.quarantine_grew()
    assert await told() == []
    for number in range(3):
        await set_aside(box, f"Order {number}", "internal")
        box.desk.clock.advance(seconds=1)
        await alarms.quarantine_grew()
    helmi, tomas = "helmi@desk.example", "tomas@desk.example"
    assert sorted(await told()) == [(helmi, 1), (tomas, 1)]
    box.desk.clock.advance(minutes=31)
    await alarms.quarantine_grew()
    await alarms.quarantine_grew()
    assert sorted((await told())[2:]) == [(helmi, 2), (tomas, 2)]
    box.desk.clock.advance(minutes=31)
    await alarms.quarantine_grew()
    assert len(await told()) == 4, "nothing new, nothing to tell"


async def test_a_signer_is_known_the_second_time(box: PostBox) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    owner = certificate(key, "pavel@northwind.example")

    def signed_letter(number: int, sender: str = "pavel@northwind.example") -> bytes:
        head = f"Message-ID: <signed-{number}@northwind.example>\r\n".encode()
        return head + signed(key, owner).replace(b"aino@northwind.example", sender.encode())

    for number, known in enumerate((False, True)):
        row = await box.receive(signed_letter(number))
        entry = await Entry.get(case_id=row.case_id, position=1)
        signature = entry.data["signature"]
        assert isinstance(signature, dict)
        assert (signature["state"], signature["matches_sender"]) == ("intact", True)
        assert (signature["known_since"] is not None) == known
        box.desk.clock.advance(days=1)
    row = await box.receive(signed_letter(7, "aino@northwind.example"))
    entry = await Entry.get(case_id=row.case_id, position=1)
    assert entry.data["signature"]["known_since"] is None, "another address is another signer"  # type: ignore[index]
