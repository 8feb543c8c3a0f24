"""`casefeed serve`: settings, log, event loop, server; one clear sentence where that cannot be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import ValidationError

from app.settings import Settings
from channels.protocol import uvicorn_options

SHUTDOWN = 10  # seconds for requests under way; sockets are told to come back elsewhere at once
BACKLOG = 2048  # connections that may wait while the loop is busy: a thousand sockets return at once after a restart


def read_settings(env_file: Path | None, **given: Any) -> Settings:
    """Settings from the environment, the file and the flags, in rising order of weight.

    Raises SystemExit with a sentence for each setting that is wrong.
    """
    flags = {name: value for name, value in given.items() if value is not None}
    if flags.get("port") and "CASEFEED_PUBLIC_URL" not in os.environ:
        flags.setdefault("public_url", f"http://127.0.0.1:{flags['port']}")
    try:
        return Settings(_env_file=env_file or ".env", **flags)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            print(f"CASEFEED_{name}: {problem['msg']} (see docs/operating.md)", file=sys.stderr)
        raise SystemExit(2) from None


def serve(*, demo: bool, host: str | None, port: int | None, env_file: Path | None) -> int:
    settings = read_settings(env_file, host=host, port=port, demo=demo or None)
    from app.logging import configure_logging
    from app.main import create_app

    configure_logging(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        **uvicorn_options(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    try:
        server.run()
    except SystemExit as error:  # uvicorn says itself what is wrong, a taken port among it
        return int(error.code or 0) if isinstance(error.code, int) else 1
    return 0 if server.started else 3
