"""Installs the servers and the browser that the tests drive, from Debian's packages, where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")  # not on everybody's PATH
NO_SERVICE = Path("/usr/sbin/policy-rc.d")  # Debian asks this script whether a freshly installed service may start


@dataclass(frozen=True)
class Need:
    """A program some tests start, and the Debian packages that bring it."""

    title: str
    program: str
    packages: tuple[str, ...]

    def find(self) -> str | None:
        return find_program(self.program)


NEEDS = (
    Need("PostgreSQL", "postgres", ("postgresql",)),
    Need("Redis", "redis-server", ("redis-server",)),
    Need("Dovecot", "dovecot", ("dovecot-imapd", "dovecot-lmtpd")),
    Need("OpenSMTPD", "smtpd", ("opensmtpd",)),
    Need("Chromium", "chromium", ("chromium",)),
)


class ProgramMissing(RuntimeError):
    """A program the tests need is not there and could not be installed; the message says how to install it."""


def find_program(name: str) -> str | None:
    """The program's path: on PATH, among the administrator's programs, or where Debian keeps PostgreSQL."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    newest_first = sorted(
        glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda found: float(Path(found).parts[4]), reverse=True
    )
    return shutil.which(name, path=path) or next(iter(newest_first), None)


def ensure_debian(package: str, binary: str) -> str:
    """The path of `binary`, installing Debian's `package` if it is missing; raises ProgramMissing if that cannot be."""
    if found := find_program(binary):
        return found
    install(package)
    if found := find_program(binary):
        return found
    raise ProgramMissing(f"{package} is installed, and yet there is no {binary}.")


def install(*packages: str) -> None:
    """Install with apt-get, without starting the services; raises ProgramMissing where that is not possible."""
    missing = ", ".join(packages)
    by_hand = f"install it: apt-get install --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise ProgramMissing(f"{missing} is missing and there is no apt-get here; install it in your system's own way.")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            raise ProgramMissing(f"{missing} is missing and only root may install it; {by_hand}")
        apt = ["sudo", "-n", *apt]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = [*apt, "install", "-y", "--no-install-recommends", *packages]
    with services_kept_off():
        # Package lists may be absent or old: a second attempt refreshes them.
        for attempt in ([wanted], [[*apt, "update"], wanted]):
            done = [subprocess.run(command, env=env, capture_output=True, text=True) for command in attempt]
            if done[-1].returncode == 0:
                return
    reason = (done[-1].stderr.strip().splitlines() or ["no reason given"])[-1]
    raise ProgramMissing(f"apt-get could not install {missing} ({reason}); {by_hand}")


def refresh_lists() -> None:
    """Bring apt's package lists up to date, where this user may."""
    subprocess.run(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "update"], capture_output=True)


@contextmanager
def services_kept_off() -> Iterator[None]:
    """The tests start their own servers on free ports: an installation shall not start another on the usual one."""
    if os.geteuid() != 0 or NO_SERVICE.exists():
        yield
        return
    NO_SERVICE.write_text("#!/bin/sh\nexit 101\n")
    NO_SERVICE.chmod(0o755)
    try:
        yield
    finally:
        NO_SERVICE.unlink(missing_ok=True)


def main() -> int:
    """Install what is missing; answers 1 after naming everything that cannot be had."""
    problems = []
    for need in NEEDS:
        if need.find():
            continue
        print(f"  Installing {need.title} …", flush=True)
        try:
            install(*need.packages)
        except ProgramMissing as problem:
            problems.append(f"The tests cannot run without {need.title}: {problem}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
