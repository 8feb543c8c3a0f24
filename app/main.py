"""Builds the application from its parts; starts nothing."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from app import lifespan
from app.bridges.live_door import LiveDoor
from app.bridges.mail_routes import ROUTES as LEDGER
from app.bridges.message_routes import ROUTES as MESSAGES
from app.bridges.metrics import metrics_route
from app.bridges.notice_routes import ROUTES as NOTICES
from app.bridges.promise_routes import ROUTES as PROMISES
from app.bridges.quarantine_routes import ROUTES as QUARANTINE
from app.bridges.topics import TOPICS
from app.cases.field_routes import ROUTES as FIELDS
from app.cases.file_routes import ROUTES as FILES
from app.cases.many_routes import ROUTES as MANY_CASES
from app.cases.routes import ROUTES as CASES
from app.demo.routes import demo_routes
from app.demo.running import DemoOffice
from app.desk import Desk
from app.dispatch.routes import ROUTES as DISPATCH
from app.events import Bus
from app.keys import Keys
from app.macros.reply_routes import ROUTES as CANNED_REPLIES
from app.macros.routes import ROUTES as MACROS
from app.mailboxes.contact_routes import ROUTES as CONTACT_MAIL
from app.mailboxes.routes import ROUTES as MAILBOXES
from app.mailboxes.spam_routes import ROUTES as SPAM
from app.mailboxes.template_routes import ROUTES as TEMPLATES
from app.notifications.push_routes import ROUTES as PUSH
from app.notifications.routes import ROUTES as NOTIFICATIONS
from app.pages import ROUTES as PAGES
from app.people.authentication import DEPENDENCIES, Authentication
from app.people.routes import ROUTES as PEOPLE
from app.portal.branding import ROUTES as BRANDING
from app.portal.registration import ROUTES as REGISTRATION
from app.portal.routes import ROUTES as PORTAL
from app.queues.routes import ROUTES as QUEUES
from app.reports.routes import ROUTES as REPORTS
from app.service_levels.routes import ROUTES as SERVICE_LEVELS
from app.settings import Settings
from app.storage import DiskStore
from app.views.routes import ROUTES as VIEWS
from app.web.docs import openapi
from app.web.health import ROUTES as HEALTH
from app.web.input import check_input
from app.web.missing import with_missing_page
from app.web.problems import EXCEPTION_HANDLERS
from app.web.requests import with_request_ids
from app.web.security import OnlyOurPages, own_origins, with_security_headers

ROUTES: tuple[Any, ...] = (
    *PEOPLE,
    *REGISTRATION,
    *QUEUES,
    *CASES,
    *MANY_CASES,
    *DISPATCH,
    *VIEWS,
    *CANNED_REPLIES,
    *MACROS,
    *SERVICE_LEVELS,
    *REPORTS,
    *PROMISES,
    *FILES,
    *NOTIFICATIONS,
    *PUSH,
    *PORTAL,
    *BRANDING,
    *FIELDS,
    *MAILBOXES,
    *SPAM,
    *CONTACT_MAIL,
    *NOTICES,
    *TEMPLATES,
    *LEDGER,
    *MESSAGES,
    *QUARANTINE,
    *PAGES,
    *HEALTH,
)
BODY_LIMIT = 2 * 1024 * 1024  # bytes of a JSON body; files have their own limit


def new_token() -> str:
    return secrets.token_urlsafe(32)


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_desk(
    settings: Settings, *, now: Callable[[], datetime] = utc_now, token: Callable[[], str] = new_token
) -> Desk:
    return Desk(settings=settings, bus=Bus(), now=now, token=token, store=DiskStore(settings.files_dir), keys=Keys())


def create_app(settings: Settings, *, desk: Desk | None = None) -> Litestar:
    """The whole application. Tests hand in a desk with their own clock; nothing is opened before the lifespan."""
    the_desk = desk or build_desk(settings)
    live = LiveDoor(the_desk)
    office = DemoOffice()

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        async with lifespan.running(the_desk, live, office):
            yield

    app = Litestar(
        route_handlers=[*ROUTES, live.route(), metrics_route(the_desk, live), *demo_routes(the_desk, office)],
        lifespan=[running],
        dependencies={"desk": Provide(lambda: the_desk, sync_to_thread=False), **DEPENDENCIES},
        middleware=[Authentication(the_desk), OnlyOurPages(the_desk.keys, own_origins(settings))],
        exception_handlers=EXCEPTION_HANDLERS,
        before_request=check_input,
        request_max_body_size=BODY_LIMIT,
        openapi_config=openapi(TOPICS),
        logging_config=None,
    )
    app.state.desk = the_desk
    app.asgi_handler = with_request_ids(
        with_security_headers(with_missing_page(app.asgi_handler), https=settings.secure_cookies),
        trusted_proxies=settings.trusted_proxies,
    )
    return app
