"""Tables of the web edge: remembered answers of writes, and secrets of the installation."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from app.fields import UtcDatetimeField


class RememberedAnswer(Model):
    """What a write answered under its idempotency key. Claimed first if the write has several steps."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(80)
    """`user:7`, or `address:203.0.113.9` for somebody who has not signed in."""
    key = fields.CharField(80)
    request_digest = fields.CharField(64)
    """SHA-256 of method, path and body: the same key for another request is refused."""
    status = fields.SmallIntField(default=0)
    """HTTP; 0 while the write is under way."""
    body = fields.TextField(default="")
    created_at = UtcDatetimeField(db_index=True)

    class Meta:
        table = "remembered_answer"
        unique_together = (("scope", "key"),)


class InstallationSecret(Model):
    """A random key made at first start where the settings give none (reply addresses, sealed passwords)."""

    name = fields.CharField(40, primary_key=True)
    value = fields.CharField(128)

    class Meta:
        table = "installation_secret"
