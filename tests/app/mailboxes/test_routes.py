"""Setting up mailboxes: what is wrong is said at its field, passwords only go in, running intakes are not disturbed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.mailboxes.events import MailboxChanged
from app.mailboxes.models import Mailbox
from app.post_office import PostOffice, post_office
from app.queues.models import Queue
from tests.support.desk import Browser, TestDesk
from tests.support.ports import free_port
from tests.support.scripted_smtp import scripted_smtp

HELP, PASSWORD = "help@desk.example", "a quiet harbour"


@pytest.fixture
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostOffice]:
    async with post_office(tmp_path_factory.mktemp("post") / "post.sqlite3", passwords={HELP: PASSWORD}) as running:
        yield running


async def settings(office: PostOffice, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Help",
        "address": HELP,
        "queue_id": (await Queue.get(name="Support")).id,
        "imap_host": "127.0.0.1",
        "imap_port": office.imap_port,
        "imap_security": "none",
        "imap_user": HELP,
        "imap_password": PASSWORD,
        "smtp_host": "127.0.0.1",
        "smtp_port": office.smtp_port,
        "smtp_security": "none",
        **changes,
    }


@asynccontextmanager
async def saved(desk: TestDesk, office: PostOffice) -> AsyncIterator[tuple[Browser, int]]:
    helmi = await desk.browser("helmi")
    answer = await helmi.post("/api/admin/mailboxes", json=await settings(office))
    assert answer.status_code == 201, answer.text
    yield helmi, answer.json()["id"]


async def test_a_mailbox_that_works_is_saved_and_its_password_never_comes_out(
    desk: TestDesk, office: PostOffice
) -> None:
    changed: list[int] = []

    async def hear(event: MailboxChanged) -> None:
        changed.append(event.mailbox_id)

    desk.desk.bus.after(MailboxChanged, hear)
    async with saved(desk, office) as (helmi, number):
        answer = await helmi.get("/api/admin/mailboxes")
        assert PASSWORD not in answer.text
        (view,) = answer.json()
        assert (view["has_imap_password"], view["has_smtp_password"]) == (True, False)
        assert "imap_password" not in view
        row = await Mailbox.get(id=number)
        assert PASSWORD not in row.imap_password
        assert desk.desk.keys.open(row.imap_password) == PASSWORD
        assert changed == [number]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"imap_password": "wrong"}, "imap_password", "sign_in_refused"),
        ({"imap_host": "nowhere.invalid"}, "imap_host", "host_unknown"),
        ({"imap_port": 0}, "imap_port", None),
        ({"imap_folder": "Nothing/Here"}, "imap_folder", "folder_missing"),
        ({"imap_security": "tls"}, "imap_security", "tls_handshake"),
        ({"after_handling": "move"}, "move_to", None),
        ({"after_handling": "move", "move_to": "INBOX"}, "move_to", "same_folder"),
        ({"queue_id": 999_999}, "queue_id", None),
        ({"address": "no address"}, "address", None),
        ({"smtp_host": "nowhere.invalid"}, "smtp_host", "host_unknown"),
        ({"name": "  "}, "name", None),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_saved(
    desk: TestDesk, office: PostOffice, changes: dict[str, Any], field: str, code: str | None
) -> None:
    helmi = await desk.browser("helmi")
    answer = await helmi.post("/api/admin/mailboxes", json=await settings(office, **changes))
    problem = answer.json()
    assert answer.status_code in (400, 422), answer.text
    named = problem.get("field") or problem["errors"][0]["field"]
    assert named == field, answer.text
    assert code is None or problem["data"]["code"] == code
    assert await Mailbox.all().count() == 0


async def test_a_sender_that_the_server_refuses_is_said_at_the_address(desk: TestDesk, office: PostOffice) -> None:
    helmi = await desk.browser("helmi")
    async with scripted_smtp(on_mail=lambda _, __: "550 5.7.1 Not your address") as smtp:
        answer = await helmi.post("/api/admin/mailboxes", json=await settings(office, smtp_port=smtp.port))
    assert answer.status_code == 422
    assert answer.json()["field"] == "address"
    assert "Not your address" in answer.json()["detail"]


async def test_two_mailboxes_never_share_an_address(desk: TestDesk, office: PostOffice) -> None:
    async with saved(desk, office) as (helmi, _):
        answer = await helmi.post("/api/admin/mailboxes", json=await settings(office, address="HELP@desk.example"))
        assert (answer.status_code, answer.json()["field"]) == (422, "address")


async def test_the_test_uses_the_stored_password_where_none_is_given(desk: TestDesk, office: PostOffice) -> None:
    async with saved(desk, office) as (helmi, number):
        body = await settings(office, id=number)
        del body["imap_password"]
        answer = await helmi.post("/api/admin/mailboxes/test", json=body)
        assert answer.json()["imap"] == {
            "ok": True, "code": "ok", "message": answer.json()["imap"]["message"], "field": None
        }  # fmt: skip
        assert answer.json()["smtp"]["ok"] is True
        answer = await helmi.post("/api/admin/mailboxes/test", json={**body, "imap_password": "wrong"})
        assert (answer.json()["imap"]["code"], answer.json()["imap"]["field"]) == ("sign_in_refused", "imap_password")
        answer = await helmi.post("/api/admin/mailboxes/test", json={**body, "smtp_port": free_port()})
        assert (answer.json()["smtp"]["code"], answer.json()["smtp"]["field"]) == ("refused", "smtp_port")
        del body["id"]
        answer = await helmi.post("/api/admin/mailboxes/test", json=body)
        assert answer.json()["imap"]["ok"] is False, "nobody tries a stored password for another mailbox"
        row = await Mailbox.get(id=number)
        assert (row.smtp_port, desk.desk.keys.open(row.imap_password)) == (office.smtp_port, PASSWORD), "only tried"


async def test_changing_settings_leaves_lease_and_state_to_the_running_intake(
    desk: TestDesk, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the servers are tried, the intake renews its lease: saving must not bring the old one back."""
    async with saved(desk, office) as (helmi, number):
        from app.mailboxes import actions

        tried = actions.check_mailbox

        async def slowly(*arguments: Any) -> Any:
            result = await tried(*arguments)
            await Mailbox.filter(id=number).update(
                lease_owner="mail@1:abc:host", lease_token=41, intake_state="idle", sending_problem="old trouble"
            )
            return result

        monkeypatch.setattr(actions, "check_mailbox", slowly)
        answer = await helmi.patch(f"/api/admin/mailboxes/{number}", json={"name": "Help desk", "signature": " Bye\n"})
        assert answer.status_code == 200, answer.text
        row = await Mailbox.get(id=number)
        assert (row.name, row.signature, row.lease_owner, row.lease_token) == (
            "Help desk", " Bye\n", "mail@1:abc:host", 41
        )  # fmt: skip
        assert (row.intake_state, row.sending_problem) == ("idle", "")
        assert desk.desk.keys.open(row.imap_password) == PASSWORD, "a password that is not sent stays"


async def test_a_mailbox_can_be_switched_off_while_its_server_is_away(desk: TestDesk, office: PostOffice) -> None:
    async with saved(desk, office) as (helmi, number):
        answer = await helmi.patch(f"/api/admin/mailboxes/{number}", json={"active": False, "imap_port": free_port()})
        assert answer.status_code == 200, answer.text
        answer = await helmi.patch(f"/api/admin/mailboxes/{number}", json={"active": True})
        assert (answer.status_code, answer.json()["field"]) == (422, "imap_port")
        answer = await helmi.patch(f"/api/admin/mailboxes/{number}", json={"active": True, "skip_test": True})
        assert answer.status_code == 200


async def test_the_status_compares_ledger_and_server(desk: TestDesk, office: PostOffice) -> None:
    async with saved(desk, office) as (helmi, number):
        answer = await helmi.get(f"/api/admin/mailboxes/{number}/status")
        counted = {
            name: answer.json()[name] for name in ("ledger_count", "quarantined", "unhandled", "waiting", "failed")
        }
        assert counted == dict.fromkeys(counted, 0)
        assert (await helmi.get("/api/admin/mailboxes/999/status")).status_code == 404
