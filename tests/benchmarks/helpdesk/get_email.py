"""django-helpdesk's side of the mail benchmark: its own `get_email`, timed without the start of Django.

    PYTHON get_email.py DATABASE_URL FOLDER IMAP_PORT USER PASSWORD

Run with the Python of its own environment; it needs nothing of ours. It is spared what the desk does besides: its
acknowledgements go to Django's memory, and mails need not be stored before they are read.
"""

import json
import logging
import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

url, folder, port, user, password = sys.argv[1:]
address = urlsplit(url)
settings.configure(
    SECRET_KEY="benchmark",
    DEBUG=False,
    USE_TZ=True,
    ALLOWED_HOSTS=["*"],
    SITE_ID=1,
    MEDIA_ROOT=folder,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_ENABLE_TEAMS=False,
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address.path[1:],
            "USER": address.username,
            "HOST": address.hostname,
            "PORT": address.port,
        }
    },
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
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
)
logging.disable(logging.CRITICAL)
django.setup()

from django.core import mail  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from helpdesk.email import process_email  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
call_command("migrate", verbosity=0)
call_command("loaddata", "emailtemplate.json", verbosity=0)
Queue.objects.create(
    title="Help",
    slug="help",
    email_address="theirs@desk.example",
    allow_email_submission=True,
    email_box_type="imap",
    email_box_host="127.0.0.1",
    email_box_port=int(port),
    email_box_user=user,
    email_box_pass=password,
    email_box_imap_folder="INBOX",
    email_box_interval=0,
    enable_notifications_on_email_events=True,
)
mail.outbox = []
begun, cpu = time.perf_counter(), time.process_time()
process_email(quiet=True)
answer = {
    "seconds": time.perf_counter() - begun,
    "cpu": time.process_time() - cpu,
    "tickets": Ticket.objects.count(),
    "notices": len(mail.outbox),
}
print(json.dumps(answer))
