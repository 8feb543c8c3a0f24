"""Tables of cases: the row, its feed, files, participants and read positions; only app.cases.actions writes them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.fields import UtcDatetimeField
from app.people.models import Account, Contact, User
from app.queues.models import Queue


class Status(Model):
    """A step in the life of a case, what the rules look at is its category."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(40, unique=True)
    category = fields.CharField(16)
    """new, open, waiting, on_hold, resolved or closed."""
    names = fields.JSONField[dict[str, str]](default=dict)
    """Name per language."""
    sort = fields.IntField(default=0)
    default = fields.BooleanField(default=False)
    """The status taken when an action asks only for the category."""

    class Meta:
        table = "status"


class Case(Model):
    """One request of one contact. Its columns are caches of its entries, set in the same transaction."""

    id = fields.IntField(primary_key=True)
    number = fields.IntField(null=True, unique=True)
    """The number that people say; its id and NUMBER_OFFSET, set in the transaction that opens the case."""
    subject = fields.CharField(400)
    status: fields.ForeignKeyRelation[Status] = fields.ForeignKeyField(
        "app.Status", related_name="cases", on_delete=fields.OnDelete.RESTRICT
    )
    status_id: int
    category = fields.CharField(16)
    priority = fields.SmallIntField(default=2)
    """1 low, 2 normal, 3 high, 4 urgent."""
    queue: fields.ForeignKeyRelation[Queue] = fields.ForeignKeyField(
        "app.Queue", related_name="cases", on_delete=fields.OnDelete.RESTRICT
    )
    queue_id: int
    owner: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="owned_cases", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    owner_id: int | None
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "app.Contact", related_name="cases", on_delete=fields.OnDelete.RESTRICT
    )
    contact_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "app.Account", related_name="cases", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    account_id: int | None
    channel = fields.CharField(16)
    """mail, portal, widget, agent or api: where the case came from."""
    mailbox_id = fields.IntField(null=True)
    """The mailbox that answers go out from, for cases that came by mail."""
    language = fields.CharField(8, default="en")
    tags = fields.JSONField[list[str]](default=list)
    custom = fields.JSONField[dict[str, object]](default=dict)
    last_position = fields.IntField(default=0)
    last_public_position = fields.IntField(default=0)
    change_mark = fields.BigIntField(default=0)
    """Grows with every committed change of any case; see app.cases.changes."""
    preview = fields.CharField(200, default="")
    """Beginning of the last public message."""
    opened_at = UtcDatetimeField()
    updated_at = UtcDatetimeField()
    public_at = UtcDatetimeField()
    """When the last public entry came: the only "last changed" that customers see."""
    waiting_since = UtcDatetimeField(null=True)
    """When the first customer message came that nobody has answered yet."""
    first_replied_at = UtcDatetimeField(null=True)
    resolved_at = UtcDatetimeField(null=True)
    closed_at = UtcDatetimeField(null=True)
    escalated_at = UtcDatetimeField(null=True)
    merged_into_id = fields.IntField(null=True)
    """The case in which this one goes on."""
    next_due_at = UtcDatetimeField(null=True)
    """The earliest due moment of its running clocks; a cache set by the service-level bridge."""
    snoozed_until = UtcDatetimeField(null=True)
    """Put off until then: on no list of work before."""
    shelf = fields.SmallIntField(default=0, db_default=0)
    """0 work, 1 snoozed, 2 done; kept by the database, see app.cases.order."""
    work_rank = fields.BigIntField(default=0, db_default=0)
    """Its place in the order of work, the smallest first; kept by the database, see app.cases.order."""

    class Meta:
        table = "desk_case"
        indexes = (
            Index(fields=("queue_id", "shelf", "work_rank", "id")),
            Index(fields=("queue_id", "shelf", "next_due_at")),
            Index(fields=("shelf", "work_rank", "id")),
            Index(fields=("queue_id", "category", "priority", "next_due_at", "id")),
            Index(fields=("change_mark",)),
            Index(fields=("contact_id", "id")),
            Index(fields=("account_id", "id")),
            Index(fields=("owner_id", "category")),
        )


