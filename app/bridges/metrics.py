"""What a monitoring system reads from `/metrics`: sockets, deliveries, mail per mailbox, and how late promises are."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from app.bridges.live_door import LiveDoor
from app.desk import Desk
from app.errors import Forbidden
from app.mailboxes.figures import mail_figures
from app.mailboxes.quarantine import reasons
from app.service_levels.timer_store import ClockTimers
from app.web.client import is_this_machine

COUNTED = {
    "entries": "Entries that were handed to sockets of this process",
    "states": "Rows and counters that were handed to sockets of this process",
    "replays": "Times that entries were read from the database for a socket",
    "resyncs": "Times that a socket was told to load anew",
    "slow_closed": "Sockets closed because nobody read them",
    "ejected": "Sockets and topics taken away with somebody's rights",
}
"""channels.streams.Counts, field by field."""


def metrics_route(desk: Desk, live: LiveDoor) -> HTTPRouteHandler:
    """The handler of /metrics, for create_app; its registry lives as long as the application."""
    process = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=process)

    @get("/metrics", opt={"public_asset": True}, include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        _require_right(request, desk)
        figures = _Figures([*_of_sockets(live), *await _of_mail(), *await _of_timers(desk)])
        text = generate_latest(process) + generate_latest(figures.registry())
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})

    return metrics


def _require_right(request: Request[Any, Any, Any], desk: Desk) -> None:
    """With CASEFEED_METRICS_TOKEN: whoever shows it. Without: a program on this machine, not through a proxy."""
    token = desk.settings.metrics_token
    if token is None:
        if not is_this_machine(request.scope):
            raise Forbidden("Set CASEFEED_METRICS_TOKEN to read metrics from another machine.")
        return
    shown = request.headers.get("authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {token.get_secret_value()}".encode()):
        raise Forbidden("Send `Authorization: Bearer` with the value of CASEFEED_METRICS_TOKEN.")


class _Figures:
    """Values that were just read, in the shape prometheus_client collects."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families

    def registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(self)
        return registry


def _of_sockets(live: LiveDoor) -> Iterator[Metric]:
    hub = live.hub
    if hub is None:
        return
    yield GaugeMetricFamily("casefeed_sockets", "Open sockets of this process", len(hub.connections))
    yield GaugeMetricFamily("casefeed_streams", "Streams that a socket of this process has joined", len(hub.streams))
    yield CounterMetricFamily("casefeed_deliveries", "Frames given to sockets of this process", hub.outgoing.deliveries)
    for name, value in asdict(hub.counts).items():
        yield CounterMetricFamily(f"casefeed_feed_{name}", COUNTED.get(name, name), value)


async def _of_mail() -> list[Metric]:
    inbound = GaugeMetricFamily("casefeed_inbound_emails", "Rows of the ledger", labels=("mailbox", "outcome"))
    waiting = GaugeMetricFamily("casefeed_outbox_waiting", "E-mails to be sent or tried again", labels=("mailbox",))
    failed = GaugeMetricFamily("casefeed_outbox_failed", "E-mails that were given up", labels=("mailbox",))
    server = GaugeMetricFamily("casefeed_mailbox_server_emails", "E-mails on the server", labels=("mailbox",))
    ledger = GaugeMetricFamily(
        "casefeed_mailbox_ledger_emails", "E-mails on the server by the ledger", labels=("mailbox",)
    )
    working = GaugeMetricFamily("casefeed_mailbox_working", "1 while the mailbox is watched", labels=("mailbox",))
    for figures in await mail_figures():
        for outcome, count in sorted(figures.inbound.items()):
            inbound.add_metric((figures.address, outcome), count)
        waiting.add_metric((figures.address,), figures.waiting)
        failed.add_metric((figures.address,), figures.failed)
        working.add_metric((figures.address,), figures.working)
        ledger.add_metric((figures.address,), figures.ledger_count)
        if figures.server_count is not None:
            server.add_metric((figures.address,), figures.server_count)
    aside = GaugeMetricFamily("casefeed_quarantined_emails", "E-mails set aside, by reason", labels=("reason",))
    for reason, count in (await reasons()).items():
        aside.add_metric((reason,), count)
    return [inbound, waiting, failed, server, ledger, working, aside]


async def _of_timers(desk: Desk) -> list[Metric]:
    due = await ClockTimers().next_due()
    late = max((desk.now() - due).total_seconds(), 0.0) if due is not None else 0.0
    return [GaugeMetricFamily("casefeed_timers_late_seconds", "How late the earliest due step of a promise is", late)]
