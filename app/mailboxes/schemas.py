"""Mailboxes, ledger and outbox as administration sees them. Passwords only ever go in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail

Security = Literal["tls", "starttls", "none"]
AfterHandling = Literal["leave", "flag", "move", "delete"]
Language = Literal["en", "ru", "fi"]
Line = Annotated[str, Meta(max_length=255)]
Host = Annotated[str, Meta(min_length=1, max_length=255)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Password = Annotated[str, Meta(max_length=1000)]
OauthProvider = Literal["", "google", "microsoft", "other"]
Address = Annotated[str, Meta(max_length=500)]


class MailboxView(Struct, kw_only=True):
    id: int
    name: str
    address: str
    sender_name: str
    queue_id: int
    language: str
    signature: str
    imap_host: str
    imap_port: int
    imap_security: str
    imap_user: str
    has_imap_password: bool
    imap_folder: str
    after_handling: str
    move_to: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    has_smtp_password: bool
    account_id: int | None
    oauth_provider: str
    oauth_tenant: str
    oauth_client_id: str
    has_oauth_client_secret: bool
    oauth_authorise_url: str
    oauth_token_url: str
    oauth_scopes: str
    oauth_problem: str
    has_oauth_refresh_token: bool
    """Whether somebody has connected the mailbox with its provider."""
    send_connections: int
    send_per_minute: int
    spam_filters: list[str]
    spam_server: str
    active: bool
    intake_state: str
    intake_problem: str
    sending_paused_until: datetime | None
    sending_problem: str
    server_count: int | None
    checked_at: datetime | None

    @classmethod
    def of(cls, row: Mailbox) -> MailboxView:
        plain: dict[str, Any] = {
            name: getattr(row, name)
            for name in cls.__struct_fields__
            if not name.startswith("has_") and name != "spam_filters"
        }
        plain |= {name: bool(getattr(row, name[4:])) for name in cls.__struct_fields__ if name.startswith("has_")}
        return cls(**plain, spam_filters=[name for name in row.spam_filters.split(",") if name])


class MailboxStatus(MailboxView, kw_only=True):
    """With the reconciliation: does the ledger hold what the server holds?"""

    ledger_count: int
    quarantined: int
    unhandled: int
    waiting: int
    failed: int


class ChangeMailbox(Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that may be set; what is left out stays. `skip_test` saves without trying the servers."""

    name: Annotated[str, Meta(min_length=1, max_length=120)] | UnsetType = UNSET
    address: Annotated[str, Meta(min_length=3, max_length=320)] | UnsetType = UNSET
    sender_name: Annotated[str, Meta(max_length=120)] | UnsetType = UNSET
    queue_id: int | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    signature: Annotated[str, Meta(max_length=5000)] | UnsetType = UNSET
    imap_host: Host | UnsetType = UNSET
    imap_port: Port | UnsetType = UNSET
    imap_security: Security | UnsetType = UNSET
    imap_user: Line | UnsetType = UNSET
    imap_password: Password | UnsetType = UNSET
    imap_folder: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    after_handling: AfterHandling | UnsetType = UNSET
    move_to: Line | UnsetType = UNSET
    smtp_host: Host | UnsetType = UNSET
    smtp_port: Port | UnsetType = UNSET
    smtp_security: Security | UnsetType = UNSET
    smtp_user: Line | UnsetType = UNSET
    smtp_password: Password | UnsetType = UNSET
    account_id: int | UnsetType | None = UNSET
    oauth_provider: OauthProvider | UnsetType = UNSET
    oauth_tenant: Annotated[str, Meta(max_length=120)] | UnsetType = UNSET
    oauth_client_id: Line | UnsetType = UNSET
    oauth_client_secret: Password | UnsetType = UNSET
    oauth_authorise_url: Address | UnsetType = UNSET
    oauth_token_url: Address | UnsetType = UNSET
    oauth_scopes: Address | UnsetType = UNSET
    send_connections: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET
    send_per_minute: Annotated[int, Meta(ge=0, le=100_000)] | UnsetType = UNSET
    spam_filters: Annotated[list[str], Meta(max_length=20)] | UnsetType = UNSET
    spam_server: Line | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    skip_test: bool = False
    id: int | None = None
    """Only for the connection test: the stored mailbox whose passwords are used where none are sent."""


