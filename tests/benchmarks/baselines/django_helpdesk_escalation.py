"""How long django-helpdesk's escalate_tickets takes; runs in the baseline's own environment and prints JSON.

python django_helpdesk_escalation.py postgresql://user@host:port/name 1000
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

urlpatterns: list[object] = []
"""Filled once Django is set up; its templates name pages of the helpdesk."""


def configure(url: str) -> None:
    """django-helpdesk as its own documentation sets it up, with mails kept in memory instead of sent."""
    import django
    from django.conf import settings

    parts = urlsplit(url)
    settings.configure(
        SECRET_KEY="measured",
        USE_TZ=True,
        SITE_ID=1,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.humanize",
            "django.contrib.messages",
            "django.contrib.admin",
            "rest_framework",
            "helpdesk",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username,
                "HOST": parts.hostname,
                "PORT": parts.port,
            }
        },
        ROOT_URLCONF=__name__,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    )
    django.setup()
    from django.contrib import admin
    from django.urls import include, path

    urlpatterns.extend([path("helpdesk/", include("helpdesk.urls")), path("admin/", admin.site.urls)])


def seed(count: int) -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone
    from helpdesk.models import Queue, Ticket

    call_command("migrate", verbosity=0, stdout=StringIO())
    call_command("loaddata", "emailtemplate.json", verbosity=0, stdout=StringIO())
    owner = get_user_model().objects.create(username="maria", email="maria@desk.example")
    queue = Queue.objects.create(title="Support", slug="support", email_address="support@desk.example", escalate_days=1)
    old = timezone.now() - timedelta(days=3)
    Ticket.objects.bulk_create(
        Ticket(
            title=f"Oven {number}",
            queue=queue,
            submitter_email=f"customer{number}@northwind.example",
            assigned_to=owner,
            priority=3,
            description="It does not heat.",
        )
        for number in range(count)
    )
    Ticket.objects.update(created=old, modified=old)  # saving sets the present moment


def main() -> None:
    configure(sys.argv[1])
    count = int(sys.argv[2])
    seed(count)
    from django.core.management import call_command
    from helpdesk.models import FollowUp

    begun = time.perf_counter()
    call_command("escalate_tickets", stdout=StringIO())
    seconds = time.perf_counter() - begun
    escalated = FollowUp.objects.count()
    print(json.dumps({"seconds": seconds, "escalated": escalated}))


if __name__ == "__main__":
    main()
