"""Colleagues that a note names."""

from __future__ import annotations

from typing import Any

from app.errors import Invalid
from app.people.queries import colleagues_named


async def mentions_of(ids: list[int]) -> dict[str, Any]:
    """The colleagues that a note names, as its data. Raises Invalid."""
    people = await colleagues_named(ids)
    if len(people) != len(set(ids)):
        raise Invalid("Only active colleagues can be mentioned.", field="mentions")
    return {"mentions": [{"id": one.id, "name": one.name} for one in people]} if people else {}
