"""Tables of service levels: calendars, policies, and the running clocks of cases with their next moments."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.cases.models import Case
from app.fields import UtcDatetimeField


class Calendar(Model):
    """Opening hours, `definition` is what sla.calendar builds its value from."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120, unique=True)
    definition = fields.JSONField[dict[str, object]]()
    version = fields.IntField(default=1)
    updated_at = UtcDatetimeField()

    class Meta:
        table = "calendar"


class Policy(Model):
    """Promises chosen by condition, `definition` is what sla.policy builds its value from. Tried in order of `sort`."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120, unique=True)
    calendar: fields.ForeignKeyRelation[Calendar] = fields.ForeignKeyField(
        "app.Calendar", related_name="policies", on_delete=fields.OnDelete.RESTRICT
    )
    calendar_id: int
    definition = fields.JSONField[dict[str, object]]()
    version = fields.IntField(default=1)
    sort = fields.IntField(default=0)
    active = fields.BooleanField(default=True)
    updated_at = UtcDatetimeField()

    class Meta:
        table = "policy"


class PolicyVersion(Model):
    """What a policy and its calendar were at one time, never changed, so that a promise outlives every change."""

    id = fields.IntField(primary_key=True)
    policy: fields.ForeignKeyRelation[Policy] = fields.ForeignKeyField(
        "app.Policy", related_name="versions", on_delete=fields.OnDelete.RESTRICT
    )
    policy_id: int
    version = fields.IntField()
    definition = fields.JSONField[dict[str, object]]()
    """The whole policy as sla.policy writes it, with key, name, calendar and version."""
    calendar = fields.JSONField[dict[str, object]]()
    created_at = UtcDatetimeField()

    class Meta:
        table = "policy_version"
        unique_together = (("policy", "version"),)


class CaseClock(Model):
    """The running state of one promise on one case, `state` is an sla clock, and `wake_at` its next moment."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="clocks", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    kind = fields.CharField(20)
    """first_response, next_response or resolution."""
    policy: fields.ForeignKeyRelation[Policy] = fields.ForeignKeyField(
        "app.Policy", related_name="clocks", on_delete=fields.OnDelete.RESTRICT
    )
    policy_id: int
    pinned = fields.JSONField[list[dict[str, object]]](default=list)
    """Which terms have held from which position of the feed on; the last ones hold now. See rules.Pin."""
    phase = fields.CharField(12)
    """running, paused, met, breached …: the state's name, for lists."""
    state = fields.JSONField[dict[str, object]]()
    due_at = UtcDatetimeField(null=True)
    fired = fields.JSONField[list[str]](default=list)
    wake_at = UtcDatetimeField(null=True)
    """The moment of the next step."""
    claim_at = UtcDatetimeField(null=True)
    """From when on a worker may take it: `wake_at`, the end of a lease, or a retry. The timer loop reads this index."""
    claim_token = fields.BigIntField(default=0)
    """Grows with every claim and every change of the timer, so that late writers are found out."""

    class Meta:
        table = "case_clock"
        unique_together = (("case", "kind"),)
        indexes = (Index(fields=("claim_at",)),)
