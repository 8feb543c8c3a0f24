"""How the desk presents itself: one row of branding and portal choices."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from app.fields import UtcDatetimeField


class Branding(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(120, default="Casefeed")
    colour = fields.CharField(7, default="#4f46e5")
    """Primary colour as #rrggbb."""
    logo_digest = fields.CharField(64, null=True)
    logo_type = fields.CharField(64, default="")
    languages = fields.JSONField[list[str]](default=list)
    registration_open = fields.BooleanField(default=True)
    signature = fields.TextField(default="", db_default="")
    """Of every mail from a mailbox without its own."""
    updated_at = UtcDatetimeField()

    class Meta:
        table = "branding"
