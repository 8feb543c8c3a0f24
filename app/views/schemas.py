"""What views look like on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from app.cases.conditions import case_condition, is_passing, is_personal
from app.people.schemas.common import Input, Line
from app.views.models import SavedView


class ViewOut(Struct, frozen=True, kw_only=True):
    """A view; `count` stops at 1000, which means that many or more."""

    id: int
    name: str
    shared: bool
    mine: bool
    condition: dict[str, Any]
    sort: int
    personal: bool
    """Its cases depend on who looks (unread, owner: me)."""
    passing: bool
    """Its cases change by time alone."""
    count: int

    @classmethod
    def of(cls, row: SavedView, *, user_id: int | None, count: int) -> ViewOut:
        condition = case_condition(row.condition)
        return cls(
            id=row.id,
            name=row.name,
            shared=row.shared,
            mine=row.owner_id == user_id,
            condition=row.condition,
            sort=row.sort,
            personal=is_personal(condition),
            passing=is_passing(condition),
            count=count,
        )


class NewView(Input):
    name: Line
    condition: dict[str, Any]
    shared: bool = False
    sort: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] = 0


class ChangeView(Input):
    name: Line | UnsetType = UNSET
    condition: dict[str, Any] | UnsetType = UNSET
    shared: bool | UnsetType = UNSET
    sort: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] | UnsetType = UNSET


class PreviewAsked(Input):
    condition: dict[str, Any]


class PreviewCount(Struct, frozen=True):
    """How many cases a condition finds now; 1000 means that many or more."""

    count: int
