"""Installs the locked packages of the front end and builds it, with the Node that came as a Python package."""

from __future__ import annotations

import os
from pathlib import Path

from desk_setup.environment import Environment
from desk_setup.stamps import digest, read_stamp, stale, write_stamp
from desk_setup.steps import run_step

MADE_HERE = {"node_modules", "dist"}  # folders under static/ that are made, not written
PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000")  # ms; npm's is 70 s
BUILDS = ("vite.config.ts", "vite.widget.config.ts")  # in this order: the first empties dist, the second adds to it


def sources(static: Path) -> list[Path]:
    """The files a build depends on: neither made files nor tests."""
    found: list[Path] = []
    for folder, names, files in os.walk(static):
        names[:] = [name for name in names if name not in MADE_HERE and not name.startswith(".")]
        found += [
            Path(folder, name)
            for name in files
            if ".test." not in name and not name.endswith(".gen.d.ts") and name != "vitest.config.ts"
        ]
    return found


def node_environment(node_home: Path) -> dict[str, str]:
    """The environment variables under which Node's own tools find the Node of the virtual environment first."""
    path = os.pathsep.join(filter(None, [str(node_home / "bin"), os.environ.get("PATH", "")]))
    return {**os.environ, "PATH": path, "npm_config_update_notifier": "false", "NODE_ENV": "", "NO_COLOR": "1"}


def npm_command(node_home: Path) -> list[str]:
    """How to call npm: the wheel's bin/npm is a flattened link that does not work."""
    return [str(node_home / "bin" / "node"), str(node_home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def prepare_front_end(environment: Environment, *, development: bool, log: Path) -> None:
    """Bring node_modules and static/dist up to date; does nothing when they are."""
    static = environment.root / "static"
    modules, dist = static / "node_modules", static / "dist"
    node_home = environment.node_home
    node, env = str(node_home / "bin" / "node"), node_environment(node_home)

    packages = digest([static / "package.json", static / "package-lock.json", static / ".npmrc"], base=static)
    wanted = {"packages": packages} | ({"development": packages} if development else {})
    stamp = modules / "casefeed-setup.json"
    if stale(read_stamp(stamp), wanted):
        scope = "--include=dev" if development else "--omit=dev"
        run_step(
            "Front-end packages",
            [*npm_command(node_home), "ci", scope, "--ignore-scripts", *PATIENCE],
            what="front-end packages",
            log=log,
            cwd=static,
            env=env,
        )
        write_stamp(stamp, wanted)

    build = {"build": digest(sources(static), base=static)}
    built = modules / "casefeed-build.json"
    if stale(read_stamp(built), build) or not (dist / "manifest.json").is_file():
        for config in BUILDS:
            if (static / config).is_file():
                run_step(
                    f"Front end ({config})",
                    [node, str(modules / "vite" / "bin" / "vite.js"), "build", "-c", config, "--logLevel", "warn"],
                    what="front end",
                    log=log,
                    cwd=static,
                    env=env,
                )
        write_stamp(built, build)