class Entry(Model):
    """One line of the case feed. Never changed or deleted."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="entries", on_delete=fields.OnDelete.RESTRICT
    )
    case_id: int
    position = fields.IntField()
    public_position = fields.IntField(null=True)
    """Place among the entries that customers see; null where they do not see it."""
    kind = fields.CharField(24)
    audience = fields.CharField(8)
    """public or internal."""
    author_kind = fields.CharField(8)
    """staff, contact or system."""
    author_user_id = fields.IntField(null=True)
    author_contact_id = fields.IntField(null=True)
    author_name = fields.CharField(200)
    text = fields.TextField(default="")
    html = fields.TextField(null=True)
    """Sanitised; shown instead of the text where present."""
    data = fields.JSONField[dict[str, object]](default=dict)
    amends = fields.IntField(null=True)
    """The position that this entry edits or redacts."""
    client_id = fields.CharField(64, null=True)
    created_at = UtcDatetimeField()

    class Meta:
        table = "entry"
        unique_together = (("case", "position"), ("case", "public_position"), ("case", "client_id"))


class File(Model):
    """A named file, its bytes stand in the store under their SHA-256. Without an entry it is an upload in waiting.

    Or something else keeps it (`keepers`): a canned reply, whose users attach copies of it.
    """

    id = fields.IntField(primary_key=True)
    digest = fields.CharField(64, db_index=True)
    name = fields.CharField(255)
    content_type = fields.CharField(127)
    size = fields.BigIntField()
    entry: fields.ForeignKeyNullableRelation[Entry] = fields.ForeignKeyField(
        "app.Entry", related_name="files", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: int | None
    uploaded_by_id = fields.IntField(null=True)
    content_id = fields.CharField(255, null=True)
    inline = fields.BooleanField(default=False)
    created_at = UtcDatetimeField()

    class Meta:
        table = "file"


class Participant(Model):
    """A contact who takes part in a case beside its own contact (written to in copy)."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="participants", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "app.Contact", related_name="participations", on_delete=fields.OnDelete.CASCADE
    )
    contact_id: int

    class Meta:
        table = "participant"
        unique_together = (("case", "contact"),)


class CaseLink(Model):
    """Two cases that have to do with each other, one row for each direction."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="links", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    other: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="linked_from", on_delete=fields.OnDelete.CASCADE
    )
    other_id: int

    class Meta:
        table = "case_link"
        unique_together = (("case", "other"),)


class BulkChange(Model):
    """What one change of many cases did to each, so that it can be taken back."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField(null=True)
    at = UtcDatetimeField()
    cases = fields.JSONField[dict[str, dict[str, dict[str, object]]]](default=dict)
    """By the id of the case: the columns that changed, before and after."""
    undone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "bulk_change"


class ReadPosition(Model):
    """How far a user has read a case (in the positions that user sees)."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="read_positions", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="read_positions", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    position = fields.IntField()
    at = UtcDatetimeField()

    class Meta:
        table = "read_position"
        unique_together = (("case", "user"),)
        indexes = (Index(fields=("at",)),)


class FieldDefinition(Model):
    """A custom field that cases may carry: `kind` is text, number, date, choice or switch."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(40, unique=True)
    names = fields.JSONField[dict[str, str]](default=dict)
    kind = fields.CharField(12)
    choices = fields.JSONField[list[str]](default=list)
    required = fields.BooleanField(default=False)
    customer_visible = fields.BooleanField(default=False)
    sort = fields.IntField(default=0)

    class Meta:
        table = "field_definition"


class QueueTally(Model):
    """Changes of how many cases a queue holds, their sum is the number, see app.cases.counters."""

    id = fields.BigIntField(primary_key=True)
    queue_id = fields.IntField()
    category = fields.CharField(16)
    shelf = fields.SmallIntField()
    cases = fields.IntField()
    unowned = fields.IntField()

    class Meta:
        table = "queue_tally"
        indexes = (Index(fields=("queue_id", "shelf", "category")),)
