"""Tables of macros and canned replies."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.cases.models import File
from app.fields import UtcDatetimeField
from app.people.models import Team, User
from app.queues.models import Queue


class CannedReply(Model):
    """Words that are written again and again, in one or more languages, with placeholders."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120)
    shortcut = fields.CharField(40, default="")
    texts = fields.JSONField[dict[str, str]](default=dict)
    """By language."""
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="canned_replies", on_delete=fields.OnDelete.CASCADE
    )
    owner_id: int
    shared = fields.BooleanField(default=False)
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "app.Team", related_name="canned_replies", null=True, on_delete=fields.OnDelete.CASCADE
    )
    team_id: int | None
    """Shared with its members alone."""
    queue: fields.ForeignKeyNullableRelation[Queue] = fields.ForeignKeyField(
        "app.Queue", related_name="canned_replies", null=True, on_delete=fields.OnDelete.CASCADE
    )
    queue_id: int | None
    """Offered on its cases alone."""
    created_at = UtcDatetimeField()
    updated_at = UtcDatetimeField()

    class Meta:
        table = "canned_reply"


class CannedReplyFile(Model):
    """A file that hangs on a canned reply, of which whoever uses the reply attaches a copy."""

    id = fields.IntField(primary_key=True)
    reply: fields.ForeignKeyRelation[CannedReply] = fields.ForeignKeyField(
        "app.CannedReply", related_name="hanging", on_delete=fields.OnDelete.CASCADE
    )
    reply_id: int
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField(
        "app.File", related_name="keepers", on_delete=fields.OnDelete.RESTRICT
    )
    file_id: int

    class Meta:
        table = "canned_reply_file"


class Macro(Model):
    """Several actions on a case, in order, under one name."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120)
    actions = fields.JSONField[list[dict[str, Any]]](default=list)
    """As app.macros.rules.Action reads them."""
    condition = fields.JSONField[dict[str, Any]](default=dict)
    """Offered where it holds; as app.cases.conditions reads it."""
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="macros", on_delete=fields.OnDelete.CASCADE
    )
    owner_id: int
    shared = fields.BooleanField(default=False)
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "app.Team", related_name="macros", null=True, on_delete=fields.OnDelete.CASCADE
    )
    team_id: int | None
    """Shared with its members alone."""
    queue: fields.ForeignKeyNullableRelation[Queue] = fields.ForeignKeyField(
        "app.Queue", related_name="macros", null=True, on_delete=fields.OnDelete.CASCADE
    )
    queue_id: int | None
    """Offered on its cases alone."""
    sort = fields.IntField(default=0)
    created_at = UtcDatetimeField()
    updated_at = UtcDatetimeField()

    class Meta:
        table = "macro"
