"""Tables of what people are told: a numbered list per user, who watches which case, and pushes to browsers."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.cases.models import Case
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
    """One of app.notifications.rules.KINDS."""
    case_id = fields.IntField(null=True)
    data = fields.JSONField[dict[str, object]](default=dict)
    created_at = UtcDatetimeField()
    read_at = UtcDatetimeField(null=True)

    class Meta:
        table = "notification"
        unique_together = (("user", "position"),)
        indexes = (Index(fields=("user_id", "read_at")),)


class NoticeChoice(Model):
    """What a user wants to be told, and how. Without a row it is what app.notifications.rules proposes."""

    id = fields.IntField(primary_key=True)
    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "app.User", related_name="notice_choice", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    channels = fields.JSONField[dict[str, list[str]]](default=dict)
    """Channels by kind; a kind that is not named is as proposed."""

    class Meta:
        table = "notice_choice"


class Watch(Model):
    """A user wants to be told of new entries of a case that is not theirs."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "app.Case", related_name="watches", on_delete=fields.OnDelete.CASCADE
    )
    case_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="watches", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    created_at = UtcDatetimeField()

    class Meta:
        table = "watch"
        unique_together = (("case", "user"),)


class PushSubscription(Model):
    """A browser that takes Web Push messages (RFC 8030) for a user, until its session ends."""

    id = fields.IntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="push_subscriptions", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    session_id = fields.IntField()
    """The session in which it was made; ended sessions are pushed nothing."""
    endpoint = fields.TextField()
    endpoint_hash = fields.CharField(64, unique=True)
    """SHA-256 of the endpoint, in hex: text that long cannot be unique by itself everywhere."""
    p256dh = fields.CharField(120)
    auth = fields.CharField(40)
    created_at = UtcDatetimeField()
    sent_at = UtcDatetimeField(null=True)

    class Meta:
        table = "push_subscription"


class PushMessage(Model):
    """A push on its way to one browser, claimed by lease and forgotten when it was taken or came too late."""

    id = fields.BigIntField(primary_key=True)
    subscription: fields.ForeignKeyRelation[PushSubscription] = fields.ForeignKeyField(
        "app.PushSubscription", related_name="messages", on_delete=fields.OnDelete.CASCADE
    )
    subscription_id: int
    payload = fields.JSONField[dict[str, object]]()
    created_at = UtcDatetimeField()
    due_at = UtcDatetimeField()
    """When it may be tried (next); while it is claimed, when the claim ends."""
    claim = fields.IntField(default=0)
    """Grows with every claim: who holds an older number has lost it."""
    attempts = fields.IntField(default=0)

    class Meta:
        table = "push_message"
        indexes = (Index(fields=("due_at",)),)
