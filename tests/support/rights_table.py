"""The expected rights of every route, as rows that a person can read and extend.

A row says who may use a route; everybody else must be refused (401 without a session, 403, or 404 where even the
existence must not show: `hidden=True`). Names in braces in `path` and `body` are filled by the test: `{case}` (Pavel's)
`{file}` (of a public entry), `{note_file}` (of a note), `{contact}`, `{account}`, `{queue}`, `{pavel}` (user), and
`{fresh}`, another word for every request. Rows that would disturb others point at what does not exist (`999999`,
`unknown`, `nothing`): a right that is held then shows as 404 or 410, one that is not held as 403.
`also` are further answers that are fine for those who are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PEOPLE: dict[str, str | None] = {
    "anonymous": None,
    "administrator": "helmi",
    "team_lead": "olga",
    "agent": "maria",
    "company_administrator": "aino",
    "customer": "pavel",
    "stranger": "liisa",
}
"""Each column of the table and who stands for it; `stranger` is a customer of another company."""

ANYBODY = frozenset(PEOPLE)
SIGNED_IN = ANYBODY - {"anonymous"}
STAFF = frozenset({"administrator", "team_lead", "agent"})
LEADS = frozenset({"administrator", "team_lead"})
ADMINISTRATOR = frozenset({"administrator"})
CUSTOMERS = frozenset({"company_administrator", "customer", "stranger"})
COMPANY = frozenset({"company_administrator"})
OWN_SIDE = frozenset({"company_administrator", "customer"})
"""Who may see Pavel's case from the portal."""
STAFF_AND_OWN_SIDE = STAFF | OWN_SIDE


@dataclass(frozen=True, slots=True)
class Row:
    method: str
    path: str
    allowed: frozenset[str]
    body: Any = None
    query: str = ""
    hidden: bool = False
    multipart: bool = False
    raw: bytes | None = None
    also: frozenset[int] = frozenset()
    route: str = ""
    """The path template of the route, where it is not `path` with its values replaced."""


def GET(path: str, allowed: frozenset[str], **more: Any) -> Row:
    return Row("GET", path, allowed, **more)


def POST(path: str, allowed: frozenset[str], body: Any = None, **more: Any) -> Row:
    return Row("POST", path, allowed, body, **more)


def PUT(path: str, allowed: frozenset[str], body: Any = None, **more: Any) -> Row:
    return Row("PUT", path, allowed, body, **more)


def PATCH(path: str, allowed: frozenset[str], body: Any = None, **more: Any) -> Row:
    return Row("PATCH", path, allowed, body, **more)


def DELETE(path: str, allowed: frozenset[str], **more: Any) -> Row:
    return Row("DELETE", path, allowed, **more)


