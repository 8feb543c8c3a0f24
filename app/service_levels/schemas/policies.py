"""What policies look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from app.people.schemas.common import Input, Line
from app.service_levels.models import Policy
from app.service_levels.versions import Change


class PolicyOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    calendar_id: int
    version: int
    definition: dict[str, Any]
    sort: int
    active: bool

    @classmethod
    def of(cls, row: Policy) -> PolicyOut:
        return cls(
            id=row.id,
            name=row.name,
            calendar_id=row.calendar_id,
            version=row.version,
            definition=row.definition,
            sort=row.sort,
            active=row.active,
        )


class NewPolicy(Input):
    name: Line
    calendar_id: int
    definition: dict[str, Any]
    sort: int = 0
    active: bool = True


class ChangePolicy(Input):
    name: Line | UnsetType = UNSET
    calendar_id: int | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET
    sort: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class VersionOut(Struct, frozen=True, kw_only=True):
    """One version of a calendar or a policy: when, by whom (empty: by the desk itself), and what was changed."""

    version: int
    created_at: datetime
    by: str
    changes: list[Change]
