"""A real Dovecot in a throw-away folder on free loopback ports, beside whatever the machine runs otherwise."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mail.accounts import ImapSettings, Security
from tests.support.certificates import Certificate, make_certificate
from tests.support.ports import free_ports

PASSWORD = "correct-horse"
"""Every user name signs in with it."""

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = casefeed-tests-{port}
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
mail_uid = {user}
mail_gid = {group}
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
auth_mechanisms = plain login{more_mechanisms}
auth_failure_delay = 0
{capabilities}
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
{more_passdb}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service imap {{
  client_limit = 1
  process_limit = 50
}}
service stats {{
  client_limit = 500
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server. `mailbox` gives the settings of any user; a user's mail exists from the first sign-in on."""

    folder: Path
    port: int
    tls_port: int
    process: subprocess.Popen[bytes]
    certificate: Certificate

    def mailbox(self, user: str, *, security: Security = Security.NONE) -> ImapSettings:
        return ImapSettings(
            host="127.0.0.1",
            port=self.tls_port if security is Security.TLS else self.port,
            security=security,
            user=user,
            password=PASSWORD,
            tls=None if security is Security.NONE else self.certificate.trusting(),
        )

    def fill(self, user: str, messages: list[bytes]) -> None:
        """Put messages into the user's INBOX behind the server's back, as a delivery agent would."""
        maildir = self.folder / "mail" / user
        for directory in (maildir, *(maildir / name for name in ("new", "cur", "tmp"))):
            directory.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(directory, "dovecot", "dovecot")
        for number, message in enumerate(messages):
            name = f"{time.time():.6f}.{number:07}.{os.getpid()}"
            (maildir / "tmp" / name).write_bytes(message)
            (maildir / "tmp" / name).rename(maildir / "new" / name)

    def imap_processes(self) -> list[int]:
        """Ids of the processes that serve one signed-in client each."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _is_child_named(entry, self.process.pid, "imap")
        ]


def ensure_dovecot() -> str:
    """The path of the dovecot program; installs Debian's package where it is missing and may be installed."""
    found = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True, capture_output=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "dovecot-imapd"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(install, check=True, capture_output=True, env=environment)
        found = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
    if found is None:
        raise RuntimeError("Dovecot is missing: install the package dovecot-imapd.")
    return found


@contextmanager
def running_dovecot(*, introspection: str = "", without: str = "") -> Iterator[Dovecot]:
    """Start a server whose files all live in a folder of their own, and stop it at the end.

    With `introspection` it takes OAuth 2 tokens too, and asks that address (RFC 7662) whether they hold. `without`
    names capabilities that it keeps to itself, as an older server would ("MOVE UIDPLUS").

    The folder is no child of pytest's: its processes run as another user, and every start of pytest closes that parent
    to all users but its own.
    """
    with (
        tempfile.TemporaryDirectory(prefix="casefeed-dovecot-", ignore_cleanup_errors=True) as name,
        _serving(Path(name), introspection, without) as server,
    ):
        yield server


@contextmanager
def _serving(folder: Path, introspection: str, without: str) -> Iterator[Dovecot]:
    program = ensure_dovecot()
    certificate = make_certificate(folder)
    port, tls_port = free_ports(2)
    as_root = os.geteuid() == 0
    user = "dovecot" if as_root else str(os.getuid())
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            port=port,
            tls_port=tls_port,
            user=user,
            group="dovecot" if as_root else str(os.getgid()),
            certificate=certificate.certificate,
            key=certificate.key,
            password=PASSWORD,
            more_mechanisms=" xoauth2" if introspection else "",
            more_passdb=_token_passdb(folder, introspection) if introspection else "",
            capabilities=f"imap_capability = {_offered(without)}" if without else "",
        )
    )
    for name in ("mail", "home", "run", "state"):
        (folder / name).mkdir(exist_ok=True)
        folder.joinpath(name).chmod(0o777)
    folder.chmod(0o755)
    process = subprocess.Popen([program, "-F", "-c", str(configuration)])
    try:
        _wait_for_port(process, port, folder / "dovecot.log")
        yield Dovecot(folder, port, tls_port, process, certificate)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _token_passdb(folder: Path, introspection: str) -> str:
    settings = folder / "oauth2.conf"
    settings.write_text(
        f"introspection_mode = get\nintrospection_url = {introspection}?token=\n"
        "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
    )
    return f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {settings}\n}}"


def _offered(without: str) -> str:
    everything = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE UIDPLUS MOVE CONDSTORE QRESYNC NAMESPACE CHILDREN"
    return " ".join(word for word in everything.split() if word not in without.split())


def _wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("Dovecot did not start:\n" + (log.read_text() if log.exists() else ""))


def _is_child_named(entry: Path, parent: int, name: str) -> bool:
    try:
        status = entry.joinpath("status").read_text()
    except OSError:
        return False
    return f"Name:\t{name}\n" in status and f"PPid:\t{parent}\n" in status