class Consent(Struct):
    """Where the administrator consents, and what has to be registered with the provider beforehand."""

    url: str
    redirect_uri: str


class Check(Struct):
    """`code` is stable, `message` says what is wrong and what to do, `field` names the setting to look at."""

    ok: bool
    code: str
    message: str
    field: str | None = None


class CheckResult(Struct):
    imap: Check | None
    smtp: Check | None


class InboundView(Struct, kw_only=True):
    id: int
    mailbox_id: int
    from_address: str
    subject: str
    outcome: str
    reason: str
    detail: str
    case_id: int | None
    position: int | None
    attempts: int
    received_at: datetime
    handled_at: datetime | None

    @classmethod
    def of(cls, row: InboundEmail) -> InboundView:
        return cls(**{name: getattr(row, name) for name in InboundView.__struct_fields__})


class InboundDetail(InboundView, kw_only=True):
    raw: str
    """The source as text, cut to what a person looks at."""
    truncated: bool
    size: int


class InboundPage(Struct):
    items: list[InboundView]
    next_cursor: str | None


class OutboundView(Struct, kw_only=True):
    id: int
    mailbox_id: int | None
    case_id: int | None
    position: int | None
    kind: str
    notice: str
    """The event that a notice tells of."""
    recipients: list[str]
    subject: str
    state: str
    held_by: str | None
    """The limit that holds it back: address, case or installation."""
    attempts: int
    last_response: str
    created_at: datetime
    due_at: datetime | None
    accepted_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: OutboundEmail) -> OutboundView:
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class OutboundPage(Struct):
    items: list[OutboundView]
    next_cursor: str | None


class TemplateView(Struct, kw_only=True):
    event: str
    language: str
    subject: str
    body: str
    enabled: bool
    custom: bool


class ChangeTemplate(Struct, kw_only=True, forbid_unknown_fields=True):
    subject: Annotated[str, Meta(min_length=1, max_length=400)]
    body: Annotated[str, Meta(min_length=1, max_length=20_000)]
    enabled: bool = True


class PreviewTemplate(Struct, kw_only=True, forbid_unknown_fields=True):
    """`case_number` fills the words in from a real case, as in `#1042` or `1042`; empty: from samples."""

    event: str
    language: str
    subject: Annotated[str, Meta(max_length=400)]
    body: Annotated[str, Meta(max_length=20_000)]
    case_number: Annotated[str, Meta(max_length=20)] = ""


class SentTest(Struct):
    to: str


class SwitchView(Struct, kw_only=True):
    """Notices that are off: of an event (empty: all), in a queue (null: in all)."""

    event: str
    queue_id: int | None


class ChangeSwitch(Struct, kw_only=True, forbid_unknown_fields=True):
    event: Annotated[str, Meta(max_length=24)] = ""
    queue_id: int | None = None
    off: bool


class LimitView(Struct, kw_only=True):
    """A limit that trips, or holds notices back. `key` is the address or the case's id; empty for the installation."""

    kind: str
    key: str
    case_number: str | None
    held: int
    tripped_at: datetime | None


class LimitsView(Struct, kw_only=True):
    """The sizes are notices an hour."""

    per_address: int
    per_case: int
    per_installation: int
    limits: list[LimitView]


class EndLimit(Struct, kw_only=True, forbid_unknown_fields=True):
    kind: Literal["address", "case", "installation"]
    key: Annotated[str, Meta(max_length=320)] = ""


class Released(Struct):
    count: int


class TemplatePreview(Struct):
    subject: str
    text: str
    html: str
