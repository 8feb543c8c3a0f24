"""One process of the desk, ten times as hasty as in earnest, whose clock SIGUSR1 sets back by an hour."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from app.bridges.live_door import LiveDoor
from app.commands.serve import BACKLOG, open_doors, read_settings
from app.logging import configure_logging
from app.main import build_desk, create_app
from channels.protocol import uvicorn_options
from channels.timing import Timing
from tests.support.desk_process import DeskProcess

HASTY = Timing(
    heartbeat=2.5, quiet=7.5, heads=0.3, changes=0.3, rights=6.0, slow=3.0, people=0.015, lease=4.5, renew=1.5
)
"""A tenth of every interval, so that an outage of six seconds is to the feed what a minute is in earnest."""
AN_HOUR = 3600.0  # seconds
REAL_TIME = "--real-time"


class StormNode(DeskProcess):
    """A process that may be killed, restarted, and told that its clock was wrong."""

    def __init__(self, folder: Path, *, hasty: bool = True, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.command = ("from tests.storm.node import main; main()", *(() if hasty else (REAL_TIME,)))

    def set_clock_back(self) -> None:
        self.server.process.send_signal(signal.SIGUSR1)


def main() -> None:
    import sys

    behind = 0.0
    real_time, real_ns = time.time, time.time_ns

    def set_back(*_: object) -> None:
        nonlocal behind
        behind += AN_HOUR

    def now() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    time.time = lambda: real_time() - behind
    time.time_ns = lambda: real_ns() - int(behind * 1e9)
    signal.signal(signal.SIGUSR1, set_back)
    settings = read_settings(None)
    configure_logging(settings)
    timing = Timing() if REAL_TIME in sys.argv else HASTY
    LiveDoor.timing = timing
    config = uvicorn.Config(
        create_app(settings, desk=build_desk(settings, now=now)),
        **uvicorn_options(timing),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=open_doors(settings.host, settings.port))
