"""The table of views: questions over all cases, kept under a name."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from app.fields import UtcDatetimeField
from app.people.models import User


class SavedView(Model):
    """A question over all cases, kept under a name, for its owner or for everybody."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="views", on_delete=fields.OnDelete.CASCADE
    )
    owner_id: int
    shared = fields.BooleanField(default=False)
    condition = fields.JSONField[dict[str, object]](default=dict)
    """As app.cases.conditions reads it."""
    sort = fields.IntField(default=0)
    created_at = UtcDatetimeField()
    updated_at = UtcDatetimeField()

    class Meta:
        table = "saved_view"
