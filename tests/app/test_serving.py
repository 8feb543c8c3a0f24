"""`casefeed serve` as an operator meets it: how it ends, and what it says where it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.commands.serve import door_problem, open_doors
from tests.support.desk_process import COMMAND
from tests.support.ports import free_port, wait_until_listening
from tests.support.sources import ROOT

PATIENCE = 60  # seconds on a busy machine


def environment(folder: Path, **settings: object) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CASEFEED_")}
    given = {
        "database_url": f"sqlite://{folder}/data/casefeed.sqlite3",
        "data_dir": folder / "data",
        "demo_smtp_port": 0,
        "demo_imap_port": 0,
        **settings,
    }
    named = {f"CASEFEED_{name.upper()}": str(value) for name, value in given.items()}
    return {**inherited, **named, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def start(folder: Path, *arguments: str, **settings: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", *arguments],
        env=environment(folder, **settings),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_ctrl_c_ends_the_server_in_order(tmp_path: Path) -> None:
    port = free_port()
    server = start(tmp_path, port=port)
    wait_until_listening(port, seconds=PATIENCE, while_true=lambda: server.poll() is None)
    server.send_signal(signal.SIGINT)
    said, _ = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
    assert f"http://127.0.0.1:{port}" in said  # where to go
    assert "Aborted" not in said
    assert "Traceback" not in said


def test_a_taken_port_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with taken_port() as port:
        server = start(tmp_path, "--port", str(port))
        said, _ = server.communicate(timeout=PATIENCE)
    assert server.returncode == 1
    sentence = f"Port {port} of 127.0.0.1 is in use by another program: stop it, or choose another with --port."
    assert said.strip() == sentence
    assert not (tmp_path / "data").exists()


def test_the_demo_moves_its_post_office_off_taken_ports_and_says_so(tmp_path: Path) -> None:
    port = free_port()
    with taken_port() as smtp_port, taken_port() as imap_port:
        server = start(tmp_path, "--demo", port=port, demo_smtp_port=smtp_port, demo_imap_port=imap_port)
        wait_until_listening(port, seconds=PATIENCE, while_true=lambda: server.poll() is None)
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=PATIENCE)
    assert f"Port {smtp_port} is in use by another program; SMTP of the demo's post office is on port " in said
    assert f"Port {imap_port} is in use by another program; IMAP of the demo's post office is on port " in said
    assert f"Casefeed is running at http://127.0.0.1:{port}" in said
    assert " request " not in said
    assert server.returncode == 0


def test_a_name_opens_a_door_at_each_of_its_addresses() -> None:
    doors = open_doors("localhost", 0)
    try:
        assert {door.getsockname()[0] for door in doors} <= {"127.0.0.1", "::1"}
        assert doors
    finally:
        for door in doors:
            door.close()


def test_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(OSError) as problem:  # noqa: PT011  # the sentence is looked at below
        open_doors("desk.invalid", 8000)
    assert "mend CASEFEED_HOST" in door_problem(problem.value, "desk.invalid", 8000)
