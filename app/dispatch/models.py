"""Tables of dispatch: what a case does by itself at a moment, and how each agent works."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.cases.models import Case
from app.fields import UtcDatetimeField
from app.people.models import User


class CaseTimer(Model):
    """What happens to a case by itself at a moment, at most one of a kind: `snooze`, `lease` or `silence`."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="timers", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    kind = fields.CharField(12)
    user_id = fields.IntField(null=True)
    """Whom it is about: who holds the lease, or whose silence is measured."""
    wake_at = UtcDatetimeField(null=True)
    claim_at = UtcDatetimeField(null=True)
    """From when on a worker may take it; the timer loop reads this index."""
    claim_token = fields.BigIntField(default=0)
    """Grows with every claim and every change, so that late writers are found out."""

    class Meta:
        table = "case_timer"
        unique_together = (("case", "kind"),)
        indexes = (Index(fields=("claim_at",)), Index(fields=("user_id", "kind")))


class AgentState(Model):
    """How an agent works: on duty or not, in which languages, with which skills, with how many cases at once."""

    id = fields.IntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="agent_state", unique=True, on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    on_duty = fields.BooleanField(default=True)
    """The switch; who is on duty and present is given cases."""
    present_at = UtcDatetimeField(null=True)
    """When a screen of theirs was last seen to be open."""
    languages = fields.JSONField[list[str]](default=list)
    """Empty: every one."""
    skills = fields.JSONField[list[str]](default=list)
    capacity = fields.IntField(null=True)
    """Open cases at most; null: what the queue says."""
    given_at = UtcDatetimeField(null=True)
    """When they were last given a case: who has waited longest is next."""

    class Meta:
        table = "agent_state"
