"""Making models only when asked changes nothing of what the history does to a database."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise import connections, fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import Migration
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from app.database import database
from app.schema_history import SchemaExecutor, SchemaState

KEPT = {"app": "default"}
ID = ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True))


def to(model: str, related_name: str, **options: Any) -> Any:
    return fields.ForeignKeyField(model, related_name=related_name, on_delete=OnDelete.CASCADE, **options)


class Bakery(Migration):
    """Every kind of step, among them a model that refers to one which comes after it."""

    operations = [  # noqa: RUF012  # Tortoise reads it so
        ops.CreateModel("Loaf", [ID, ("oven", to("app.Oven", "loaves", source_field="oven_id"))], {"table": "loaf"}),
        ops.CreateModel("Oven", [ID, ("name", fields.CharField(max_length=20))], {"table": "oven"}),
        ops.CreateModel("Order", [ID, ("loaf", to("app.Loaf", "orders", null=True))], {"table": "bread_order"}),
        ops.AddField("Oven", "heat", fields.IntField(default=0, db_default=0)),
        ops.AddField("Loaf", "second_oven", to("app.Oven", "seconds", null=True)),
        ops.AddIndex("Oven", Index(fields=("heat", "name"), name="by_heat")),
        ops.RenameIndex("Oven", "by_warmth", old_name="by_heat"),
        ops.AddConstraint("Oven", UniqueConstraint(fields=("name",), name="one_name")),
        ops.RenameField("Oven", "heat", "warmth"),
        ops.AlterField("Oven", "name", fields.CharField(max_length=40)),
        ops.AddField("Order", "oven", to("app.Oven", "requests", null=True)),
        ops.RemoveField("Loaf", "second_oven"),
        ops.DeleteModel("Order"),
    ]


def editor_of_open_database(*, collect_sql: bool) -> BaseSchemaEditor:
    executor = SchemaExecutor(connections.get("default"), {})
    return executor._schema_editor(atomic=False, collect_sql=collect_sql)


async def statements(state: State) -> list[str]:
    """What the steps would tell the open database."""
    editor = editor_of_open_database(collect_sql=True)
    await Bakery("0001_bakery", "app").apply(state, schema_editor=editor, collect_sql=True)
    return editor.collected_sql


async def test_every_step_says_the_same_as_with_all_models_made(empty_database: str) -> None:
    async with database(empty_database):
        told = await statements(SchemaState.of({}, KEPT))
        assert len([line for line in told if not line.startswith("--")]) > 10
        assert told == await statements(State(models={}, apps=StateApps(default_connections=KEPT)))


async def test_a_step_sees_the_models_as_they_were_before_it(empty_database: str) -> None:
    async with database(empty_database):
        state = SchemaState.of({}, KEPT)
        for step in Bakery.operations[:3]:
            step.state_forward("app", state)
        before = state.clone()
        Bakery.operations[3].state_forward("app", state)
        assert "heat" in state.apps.get_model("app.Oven")._meta.fields
        assert "heat" not in before.apps.get_model("app.Oven")._meta.fields


async def test_what_refers_to_nothing_is_refused(empty_database: str) -> None:
    async with database(empty_database):
        state = SchemaState.of({}, KEPT)
        Bakery.operations[0].state_forward("app", state)
        with pytest.raises(RuntimeError, match=r"app\.Loaf refers to app\.Oven"):
            state.validate_relations_initialized()
        with pytest.raises(KeyError):
            state.apps.get_model("app.Oven")


async def test_a_step_in_python_may_ask_its_models(empty_database: str) -> None:
    async with database(empty_database):
        state, bakery = SchemaState.of({}, KEPT), Bakery("0001_bakery", "app")
        loaf, oven, order = bakery.operations[:3]
        bakery.operations = [oven, loaf, order]
        await bakery.apply(state, schema_editor=editor_of_open_database(collect_sql=False))
        one = await state.apps.get_model("app.Oven").create(name="Old one")
        await state.apps.get_model("app.Loaf").create(oven=one)
        assert await state.apps.get_model("app.Loaf").filter(oven__name="Old one").count() == 1
