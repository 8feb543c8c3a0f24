"""A real Courier IMAP beside Dovecot: no MOVE, no CONDSTORE, UIDs kept its own way; UIDPLUS and IDLE as a test says.

Debian's package cannot be installed beside Dovecot's, so it is unpacked into a folder of its own.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mail.accounts import ImapSettings, Security
from tests.support.packages import ProgramMissing, refresh_lists

PACKAGES = ("courier-imap", "courier-authlib", "libcourier-unicode4", "libidn12", "libgamin0")
EVERYTHING = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE IDLE"
BARE = "IMAP4rev1"


@dataclass
class Courier:
    """A running server; whoever connects is signed in as the one user it has."""

    folder: Path
    port: int

    @property
    def maildir(self) -> Path:
        return self.folder / "Maildir"

    def mailbox(self, **changes: object) -> ImapSettings:
        settings: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": Security.NONE,
            "user": "help",
        }
        return ImapSettings(**(settings | changes))  # type: ignore[arg-type]

    def fill(self, messages: list[bytes], *, folder: str = "") -> None:
        """Deliver as a delivery agent would; `folder` is named as in the Maildir (".Support")."""
        for number, message in enumerate(messages):
            name = f"{time.time():.6f}.{number:07}.{os.getpid()}"
            place = self.maildir / folder
            (place / "tmp" / name).write_bytes(message)
            (place / "tmp" / name).rename(place / "new" / name)

    def renumber(self) -> None:
        """What a restored backup does: a new UIDVALIDITY (the second word of its list), and new UIDs."""
        register = self.maildir / "courierimapuiddb"
        kind, validity, *_ = register.read_text().split(maxsplit=2)
        register.write_text(f"{kind} {int(validity) + 1} 1\n")


def ensure_courier() -> Path:
    """The folder with Courier's files; unpacks Debian's packages where they are missing."""
    home = Path(tempfile.gettempdir()) / f"casefeed-courier-{os.getuid()}"
    if (home / "usr/bin/imapd").exists():
        return home
    with tempfile.TemporaryDirectory() as name:
        fetch = ["apt-get", "download", *PACKAGES]
        done = subprocess.run(fetch, cwd=name, capture_output=True, text=True)
        if done.returncode:
            refresh_lists()
            done = subprocess.run(fetch, cwd=name, capture_output=True, text=True)
        if done.returncode:
            raise ProgramMissing(f"Courier's packages could not be fetched: {done.stderr.strip()[-300:]}")
        # Unpacked aside and renamed whole: another run of the tests may look at the same moment.
        aside = home.with_name(f"{home.name}.{os.getpid()}")
        for package in Path(name).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, aside], check=True)
        try:
            aside.rename(home)
        except OSError:
            if not (home / "usr/bin/imapd").exists():
                raise
    return home


@contextmanager
def running_courier(capabilities: str = EVERYTHING) -> Iterator[Courier]:
    """Start a server in a throw-away folder on a free port, and stop it at the end."""
    home = ensure_courier()
    libraries = [home / "usr/lib", *home.glob("usr/lib/*-linux-gnu"), *home.glob("lib/*-linux-gnu")]
    environment = {
        "PATH": "/usr/bin:/bin",
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "AUTHENTICATED": "help",
        "IMAP_CAPABILITY": capabilities,
        "IMAP_USELOCKS": "0",
        "IMAP_ENHANCEDIDLE": "0",
        "IMAP_IDLE_TIMEOUT": "1",  # seconds between two of its looks into the folder
    }
    with tempfile.TemporaryDirectory(prefix="casefeed-courier-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("cur", "new", "tmp"):
            (folder / "Maildir" / part).mkdir(parents=True)
        door = socket.create_server(("127.0.0.1", 0))
        children: list[subprocess.Popen[bytes]] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = door.accept()
                except OSError:
                    return
                with connection, (folder / "courier.log").open("ab") as log:
                    command = [str(home / "usr/bin/imapd"), "Maildir"]
                    own = {**environment, "HOME": str(folder)}
                    children.append(
                        subprocess.Popen(command, stdin=connection, stdout=connection, stderr=log, env=own, cwd=folder)
                    )

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Courier(folder, door.getsockname()[1])
        finally:
            door.shutdown(socket.SHUT_RDWR)
            door.close()
            thread.join()
            for child in children:
                child.kill()
                child.wait()
