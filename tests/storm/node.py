"""One process of the desk, ten times as hasty as in earnest.

SIGUSR1 sets its clock back by an hour; at SIGUSR2 it writes into its log where each of its tasks stands.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import uvicorn

from app.bridges.live_door import LiveDoor
from app.commands.serve import BACKLOG, open_doors, read_settings
from app.logging import configure_logging
from app.main import build_desk, create_app
from channels.protocol import uvicorn_options
from channels.timing import Timing
from tests.support.desk_process import DeskProcess
from tests.support.diary import Diary
from tests.support.standing import standing
from tests.support.waiting import until

HASTY = Timing(
    heartbeat=2.5, quiet=7.5, heads=0.3, changes=0.3, rights=6.0, slow=3.0, people=0.015, lease=4.5, renew=1.5
)
"""A tenth of every interval, so that an outage of six seconds is to the feed what a minute is in earnest."""
AN_HOUR = 3600.0  # seconds
REAL_TIME = "--real-time"
STACKS, END_OF_STACKS = "--- tasks", "--- end of tasks"
ANSWERS_WITHIN = 10.0  # seconds; a node that does not say by then where it stands hangs where no signal reaches it
FRAMES = 6  # the innermost ones of a task


class StormNode(DeskProcess):
    """A process that may be killed, restarted, and told that its clock was wrong."""

    def __init__(self, folder: Path, *, hasty: bool = True, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.command = ("from tests.storm.node import main; main()", *(() if hasty else (REAL_TIME,)))

        self.diary = Diary(f"node on port {self.port}")
        self._listens = False

    def start(self, *arguments: str) -> None:
        self.diary.note("starts")
        try:
            super().start(*arguments)
        except RuntimeError as error:
            self.diary.note(f"did not start: {str(error)[-300:].strip()}")
            raise
        self._listens = True
        self.diary.note("listens")

    def kill(self) -> None:
        self._listens = False
        super().kill()
        self.diary.note("was killed")

    def stop(self) -> None:
        self._listens = False
        super().stop()
        self.diary.note("has stopped")

    def set_clock_back(self) -> None:
        self.server.process.send_signal(signal.SIGUSR1)
        self.diary.note("its clock was set back")

    async def tasks(self) -> str:
        """Where each task of the process stands now; or why it cannot say."""
        if not self._listens or not self.server.alive():
            return "it does not run"
        before = len(self.server.said())
        self.server.process.send_signal(signal.SIGUSR2)
        try:
            await until(lambda: END_OF_STACKS in self.server.said()[before:], seconds=ANSWERS_WITHIN)
        except TimeoutError:
            return "it does not say"
        return self.server.said()[before:].partition(STACKS)[2].partition(END_OF_STACKS)[0]


def write_tasks(_: int, running: FrameType | None) -> None:
    """What runs and where each task stands, for whoever wants to know why nothing goes on."""
    print(STACKS, file=sys.stderr)
    traceback.print_stack(running, limit=FRAMES)
    for task in asyncio.all_tasks():
        print(standing(task, limit=FRAMES), file=sys.stderr)
    print(END_OF_STACKS, file=sys.stderr, flush=True)


def main() -> None:
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
    signal.signal(signal.SIGUSR2, write_tasks)
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
