"""Definitions of custom fields: read by all staff, set by those who may administer them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from app.cases.models import FieldDefinition
from app.database import Work
from app.errors import Invalid, NotFound
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
Kind = Literal["text", "number", "date", "choice", "switch"]


class FieldView(Struct, kw_only=True):
    id: int
    key: str
    names: dict[str, str]
    kind: str
    choices: list[str]
    required: bool
    customer_visible: bool
    sort: int

    @classmethod
    def of(cls, row: FieldDefinition) -> FieldView:
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class NewField(Struct, kw_only=True, forbid_unknown_fields=True):
    key: str
    names: dict[str, str]
    kind: Kind
    choices: Annotated[list[str], Meta(max_length=200)] = []
    required: bool = False
    customer_visible: bool = False
    sort: int = 0


class ChangeField(Struct, kw_only=True, forbid_unknown_fields=True):
    """The key and the kind stay: cases hold values under them."""

    names: dict[str, str] | UnsetType = UNSET
    choices: Annotated[list[str], Meta(max_length=200)] | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    customer_visible: bool | UnsetType = UNSET
    sort: int | UnsetType = UNSET


@get("/api/admin/fields", summary="Custom fields of cases", tags=["Administration"])
async def list_fields(staff: ThePerson) -> list[FieldView]:
    return [FieldView.of(row) for row in await FieldDefinition.all().order_by("sort", "id")]


@post("/api/admin/fields", status_code=201, summary="Add a custom field", tags=["Administration"])
async def add_field(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewField]
) -> Response[FieldView]:
    require(may_administer(staff, "fields"))
    if not KEY.fullmatch(data.key):
        raise Invalid("A key is lower-case letters, digits and _, beginning with a letter.", field="key")
    _check(data.names, data.kind, data.choices)

    async def add(_: Work) -> FieldView:
        if await FieldDefinition.exists(key=data.key):
            raise Invalid("There is a field with this key already.", field="key")
        columns = {name: getattr(data, name) for name in data.__struct_fields__}
        return FieldView.of(await FieldDefinition.create(**columns))

    return await write(request, desk, add, status=201)


@patch("/api/admin/fields/{field_id:int}", summary="Change a custom field", tags=["Administration"])
async def change_field(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    field_id: FromPath[int],
    data: JSONBody[ChangeField],
) -> Response[FieldView]:
    require(may_administer(staff, "fields"))

    async def change(_: Work) -> FieldView:
        row = await FieldDefinition.get_or_none(id=field_id)
        if row is None:
            raise NotFound("There is no such field.")
        for name in data.__struct_fields__:
            if (value := getattr(data, name)) is not UNSET:
                setattr(row, name, value)
        _check(row.names, row.kind, row.choices)
        await row.save()
        return FieldView.of(row)

    return await write(request, desk, change)


def _check(names: dict[str, str], kind: str, choices: list[str]) -> None:
    if not any(name.strip() for name in names.values()):
        raise Invalid("Give the field a name in at least one language.", field="names")
    if kind == "choice" and not [choice for choice in choices if choice.strip()]:
        raise Invalid("Give at least one choice.", field="choices")


ROUTES = [list_fields, add_field, change_field]
