"""The example of docs/api.md runs as it is printed, and the page's promises about writing and reading hold."""

from __future__ import annotations

import asyncio
import re

from tests.support.desk import PASSWORD, TestDesk
from tests.support.sources import text


def example(desk: TestDesk) -> str:
    [code] = re.findall(r"```python\n(.*?)```", text("docs/api.md"), re.DOTALL)
    assert "http://127.0.0.1:8000" in code
    return code.replace("http://127.0.0.1:8000", desk.url).replace("casefeed-demo", PASSWORD)


async def test_the_example_runs(desk: TestDesk) -> None:
    lines: list[str] = []

    def told(*parts: object) -> None:
        lines.append(" ".join(map(str, parts)))

    await asyncio.to_thread(exec, compile(example(desk), "docs/api.md", "exec"), {"print": told})
    assert re.match(r"1 opened .* Called this morning: oven 2 does not heat\.$", lines[0])
    assert any(re.match(r"\d+ message Maria Keller A technician comes at three\.$", line) for line in lines[1:])
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))


async def test_a_repeated_write_is_answered_and_not_done_again(desk: TestDesk) -> None:
    maria, key = await desk.browser("maria"), {"Idempotency-Key": "7a5b2c1e-oven"}
    body = {"subject": "Ovens", "text": "Cold.", "contact": {"name": "Aino", "address": "aino@northwind.example"}}
    first = await maria.post("/api/cases", json=body, headers=key)
    again = await maria.post("/api/cases", json=body, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await maria.post("/api/cases", json={**body, "subject": "Other"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_an_unchanged_list_is_not_sent_again(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    tag = (await maria.get("/api/queues")).headers["etag"]
    answer = await maria.get("/api/queues", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_program_writes_with_a_token_alone(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    made = await maria.post("/api/tokens", json={"name": "Night report", "scopes": ["read"]})
    program = await desk.stranger(Authorization=f"Bearer {made.json()['token']}")
    assert (await program.get("/api/queues")).status_code == 200
    refused = await program.post("/api/cases", json={"subject": "Ovens", "text": "Cold.", "contact_id": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
