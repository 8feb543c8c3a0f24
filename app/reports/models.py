"""Tables of reports: what happened to cases and how promises ended, copied from the feeds so that sums are quick."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.cases.models import Case
from app.fields import UtcDatetimeField


class Milestone(Model):
    """A turn in the life of a case, with who had it then. Written in the transaction of the entry at `position`."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="milestones", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    position = fields.IntField()
    kind = fields.CharField(12)
    """opened, answered, resolved, reopened, dropped or restored; left and entered where its queue changed."""
    at = UtcDatetimeField()
    seconds = fields.BigIntField()
    """Since the case was opened, around the clock."""
    queue_id = fields.IntField()
    owner_id = fields.IntField(null=True)
    account_id = fields.IntField(null=True)

    class Meta:
        table = "report_milestone"
        unique_together = (("case", "position", "kind"),)
        indexes = (Index(fields=("kind", "at")),)


class Judgement(Model):
    """How one promise ended, with who had the case then. Withdrawn when the promise is owed again."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="judgements", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    kind = fields.CharField(20)
    """first_response, next_response or resolution."""
    started_at = UtcDatetimeField()
    at = UtcDatetimeField()
    """When it was kept, or the due moment at which it was broken."""
    kept = fields.BooleanField()
    queue_id = fields.IntField()
    owner_id = fields.IntField(null=True)
    account_id = fields.IntField(null=True)

    class Meta:
        table = "report_judgement"
        unique_together = (("case", "kind", "started_at"),)
        indexes = (Index(fields=("at", "kept")),)
