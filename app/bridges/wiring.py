"""Which bridges stand inside every transaction, in which order: the same in the server, in commands and in tests."""

from __future__ import annotations

from app.bridges.acknowledging import Acknowledger
from app.bridges.dispatch import DispatchKeeper
from app.bridges.moving import MailFollower
from app.bridges.notices import Notifier
from app.bridges.outbox import OutboxWriter
from app.bridges.push import PushQueue
from app.bridges.reports import ReportKeeper
from app.bridges.service_levels import ClockKeeper
from app.desk import Desk
from app.events import Bus


def subscribe_inside(desk: Desk) -> None:
    """Clocks first, because notices name the due moment; mails of moved messages before new ones are written."""
    ClockKeeper().subscribe(desk.bus)
    ReportKeeper().subscribe(desk.bus)
    DispatchKeeper().subscribe(desk.bus)
    MailFollower().subscribe(desk.bus)
    writer = OutboxWriter(desk)
    writer.subscribe()
    Acknowledger(desk, writer).subscribe()
    Notifier().subscribe(desk.bus)
    PushQueue(desk).subscribe()


def quiet_bus(desk: Desk) -> Bus:
    """A bus with the clocks, the reports and nothing that writes mails: for what happened before the desk was there."""
    bus = Bus()
    ClockKeeper().subscribe(bus)
    ReportKeeper().subscribe(bus)
    return bus
