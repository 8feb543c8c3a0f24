"""The table of notifications: a numbered list per user, so that a socket can catch up on it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from app.fields import UtcDatetimeField
from app.people.models import User


class Notification(Model):
    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="notifications", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    position = fields.IntField()
    kind = fields.CharField(24)
    """assigned, escalated, warning, mail_failed, mailbox_failed or customer_replied."""
    case_id = fields.IntField(null=True)
    data = fields.JSONField[dict[str, object]](default=dict)
    created_at = UtcDatetimeField()
    read_at = UtcDatetimeField(null=True)

    class Meta:
        table = "notification"
        unique_together = (("user", "position"),)