PASSWORD = {"password": "nine orange lighthouses"}
SIGNING_IN = (
    POST("/api/session", ANYBODY, {"email": "tomas@desk.example", "password": "three blue herons"}),
    DELETE("/api/session", ANYBODY),
    GET("/api/sessions", SIGNED_IN),
    DELETE("/api/sessions/999999", SIGNED_IN),
    DELETE("/api/sessions", SIGNED_IN),
    GET("/api/me", SIGNED_IN),
    PATCH("/api/me", SIGNED_IN, {"preferences": {}}),
    GET("/api/tokens", SIGNED_IN),
    POST("/api/tokens", SIGNED_IN, {"name": "{fresh}", "scopes": ["read"]}),
    DELETE("/api/tokens/999999", SIGNED_IN),
    GET("/api/links/unknown", ANYBODY),
    POST("/api/password-resets", ANYBODY, {"email": "{fresh}@else.example"}),
    POST("/api/password-resets/unknown", ANYBODY, PASSWORD),
    POST("/api/sign-in-links", ANYBODY, {"email": "{fresh}@else.example"}),
    POST("/api/sign-in-links/unknown", ANYBODY),
    POST("/api/registrations", ANYBODY, {"name": "Kaisa", "email": "{fresh}@else.example", "language": "fi"}),
    POST("/api/registrations/unknown", ANYBODY, PASSWORD),
)
PEOPLE_ROWS = (
    GET("/api/contacts", STAFF),
    POST("/api/contacts", STAFF, {"name": "Kaisa Laine"}),
    GET("/api/contacts/{contact}", STAFF),
    PATCH("/api/contacts/{contact}", STAFF, {"phone": "1"}),
    PUT("/api/contacts/{contact}/notices", STAFF, {"on": True}),
    POST("/api/contacts/{contact}/addresses/alive", STAFF, {"address": "pavel@northwind.example"}),
    GET("/notices/unknown", ANYBODY),
    POST("/notices/unknown", ANYBODY),
    GET("/api/accounts", STAFF),
    POST("/api/accounts", STAFF, {"name": "Hill Farm"}),
    PATCH("/api/accounts/{account}", STAFF, {"language": "en"}),
    PATCH("/api/accounts/{account}", LEADS, {"service_class": 1}),
    GET("/api/colleagues", STAFF),
    GET("/api/portal/colleagues", COMPANY),
    POST("/api/portal/colleagues", COMPANY, {"name": "Kaisa", "email": "{fresh}@northwind.example"}),
    PATCH("/api/portal/colleagues/{pavel}", COMPANY, {"active": True}),
)
ADMINISTRATION = (
    GET("/api/admin/users", ADMINISTRATOR),
    POST("/api/admin/users", ADMINISTRATOR, {"email": "{fresh}@desk.example", "name": "New", "role": "agent"}),
    PATCH("/api/admin/users/999999", ADMINISTRATOR, {"name": "X"}),
    POST("/api/admin/users/999999/invitation", ADMINISTRATOR),
    GET("/api/admin/teams", LEADS),
    POST("/api/admin/teams", LEADS, {"name": "{fresh}"}),
    PATCH("/api/admin/teams/999999", LEADS, {"name": "X"}),
    DELETE("/api/admin/teams/999999", LEADS),
    GET("/api/admin/queues", LEADS),
    POST("/api/admin/queues", LEADS, {"name": "{fresh}"}),
    PATCH("/api/admin/queues/999999", LEADS, {"name": "X"}),
    GET("/api/admin/calendars", LEADS),
    POST("/api/admin/calendars", LEADS, {"name": "{fresh}", "definition": {"tz": "UTC"}}),
    PATCH("/api/admin/calendars/999999", LEADS, {"name": "X"}),
    POST("/api/admin/calendars/preview", LEADS, {"definition": {"tz": "UTC"}}),
    POST("/api/admin/calendars/year", LEADS, {"definition": {"tz": "UTC"}, "year": 2026}),
    GET("/api/admin/calendars/countries", LEADS),
    GET("/api/admin/calendars/999999/versions", LEADS),
    POST("/api/admin/calendars/999999/feeds", LEADS, {"name": "Feed", "text": "BEGIN:VCALENDAR"}),
    DELETE("/api/admin/calendars/feeds/999999", LEADS),
    POST("/api/admin/calendars/feeds/999999/read", LEADS),
    GET("/api/admin/policies", LEADS),
    GET("/api/admin/policies/999999/versions", LEADS),
    GET("/api/admin/simulations", LEADS),
    POST("/api/admin/simulations", LEADS, {"calendar_id": 1}, also=frozenset({422})),
    GET("/api/admin/simulations/999999", LEADS),
    POST("/api/admin/simulations/999999/cancellation", LEADS),
    GET("/api/admin/reevaluation", LEADS),
    POST("/api/admin/reevaluation", LEADS, {"cases": [{"case_id": 999999, "head": 1}]}),
    GET("/api/admin/webhooks", LEADS),
    POST("/api/admin/webhooks/999999/retry", LEADS),
    POST("/api/admin/policies", LEADS, {"name": "{fresh}", "calendar_id": 1, "definition": {}, "active": False}),
    PATCH("/api/admin/policies/999999", LEADS, {"name": "X"}),
    GET("/api/admin/branding", ADMINISTRATOR),
    PUT(
        "/api/admin/branding",
        ADMINISTRATOR,
        {"name": "Desk", "colour": "#112233", "languages": ["en"], "registration_open": True},
    ),
    PUT("/api/admin/branding/logo", ADMINISTRATOR, raw=b"\x89PNG\r\n\x1a\n", also=frozenset({422})),
)
CASES = (
    GET("/api/queues", STAFF),
    GET("/api/queues/{queue}/cases", STAFF),
    GET("/api/statuses", STAFF),
    GET("/api/cases", STAFF),
    POST("/api/cases", STAFF, {"subject": "Ovens", "text": "Cold.", "contact_id": "{contact}", "notify": False}),
    GET("/api/cases/{case}", STAFF),
    PATCH("/api/cases/{case}", STAFF, {"priority": "high"}),
    GET("/api/cases/{case}/entries", STAFF),
    POST("/api/cases/{case}/replies", STAFF, {"text": "We look into it."}),
    POST("/api/cases/{case}/notes", STAFF, {"text": "Old oven."}),
    POST("/api/cases/{case}/escalations", STAFF, {"reason": "Bread is out."}),
    POST("/api/cases/{case}/spam", STAFF, {"spam": False}),
    POST("/api/cases/{case}/entries/999999/move", STAFF, {}),
    GET("/api/cases/{case}/entries/999999/source", STAFF),
    GET("/api/cases/{case}/entries/999999/pictures/999999", STAFF_AND_OWN_SIDE, hidden=True),
    POST("/api/cases/{case}/held/release", STAFF),
    PUT("/api/cases/{case}/read", STAFF, {"position": 1}),
    POST("/api/cases/{case}/merge", STAFF, {"into_case_id": 999999}, also=frozenset({404})),
    POST("/api/cases/{case}/unmerge", STAFF, also=frozenset({409})),
    GET("/api/cases/{case}/links", STAFF),
    POST("/api/cases/{case}/links", STAFF, {"case_id": 999999}, also=frozenset({404})),
    DELETE("/api/cases/{case}/links/999999", STAFF, also=frozenset({404})),
    POST("/api/cases/bulk/preview", STAFF, {"case_ids": [999999]}),
    POST("/api/cases/bulk", STAFF, {"case_ids": [999999]}),
    POST("/api/cases/bulk/999999/undo", STAFF, also=frozenset({404})),
    GET("/api/cases/{case}/clocks", STAFF),
    POST("/api/files", SIGNED_IN, multipart=True),
    GET("/api/files/{file}", STAFF_AND_OWN_SIDE, hidden=True),
    GET("/api/files/{file}/message", STAFF_AND_OWN_SIDE, hidden=True, also=frozenset({422})),
    GET("/api/files/{note_file}", STAFF, hidden=True),
    GET("/api/notifications", SIGNED_IN),
    PUT("/api/notifications/read", SIGNED_IN, {"position": 0}),
    PUT("/api/notifications/999999/read", SIGNED_IN),
    GET("/api/notifications/choices", SIGNED_IN),
    PUT("/api/notifications/choices", SIGNED_IN, {"channels": {}}),
    GET("/api/unread", SIGNED_IN),
    GET("/api/cases/{case}/watchers", STAFF),
    PUT("/api/cases/{case}/watch", STAFF),
    DELETE("/api/cases/{case}/watch", STAFF),
    GET("/api/push", STAFF),
    POST(
        "/api/push/subscriptions",
        STAFF,
        {"endpoint": "https://push.example/1", "keys": {"p256dh": "-" * 87, "auth": "-" * 22}},
        also=frozenset({422}),
    ),
    POST("/api/push/ended", STAFF, {"endpoint": "https://push.example/1"}),
)
REPORTS = (
    GET("/api/reports", LEADS, query="?first=2026-11-01&last=2026-11-02"),
    GET("/api/reports/file", LEADS, query="?first=2026-11-01&last=2026-11-02"),
    GET("/api/reports/cases", LEADS, query="?first=2026-11-01&last=2026-11-02&cell=opened"),
    GET("/api/wallboard", STAFF),
)
PORTAL = (
    GET("/api/portal/cases", CUSTOMERS),
    POST("/api/portal/cases", CUSTOMERS, {"subject": "Ovens", "text": "Cold."}),
    GET("/api/portal/cases/{case}", OWN_SIDE, hidden=True),
    GET("/api/portal/cases/{case}/entries", OWN_SIDE, hidden=True),
    POST("/api/portal/cases/{case}/replies", OWN_SIDE, {"text": "Any news?"}, hidden=True),
    POST("/api/portal/cases/{case}/resolution", OWN_SIDE, hidden=True, also=frozenset({409})),
    PUT("/api/portal/cases/{case}/read", OWN_SIDE, {"position": 1}, hidden=True),
)
PUBLIC = (
    GET("/health", ANYBODY),
    GET("/ready", ANYBODY),
    GET("/metrics", ANYBODY),
    GET("/api/desk", ANYBODY),
    GET("/api/desk/logo", ANYBODY, also=frozenset({404})),
    GET("/api/docs", ANYBODY),
    GET("/api/docs/openapi.json", ANYBODY),
    GET("/api/docs/asyncapi.json", ANYBODY),
    GET("/api/docs/nothing", ANYBODY, route="/api/docs/{}"),
    GET("/static/dist/nothing.js", ANYBODY, route="/static/dist/{}"),
    *(
        GET(path, ANYBODY)
        for path in (
            *("/", "/cases", "/new", "/sign-in", "/register", "/forgotten", "/profile", "/profile/tokens"),
            *("/company", "/push-worker.js"),
            *("/console", "/favicon.svg"),
        )
    ),
    *(GET(f"{page}/nothing", ANYBODY, route=f"{page}/{{}}") for page in ("/reset", "/link", "/claim", "/console")),
    GET("/cases/999999", ANYBODY),
)
INCOMPLETE = frozenset({422})
"""A right that is held shows as a complaint about the empty body."""
WORDS = "/api/admin/templates/{}/{}"
MAIL = (
    GET("/api/admin/mailboxes", ADMINISTRATOR),
    POST("/api/admin/mailboxes", ADMINISTRATOR, {}, also=INCOMPLETE),
    PATCH("/api/admin/mailboxes/999999", ADMINISTRATOR, {}),
    POST("/api/admin/mailboxes/test", ADMINISTRATOR, {}, also=INCOMPLETE),
    GET("/api/admin/mailboxes/999999/status", ADMINISTRATOR),
    POST("/api/admin/mailboxes/999999/look", ADMINISTRATOR),
    POST("/api/admin/mailboxes/999999/connect", ADMINISTRATOR),
    GET("/api/admin/mailboxes/oauth", ADMINISTRATOR, also=INCOMPLETE),
    GET("/api/admin/inbound", ADMINISTRATOR),
    GET("/api/admin/inbound/999999", LEADS),
    GET("/api/admin/inbound/999999/raw", LEADS),
    GET("/api/admin/inbound/999999/preview", LEADS),
    POST("/api/admin/inbound/999999/replay", LEADS),
    POST("/api/admin/inbound/999999/release", LEADS, {}),
    GET("/api/admin/quarantine", LEADS),
    POST("/api/admin/quarantine/replays", LEADS, {"reason": "nothing"}),
    GET("/api/admin/outbound", ADMINISTRATOR),
    POST("/api/admin/outbound/999999/retry", ADMINISTRATOR),
    POST("/api/admin/outbound/999999/cancel", ADMINISTRATOR),
    GET("/api/admin/limits", ADMINISTRATOR),
    POST("/api/admin/limits/release", ADMINISTRATOR, {"kind": "address", "key": "nobody@else.example"}),
    GET("/api/admin/senders", ADMINISTRATOR),
    POST("/api/admin/senders", ADMINISTRATOR, {"pattern": "{fresh}.example", "kind": "block"}),
    DELETE("/api/admin/senders/999999", ADMINISTRATOR),
    GET("/api/admin/notices", LEADS),
    PUT("/api/admin/notices", LEADS, {"event": "closed", "off": False}),
    POST(
        "/api/admin/templates/test",
        LEADS,
        {"event": "registered", "language": "en", "subject": "Hello", "body": "We have it."},
        also=frozenset({409}),
    ),
    GET("/api/admin/templates", LEADS),
    PUT("/api/admin/templates/registered/en", LEADS, {"subject": "Hello", "body": "We have it."}, route=WORDS),
    DELETE("/api/admin/templates/registered/en", LEADS, route=WORDS),
    POST(
        "/api/admin/templates/preview",
        LEADS,
        {"event": "registered", "language": "en", "subject": "Hello", "body": "We have it."},
    ),
    GET("/api/admin/fields", STAFF),
    POST("/api/admin/fields", LEADS, {"key": "f{fresh}", "names": {"en": "Oven"}, "kind": "text"}),
    PATCH("/api/admin/fields/999999", LEADS, {}),
)
NO_DEMO = frozenset({404})
DEMO = (
    GET("/api/demo/mail", ANYBODY, also=NO_DEMO),
    GET("/api/demo/mail/unknown", ANYBODY),
    POST(
        "/api/demo/mail",
        ANYBODY,
        {"from_address": "aino@northwind.example", "to": "support@desk.example", "subject": "Hello", "text": "Hello"},
        also=NO_DEMO,
    ),
    GET("/demo/mail", ANYBODY, also=NO_DEMO),
)
DISPATCH = (
    POST("/api/next-case", STAFF),
    GET("/api/cases/{case}/lease", STAFF),
    PUT("/api/cases/999999/lease", STAFF, also=frozenset({409})),
    POST("/api/cases/999999/send-back", STAFF, {}),
    PUT("/api/cases/999999/snooze", STAFF, {"until": "2027-01-01T09:00:00Z"}),
    DELETE("/api/cases/999999/snooze", STAFF),
    GET("/api/agents", STAFF),
    PUT("/api/agents/me/duty", STAFF, {"on_duty": True}),
    PATCH("/api/agents/999999", LEADS, {}),
    GET("/api/views", STAFF),
    POST("/api/views", STAFF, {"name": "View {fresh}", "condition": {}}),
    POST("/api/views/preview", STAFF, {"condition": {}}),
    PATCH("/api/views/999999", STAFF, {}),
    DELETE("/api/views/999999", STAFF),
    GET("/api/views/999999/cases", STAFF),
)
PRIORITY = [{"do": "priority", "priority": "high"}]
MACROS = (
    GET("/api/canned-replies", STAFF),
    POST("/api/canned-replies", STAFF, {"name": "Reply {fresh}", "texts": {"en": "Hello"}}),
    POST("/api/canned-replies", LEADS, {"name": "Reply {fresh}", "texts": {"en": "Hello"}, "shared": True}),
    PATCH("/api/canned-replies/999999", STAFF, {}),
    DELETE("/api/canned-replies/999999", STAFF),
    POST("/api/canned-replies/preview", STAFF, {"texts": {"en": "Hello"}}),
    GET("/api/cases/{case}/canned-replies", STAFF),
    POST("/api/cases/{case}/canned-replies/999999/files", STAFF, {}),
    GET("/api/canned-replies/999999/files/999999", STAFF),
    GET("/api/macros", STAFF),
    POST("/api/macros", STAFF, {"name": "Macro {fresh}", "actions": PRIORITY}),
    POST("/api/macros", LEADS, {"name": "Macro {fresh}", "actions": PRIORITY, "shared": True}),
    PATCH("/api/macros/999999", STAFF, {}),
    DELETE("/api/macros/999999", STAFF),
    GET("/api/cases/{case}/macros", STAFF),
    POST("/api/cases/{case}/macros/999999", STAFF, {}),
    POST("/api/macros/999999/uses", STAFF, {"case_ids": [999999]}),
    POST("/api/macros/999999/preview", STAFF, {"case_ids": [999999]}),
    POST("/api/macros/preview", STAFF, {"actions": PRIORITY, "case_number": "0"}, also=INCOMPLETE),
)
TABLE: tuple[Row, ...] = (
    *SIGNING_IN,
    *PEOPLE_ROWS,
    *ADMINISTRATION,
    *CASES,
    *REPORTS,
    *PORTAL,
    *PUBLIC,
    *MAIL,
    *DISPATCH,
    *MACROS,
    *DEMO,
)

NOT_ROUTES_OF_OURS = frozenset({"/live", "/live/events"})
"""Doors with a table test of their own: the live feed asks at the handshake and at every join."""
