"""Files: streamed in, limited, handed out safely, and only to who may see the entry."""

from __future__ import annotations

import httpx
import pytest

from app.cases.files import NAME_LENGTH, download_headers, safe_name
from app.cases.models import File
from app.housekeeping import forget_uploads
from tests.support.casework import open_case
from tests.support.desk import Browser, TestDesk


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Aino\\kuva.png", "kuva.png"),
        ("счёт за ноябрь.pdf", "счёт за ноябрь.pdf"),
        ("\x00\r\n", "file"),
        ("...", "file"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 400 + ".pdf", "x" * (NAME_LENGTH - 4) + ".pdf"),
    ],
)
def test_a_file_name_is_safe_and_keeps_its_extension(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "application/javascript"])
def test_what_could_run_is_only_offered_for_download(kind: str) -> None:
    headers = download_headers(File(name='a"\r\nb.html', content_type=kind, size=1))
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert "\n" not in "".join(headers.values())
    assert "sandbox" in headers["Content-Security-Policy"]


async def upload(
    browser: Browser, content: bytes, name: str = "kuva.png", kind: str = "image/png"
) -> dict[str, object]:
    answer = await browser.post("/api/files", files={"file": (name, content, kind)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_an_upload_whose_answer_was_lost_is_one_file_when_it_is_repeated(desk: TestDesk) -> None:
    pavel, key = await desk.browser("pavel"), {"Idempotency-Key": "upload-of-the-oven"}

    async def send(content: bytes) -> httpx.Response:
        return await pavel.post("/api/files", files={"file": ("oven.png", content, "image/png")}, headers=key)

    first, again, other = await send(b"cold"), await send(b"cold"), await send(b"warm")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert await File.all().count() == 1


async def test_a_file_goes_with_its_message_and_comes_back_whole(desk: TestDesk) -> None:
    case, content = await open_case(desk), bytes(range(256)) * 5000
    maria, pavel, liisa = [await desk.browser(who) for who in ("maria", "pavel", "liisa")]
    sent = await upload(pavel, content)
    reply = await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "", "files": [sent["id"]]})
    assert reply.status_code == 201
    url = reply.json()["files"][0]["url"]
    for reader in (maria, pavel):
        got = await reader.get(url)
        assert (got.status_code, got.content) == (200, content)
        assert got.headers["content-type"] == "image/png"
    assert (await liisa.get(url)).status_code == 404


async def test_a_file_of_a_note_is_for_staff_only(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, pavel = await desk.browser("maria"), await desk.browser("pavel")
    sent = await upload(maria, b"secret", "invoice.pdf", "application/pdf")
    note = await maria.post(f"/api/cases/{case.id}/notes", json={"text": "See the file.", "files": [sent["id"]]})
    assert note.status_code == 201
    assert (await maria.get(str(sent["url"]))).content == b"secret"
    assert (await pavel.get(str(sent["url"]))).status_code == 404


async def test_nobody_else_may_take_or_read_an_upload_that_waits(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, pavel = await desk.browser("maria"), await desk.browser("pavel")
    sent = await upload(maria, b"mine")
    assert (await pavel.get(str(sent["url"]))).status_code == 404
    taken = await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "x", "files": [sent["id"]]})
    assert (taken.status_code, taken.json()["field"]) == (422, "files")


async def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(desk: TestDesk) -> None:
    pavel = await desk.browser("pavel")
    limit = desk.desk.settings.upload_limit
    answer = await pavel.post("/api/files", files={"file": ("big.bin", b"x" * (limit + 1), "application/zip")})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not await File.exists()
    assert [path for path in desk.desk.settings.files_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"hello", "text/plain"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\na\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"", "multipart/form-data"),
    ],
)
async def test_a_body_without_a_file_gets_a_clear_error(desk: TestDesk, body: bytes, kind: str) -> None:
    pavel = await desk.browser("pavel")
    answer = await pavel.post("/api/files", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["field"]) == (422, "file")


async def test_uploads_that_nobody_attached_go_after_a_day_but_shared_content_stays(desk: TestDesk) -> None:
    case = await open_case(desk)
    pavel = await desk.browser("pavel")
    kept, dropped, alone = [await upload(pavel, content) for content in (b"same", b"same", b"other")]
    await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "x", "files": [kept["id"]]})
    desk.clock.advance(hours=25)
    assert await forget_uploads(desk.desk) == 2
    assert (await pavel.get(str(kept["url"]))).content == b"same"
    assert not await File.exists(id__in=[dropped["id"], alone["id"]])
