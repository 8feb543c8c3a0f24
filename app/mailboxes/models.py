"""Tables of mail: mailboxes, the ledger of inbound e-mail, the outbox, and the templates of notices."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.fields import UtcDatetimeField
from app.queues.models import Queue


class Mailbox(Model):
    """An IMAP account that cases come from and the SMTP account that answers leave by. Passwords are sealed."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(120)
    address = fields.CharField(320, unique=True)
    sender_name = fields.CharField(120, default="")
    queue: fields.ForeignKeyRelation[Queue] = fields.ForeignKeyField(
        "app.Queue", related_name="mailboxes", on_delete=fields.OnDelete.RESTRICT
    )
    queue_id: int
    language = fields.CharField(8, default="en")
    signature = fields.TextField(default="")
    imap_host = fields.CharField(255)
    imap_port = fields.IntField(default=993)
    imap_security = fields.CharField(8, default="tls")
    """tls, starttls or none."""
    imap_user = fields.CharField(320)
    imap_password = fields.TextField(default="")
    imap_folder = fields.CharField(255, default="INBOX")
    after_handling = fields.CharField(8, default="flag")
    """leave, flag, move or delete."""
    move_to = fields.CharField(255, default="")
    smtp_host = fields.CharField(255)
    smtp_port = fields.IntField(default=587)
    smtp_security = fields.CharField(8, default="starttls")
    smtp_user = fields.CharField(320, default="")
    smtp_password = fields.TextField(default="")
    account_id = fields.IntField(null=True)
    """The company of contacts who write for the first time and whose domain belongs to none."""
    oauth_provider = fields.CharField(12, default="", db_default="")
    """google, microsoft, other, or empty: the mailbox signs in with its passwords."""
    oauth_tenant = fields.CharField(120, default="", db_default="")
    oauth_client_id = fields.CharField(255, default="", db_default="")
    oauth_client_secret = fields.TextField(default="", db_default="")
    oauth_authorise_url = fields.CharField(500, default="", db_default="")
    oauth_token_url = fields.CharField(500, default="", db_default="")
    oauth_scopes = fields.CharField(500, default="", db_default="")
    oauth_refresh_token = fields.TextField(default="", db_default="")
    oauth_access_token = fields.TextField(default="", db_default="")
    oauth_expires_at = UtcDatetimeField(null=True)
    oauth_problem = fields.TextField(default="", db_default="")
    """Why the provider gives no token any more; it is not asked again before somebody connects the mailbox anew."""
    send_connections = fields.IntField(default=2, db_default=2)
    """Connections to the SMTP server at once."""
    send_per_minute = fields.IntField(default=0, db_default=0)
    """Mails a minute that the provider allows; 0: as many as it takes."""
    spam_filters = fields.CharField(200, default="", db_default="")
    """Filters whose headers are believed, names of mail.spam.FILTERS with commas between them."""
    spam_server = fields.CharField(255, default="", db_default="")
    """The server whose headers are believed, where a filter names its server; empty: any."""
    active = fields.BooleanField(default=True)
    intake_state = fields.CharField(12, default="stopped")
    """stopped, connecting, idle, polling or failed."""
    intake_problem = fields.TextField(default="")
    sending_paused_until = UtcDatetimeField(null=True)
    sending_problem = fields.TextField(default="")
    server_count = fields.IntField(null=True)
    checked_at = UtcDatetimeField(null=True)
    lease_owner = fields.CharField(64, null=True)
    lease_token = fields.BigIntField(default=0)
    lease_until = UtcDatetimeField(null=True)
    created_at = UtcDatetimeField()

    class Meta:
        table = "mailbox"


