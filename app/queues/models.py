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
    rule = fields.JSONField[dict[str, object] | None](null=True)
    """Which new cases enter by themselves, as app.queues.conditions reads it; null: none."""
    priority_minutes = fields.IntField(null=True)
    """How much earlier each level of priority makes a case; null: priority stands above everything else."""
    due_weight = fields.SmallIntField(default=1, db_default=1)
    waiting_weight = fields.SmallIntField(default=0, db_default=0)
    """How much the due moment and the waiting time count beside each other."""
    class_minutes = fields.IntField(default=0, db_default=0)
    """How much earlier each level of the customer's class makes a case."""
    history_minutes = fields.IntField(default=0, db_default=0)
    """How much earlier a case is whose contact has been let down before."""
    languages = fields.JSONField[list[str] | None](null=True)
    """Languages that the team works in; null: every one."""
    skills = fields.JSONField[list[str] | None](null=True)
    """What somebody must know to be given a case of this queue."""
    calendar_id = fields.IntField(null=True)
    """Cases are assigned within these hours; null: always."""
    assigning = fields.CharField(16, default="manual", db_default="manual")
    """manual, round_robin or least_loaded."""
    capacity = fields.IntField(default=0, db_default=0)
    """Open cases that one person is given at most; 0: no limit."""
    silent_minutes = fields.IntField(null=True)
    """A case whose customer has waited for its owner this long goes back to the queue; null: never."""
    created_at = UtcDatetimeField()

    class Meta:
        table = "queue"
