"""Who sees which entries: the one filter, required wherever entries are read."""

from __future__ import annotations

from enum import Enum

from tortoise.queryset import QuerySet

from app.cases.models import Entry


class Sight(Enum):
    """How much of a feed a reader sees. There is no default anywhere: each caller says who looks."""

    STAFF = "staff"
    CUSTOMER = "customer"


def visible(entries: QuerySet[Entry], *, seen_by: Sight) -> QuerySet[Entry]:
    """`entries` that this reader may see."""
    if seen_by is Sight.CUSTOMER:
        return entries.filter(audience="public", public_position__isnull=False)
    return entries


def place(*, seen_by: Sight) -> str:
    """The column in which this reader counts the entries of a case."""
    return "public_position" if seen_by is Sight.CUSTOMER else "position"