class RawMail(Model):
    """The bytes of a message as they came, compressed with zstandard."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(64)
    size = fields.BigIntField()
    content = fields.BinaryField()

    class Meta:
        table = "raw_mail"


class InboundEmail(Model):
    """One row of the ledger per message on the server, it gets exactly one outcome."""

    id = fields.BigIntField(primary_key=True)
    mailbox: fields.ForeignKeyRelation[Mailbox] = fields.ForeignKeyField(
        "app.Mailbox", related_name="inbound", on_delete=fields.OnDelete.RESTRICT
    )
    mailbox_id: int
    folder = fields.CharField(255, default="INBOX")
    uid_validity = fields.BigIntField()
    uid = fields.BigIntField()
    raw_mail: fields.ForeignKeyRelation[RawMail] = fields.ForeignKeyField(
        "app.RawMail", related_name="inbound", on_delete=fields.OnDelete.RESTRICT
    )
    raw_mail_id: int
    message_key = fields.CharField(512, db_index=True)
    """Its Message-ID, or a digest where it has none; cut to 512 characters."""
    from_address = fields.CharField(320, default="")
    subject = fields.CharField(400, default="")
    outcome = fields.CharField(16, default="stored")
    """stored, opened, joined, automatic, bounce, duplicate, own, ignored or quarantined."""
    reason = fields.CharField(60, default="")
    detail = fields.TextField(default="")
    case_id = fields.IntField(null=True)
    position = fields.IntField(null=True)
    attempts = fields.IntField(default=0)
    received_at = UtcDatetimeField()
    handled_at = UtcDatetimeField(null=True)
    acknowledged_at = UtcDatetimeField(null=True)
    """When the flag was set, or the message moved or deleted, on the server."""
    gone_at = UtcDatetimeField(null=True)
    """Since when the folder on the server holds it no longer: moved or deleted by the desk, or by people."""

    class Meta:
        table = "inbound_email"
        unique_together = (("mailbox", "folder", "uid_validity", "uid"),)
        indexes = (Index(fields=("outcome", "id")), Index(fields=("case_id",)), Index(fields=("acknowledged_at",)))


class OutboundEmail(Model):
    """One row of the outbox: one message to one or more recipients of one case (or of none)."""

    id = fields.BigIntField(primary_key=True)
    mailbox: fields.ForeignKeyNullableRelation[Mailbox] = fields.ForeignKeyField(
        "app.Mailbox", related_name="outbound", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    mailbox_id: int | None
    case_id = fields.IntField(null=True)
    position = fields.IntField(null=True)
    """The entry that this mail carries or tells of."""
    kind = fields.CharField(24)
    """reply, notice or system."""
    message_id = fields.CharField(255, unique=True)
    recipients = fields.JSONField[list[str]](default=list)
    subject = fields.CharField(998)
    content = fields.JSONField[dict[str, object]](default=dict)
    """What app.bridges.outbox composes the message from at the moment of sending."""
    state = fields.CharField(12, default="stored")
    """stored, held, accepted, partial, delivered, bounced, failed or cancelled."""
    held_by = fields.CharField(16, null=True)
    """The limit that holds it back: address, case or installation."""
    notice = fields.CharField(24, default="", db_default="")
    """The event that a notice tells of."""
    attempts = fields.IntField(default=0)
    last_response = fields.TextField(default="")
    created_at = UtcDatetimeField()
    due_at = UtcDatetimeField(null=True)
    """When to try (again); null once the row is finished."""
    accepted_at = UtcDatetimeField(null=True)
    finished_at = UtcDatetimeField(null=True)
    lease_owner = fields.CharField(64, null=True)
    lease_token = fields.BigIntField(default=0)
    lease_until = UtcDatetimeField(null=True)

    class Meta:
        table = "outbound_email"
        indexes = (Index(fields=("due_at",)), Index(fields=("case_id", "position")))


class MailReference(Model):
    """Which case a Message-ID belongs to: every mail sent or received for a case has one."""

    id = fields.BigIntField(primary_key=True)
    message_key = fields.CharField(512, db_index=True)
    case_id = fields.IntField(db_index=True)
    position = fields.IntField(null=True)
    direction = fields.CharField(4)
    """in, out, or auto for what robots sent us: kept, but nothing of ours answers it."""
    created_at = UtcDatetimeField()

    class Meta:
        table = "mail_reference"


class Template(Model):
    """The words of a notice: one row per event and language that differs from the built-in text."""

    id = fields.IntField(primary_key=True)
    event = fields.CharField(24)
    """registered, taken, waiting, resolved, closed or reopened."""
    language = fields.CharField(8)
    subject = fields.CharField(400)
    body = fields.TextField()
    enabled = fields.BooleanField(default=True)
    updated_at = UtcDatetimeField()

    class Meta:
        table = "template"
        unique_together = (("event", "language"),)


class AutomaticReplyCount(Model):
    """Counts of releases before 0.2, which counted by the hour: no longer written, for tables are never dropped."""

    id = fields.BigIntField(primary_key=True)
    subject = fields.CharField(400)
    """`address:aino@example.test`, `case:42` or `installation`."""
    hour = UtcDatetimeField()
    count = fields.IntField(default=0)
    tripped_at = UtcDatetimeField(null=True)

    class Meta:
        table = "automatic_reply_count"
        unique_together = (("subject", "hour"),)


class Allowance(Model):
    """A token bucket: how much of something one subject may still have. See mail.limits."""

    id = fields.BigIntField(primary_key=True)
    subject = fields.CharField(400, unique=True)
    """`address:aino@example.test`, `case:42`, `installation:7` (one share of it) or `mailbox:3` (sending)."""
    tokens = fields.FloatField()
    filled_at = UtcDatetimeField()
    tripped_at = UtcDatetimeField(null=True, db_index=True)
    """When something was held back first; null again once the bucket is half full."""

    class Meta:
        table = "allowance"


class NoticeSwitch(Model):
    """A notice that is switched off: for an event or all, in a queue or everywhere, for a contact or everybody."""

    id = fields.IntField(primary_key=True)
    event = fields.CharField(24, default="", db_default="")
    """A notice of app.mailboxes.rules.NOTICES; empty: every one."""
    queue_id = fields.IntField(null=True)
    contact_id = fields.IntField(null=True, db_index=True)
    by_contact = fields.BooleanField(default=False, db_default=False)
    """The contact did it by the link in a notice."""
    created_at = UtcDatetimeField()

    class Meta:
        table = "notice_switch"


class SenderRule(Model):
    """An address or a domain whose new mails are spam, or never are."""

    id = fields.IntField(primary_key=True)
    pattern = fields.CharField(320, unique=True)
    """`sven@elsewhere.example`, or `elsewhere.example` for everybody there."""
    kind = fields.CharField(8)
    """block or allow."""
    case_id = fields.IntField(null=True)
    """The case on which it was decided."""
    by_name = fields.CharField(200, default="", db_default="")
    created_at = UtcDatetimeField()

    class Meta:
        table = "sender_rule"


class KnownSigner(Model):
    """A certificate that signed mail from an address: seen again, the signer is known."""

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(320)
    fingerprint = fields.CharField(64)
    """SHA-256 of the certificate, in hexadecimal."""
    first_seen_at = UtcDatetimeField()

    class Meta:
        table = "known_signer"
        unique_together = (("address", "fingerprint"),)
