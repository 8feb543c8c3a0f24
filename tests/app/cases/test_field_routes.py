"""Custom fields: defined by administration, filled in on cases, refused with the field's name where a value is none."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.fields import checked
from app.cases.models import Case
from app.errors import Invalid
from tests.support.casework import kinds, open_case
from tests.support.desk import Browser, TestDesk

URL = "/api/admin/fields"


async def define(olga: Browser, **changes: Any) -> Any:
    body = {"key": "oven", "names": {"en": "Oven", "fi": "Uuni"}, "kind": "text", **changes}
    return await olga.post(URL, json=body)


async def test_fields_are_defined_and_changed(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = await define(olga, kind="choice", choices=["Rack", "Deck"], required=True)
    assert made.status_code == 201, made.text
    changed = await olga.patch(f"{URL}/{made.json()['id']}", json={"choices": ["Rack", "Deck", "Stone"]})
    assert changed.json()["choices"] == ["Rack", "Deck", "Stone"]
    maria = await desk.browser("maria")
    assert [row["key"] for row in (await maria.get(URL)).json()] == ["oven"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "Oven"}, "key"),
        ({"key": "9oven"}, "key"),
        ({"key": "x" * 41}, "key"),
        ({"names": {"en": " "}}, "names"),
        ({"kind": "choice"}, "choices"),
        ({"kind": "choice", "choices": [" "]}, "choices"),
        ({"kind": "magic"}, "kind"),
    ],
)
async def test_wrong_definitions_are_refused_at_their_field(
    desk: TestDesk, changes: dict[str, Any], field: str
) -> None:
    olga = await desk.browser("olga")
    answer = await define(olga, **changes)
    problem = answer.json()
    assert answer.status_code in (400, 422)
    assert (problem.get("field") or problem["errors"][0]["field"]) == field


async def test_a_key_is_used_once(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    await define(olga)
    answer = await define(olga)
    assert (answer.status_code, answer.json()["field"]) == (422, "key")


async def test_agents_fill_fields_in_and_each_change_is_an_entry(desk: TestDesk) -> None:
    olga, maria = await desk.browser("olga"), await desk.browser("maria")
    await define(olga)
    await define(olga, key="ordered", names={"en": "Ordered"}, kind="date", required=True)
    case = await open_case(desk, "pavel")
    answer = await maria.patch(f"/api/cases/{case.id}", json={"custom": {"oven": "Rack 5", "ordered": "2026-03-01"}})
    assert answer.json()["custom"] == {"oven": "Rack 5", "ordered": "2026-03-01"}
    answer = await maria.patch(f"/api/cases/{case.id}", json={"custom": {"oven": None}})
    assert answer.json()["custom"] == {"ordered": "2026-03-01"}
    assert (await kinds(case)).count("fields_changed") == 2
    for wrong, field in (({"ordered": "tomorrow"}, "custom.ordered"), ({"lamp": "x"}, "custom.lamp")):
        answer = await maria.patch(f"/api/cases/{case.id}", json={"custom": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await Case.get(id=case.id)).custom == {"ordered": "2026-03-01"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", ["", "Rack"], [5, True, "x" * 4_001]),
        ("number", [5, 2.5, -1], ["5", True, [1]]),
        ("switch", [True, False], [1, "true"]),
        ("choice", ["Rack"], ["rack", "", 1]),
        ("date", ["2026-02-28"], ["2026-02-30", "28.2.2026", 20260228]),
    ],
)
def test_what_each_kind_takes(kind: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert checked(kind, ["Rack"], value, field="custom.oven") == value
    for value in bad:
        with pytest.raises(Invalid) as refused:
            checked(kind, ["Rack"], value, field="custom.oven")
        assert refused.value.field == "custom.oven"
