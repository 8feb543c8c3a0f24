"""The table of queues."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from app.fields import UtcDatetimeField
from app.people.models import Team


class Queue(Model):
    """Ordered work of a team, a case is in exactly one."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120, unique=True)
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "app.Team", related_name="queues", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    team_id: int | None
    escalation_queue: fields.ForeignKeyNullableRelation[Queue] = fields.ForeignKeyField(
        "app.Queue", related_name="escalates", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    escalation_queue_id: int | None
    sort = fields.IntField(default=0)
    purpose = fields.CharField(16, default="work")
    """work, escalation or spam."""
    archived = fields.BooleanField(default=False)
    created_at = UtcDatetimeField()

    class Meta:
        table = "queue"
