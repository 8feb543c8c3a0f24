"""Tables of people: accounts, contacts, users, teams, sessions and the one-time links that lead to them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from app.fields import UtcDatetimeField


class Account(Model):
    """A customer company."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(200)
    domains = fields.JSONField[list[str]](default=list)
    """E-mail domains whose new contacts join this account by themselves."""
    language = fields.CharField(8, null=True)
    custom = fields.JSONField[dict[str, object]](default=dict)
    service_class = fields.SmallIntField(default=0, db_default=0)
    """0 usual, 1 important, 2 key customer: queues may weigh it, see app.cases.order."""
    created_at = UtcDatetimeField()

    class Meta:
        table = "account"


class Contact(Model):
    """A person on the customers' side, zero or one account, one or more addresses."""

    id = fields.IntField(primary_key=True)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "app.Account", related_name="contacts", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    account_id: int | None
    name = fields.CharField(200)
    phone = fields.CharField(60, default="")
    language = fields.CharField(8, null=True)
    custom = fields.JSONField[dict[str, object]](default=dict)
    created_at = UtcDatetimeField()
    addresses: fields.ReverseRelation[ContactAddress]

    class Meta:
        table = "contact"


class ContactAddress(Model):
    """One e-mail address of a contact, lower-cased, an address belongs to one contact only."""

    id = fields.IntField(primary_key=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "app.Contact", related_name="addresses", on_delete=fields.OnDelete.RESTRICT
    )
    contact_id: int
    address = fields.CharField(320, unique=True)
    primary = fields.BooleanField(default=False)
    verified_at = UtcDatetimeField(null=True)
    dead_since = UtcDatetimeField(null=True)
    """Set by a permanent bounce, cleared by a mail that arrives from the address, a later delivery or a person."""
    dead_reason = fields.CharField(500, default="", db_default="")
    """What the server said."""

    class Meta:
        table = "contact_address"


class Team(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(120, unique=True)
    created_at = UtcDatetimeField()

    class Meta:
        table = "team"


class User(Model):
    """A sign-in: of staff, or of a contact. `role` is one of app.people.rights.ROLES."""

    id = fields.IntField(primary_key=True)
    email = fields.CharField(320, unique=True)
    name = fields.CharField(200)
    role = fields.CharField(24)
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "app.Contact", related_name="users", null=True, unique=True, on_delete=fields.OnDelete.RESTRICT
    )
    contact_id: int | None
    password_hash = fields.CharField(255, null=True)
    language = fields.CharField(8, default="en")
    preferences = fields.JSONField[dict[str, object]](default=dict)
    granted = fields.CharField(200, default="", db_default="")
    """Areas of app.people.rights.GRANTABLE that one of the staff has beyond the role, separated by commas."""
    active = fields.BooleanField(default=True)
    created_at = UtcDatetimeField()
    last_seen_at = UtcDatetimeField(null=True)

    class Meta:
        table = "app_user"


class TeamMember(Model):
    id = fields.IntField(primary_key=True)
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField(
        "app.Team", related_name="members", on_delete=fields.OnDelete.CASCADE
    )
    team_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="memberships", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int

    class Meta:
        table = "team_member"
        unique_together = (("team", "user"),)


class Session(Model):
    """A signed-in browser or program, only the SHA-256 of its token is stored."""

    id = fields.IntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="sessions", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    token_hash = fields.CharField(64, unique=True)
    created_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    address = fields.CharField(64, default="")
    agent = fields.CharField(300, default="")

    class Meta:
        table = "session"


class ApiToken(Model):
    """Access of a program in the name of a user, only the SHA-256 of the token is stored."""

    id = fields.IntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="api_tokens", on_delete=fields.OnDelete.CASCADE
    )
    user_id: int
    token_hash = fields.CharField(64, unique=True)
    name = fields.CharField(120)
    scopes = fields.JSONField[list[str]]()
    """Of app.people.scopes.SCOPES."""
    created_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)
    expires_at = UtcDatetimeField(null=True)

    class Meta:
        table = "api_token"


class OneTimeLink(Model):
    """A link sent by mail that works once: `purpose` is password_reset, sign_in, claim or invite."""

    id = fields.IntField(primary_key=True)
    purpose = fields.CharField(24)
    token_hash = fields.CharField(64, unique=True)
    email = fields.CharField(320)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "app.User", related_name="links", null=True, on_delete=fields.OnDelete.CASCADE
    )
    user_id: int | None
    data = fields.JSONField[dict[str, object]](default=dict)
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "one_time_link"


class SignInAttempt(Model):
    """One try to sign in or to have a link sent, the rate limits count these rows, so all processes share them."""

    id = fields.BigIntField(primary_key=True)
    subject = fields.CharField(400)
    """`address:203.0.113.9`, `account:aino@example.test` or `link:aino@example.test`."""
    succeeded = fields.BooleanField()
    at = UtcDatetimeField()

    class Meta:
        table = "sign_in_attempt"
        indexes = (Index(fields=("subject", "at")),)
