"""Every screen of the desk by its path, and who looks at it."""

from __future__ import annotations

CONSOLE = ("/console/", "/console/queue/{queue}", "/console/mine", "/console/search", "/console/search?q=uuni",
           "/console/new", "/console/case/{case}", "/console/view/{view}", "/console/wallboard", "/console/nowhere",
           "/console/notifications", "/console/profile", "/console/profile/tokens",
           "/console/macros", "/console/replies")  # fmt: skip
SECTIONS = ("users", "teams", "agents", "accounts", "queues", "fields", "calendars", "calendars/1", "calendars/new",
            "policies", "policies/1", "policies/new", "reevaluation", "simulations", "simulations/{simulation}",
            "webhooks", "mailboxes", "mailboxes/1", "mailboxes/new", "quarantine", "inbound", "outbound", "senders",
            "notices", "templates", "replies", "macros", "branding")  # fmt: skip
ADMINISTRATION = ("/console/admin", "/console/reports", *(f"/console/admin/{section}" for section in SECTIONS))
PORTAL = ("/", "/cases", "/cases/{case}", "/new", "/company", "/profile", "/profile/tokens", "/demo/mail")
STRANGERS = ("/", "/sign-in", "/register", "/forgotten", "/reset/none", "/claim/none", "/link/none", "/console/sign-in")
