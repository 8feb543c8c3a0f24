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
    country = fields.CharField(8, default="", db_default="")
    """Whose public holidays are closed too: ISO 3166, as the package holidays knows it; "" for none."""
    subdivision = fields.CharField(16, default="", db_default="")
    holiday_language = fields.CharField(16, default="", db_default="")
    """In which language the names of holidays are kept; "" for the country's own."""
    effective = fields.JSONField[dict[str, object] | None](null=True)
    """`definition` with the country's holidays and the feeds taken in; None where there are neither."""
    version = fields.IntField(default=1)
    updated_at = UtcDatetimeField()

    @property
    def whole(self) -> dict[str, object]:
        """What time is counted by."""
        return self.effective or self.definition

    class Meta:
        table = "calendar"


class CalendarFeed(Model):
    """Somebody else's calendar in iCalendar form, each event of it closes ours. With an address it is read daily."""

    id = fields.IntField(primary_key=True)
    calendar: fields.ForeignKeyRelation[Calendar] = fields.ForeignKeyField(
        "app.Calendar", related_name="feeds", on_delete=fields.OnDelete.CASCADE
    )
    calendar_id: int
    name = fields.CharField(120)
    url = fields.CharField(1000, default="")
    """Empty for a file that was handed in."""
    text = fields.TextField(default="")
    """What was read last; later years are worked out from it."""
    problem = fields.CharField(400, default="")
    """Why the last reading failed; what was read before still holds."""
    read_at = UtcDatetimeField(null=True)
    check_at = UtcDatetimeField(null=True)
    """When to read it again."""

    class Meta:
        table = "calendar_feed"
        indexes = (Index(fields=("check_at",)),)


class CalendarVersion(Model):
    """What a calendar was at one time, who made it so and when; never changed."""

    id = fields.IntField(primary_key=True)
    calendar: fields.ForeignKeyRelation[Calendar] = fields.ForeignKeyField(
        "app.Calendar", related_name="versions", on_delete=fields.OnDelete.CASCADE
    )
    calendar_id: int
    version = fields.IntField()
    definition = fields.JSONField[dict[str, object]]()
    """The whole calendar, holidays and feeds taken in."""
    created_at = UtcDatetimeField()
    by_name = fields.CharField(200, default="")
    """Who changed it; empty for the desk itself (another year of holidays, a feed)."""

    class Meta:
        table = "calendar_version"
        unique_together = (("calendar", "version"),)


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
    by_name = fields.CharField(200, default="", db_default="")
    """Who made it; empty for the desk itself (its calendar took in another year of holidays)."""

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


class WebhookDelivery(Model):
    """One call of somebody else's address that a step asks for, kept until it is taken and as a log afterwards."""

    id = fields.BigIntField(primary_key=True)
    event_id = fields.CharField(64, unique=True)
    """Sent with the call and the same at each try, so that the receiver can tell a repetition."""
    case_id = fields.IntField(db_index=True)
    url = fields.CharField(1000)
    body = fields.TextField()
    state = fields.CharField(12, default="waiting")
    """waiting, delivered or failed."""
    attempts = fields.IntField(default=0)
    due_at = UtcDatetimeField(null=True)
    """When to try (again), or until when a worker has it; null once it is finished."""
    claim_token = fields.BigIntField(default=0)
    last_status = fields.IntField(null=True)
    last_response = fields.CharField(400, default="")
    created_at = UtcDatetimeField()
    finished_at = UtcDatetimeField(null=True)

    class Meta:
        table = "webhook_delivery"
        indexes = (Index(fields=("due_at",)),)


class Simulation(Model):
    """One replay of past feeds under a draft, what it is to find out, how far it has come and what it found."""

    id = fields.IntField(primary_key=True)
    draft = fields.JSONField[dict[str, object]]()
    """{"policy_id", "policy"} and {"calendar_id", "calendar"}: what is tried instead of what holds."""
    days = fields.IntField()
    state = fields.CharField(12, default="waiting")
    """waiting, running, done, failed or cancelled."""
    done = fields.IntField(default=0)
    total = fields.IntField(default=0)
    result = fields.JSONField[dict[str, object] | None](null=True)
    problem = fields.CharField(400, default="")
    created_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()
    """When its worker last wrote; one that is silent for long has died."""
    finished_at = UtcDatetimeField(null=True)
    by_name = fields.CharField(200, default="")

    class Meta:
        table = "simulation"
