"""The `casefeed` command. Its names are fixed: operators and measurements rely on them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import rich_click as click

from app.errors import DeskError
from app.version import VERSION


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command to its end; a known error is one sentence and exit code 1."""
    try:
        sys.exit(asyncio.run(work) or 0)
    except DeskError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="casefeed")
def main() -> None:
    """Casefeed, a self-hosted real-time support desk."""


@main.command()
@click.option("--demo", is_flag=True, help="With demo data and a small post office of its own, on loopback.")
@click.option("--host", default=None, help="Address to listen on (CASEFEED_HOST).")
@click.option("--port", type=int, default=None, help="Port to listen on (CASEFEED_PORT).")
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with settings.")
def serve(demo: bool, host: str | None, port: int | None, env_file: Path | None) -> None:
    """Start the server. All settings are in docs/operating.md."""
    from app.commands.serve import serve as start

    sys.exit(start(demo=demo, host=host, port=port, env_file=env_file))


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from app.commands.database import migrate as bring_up_to_date

    run(bring_up_to_date())


@main.command()
def doctor() -> None:
    """Say what is wrong with database, Redis, mailboxes, SMTP, clock and disk, and how to mend it."""
    from app.commands.doctor import examine

    run(examine())


@main.command(name="invite-administrator")
@click.argument("email")
@click.option("--name", default="Administrator", help="The person's name.")
def invite_administrator(email: str, name: str) -> None:
    """Print a link by which EMAIL becomes an administrator (for the first start, or when nobody can sign in)."""
    from app.commands.database import invite

    run(invite(email, name))


@main.command()
@click.argument("topic")
@click.option("--url", default=None, help="The desk's address (default: CASEFEED_PUBLIC_URL).")
@click.option("--since", type=int, default=0, help="Last position you have.")
@click.option("--token", envvar="CASEFEED_TAIL_TOKEN", help="An API token with the scope `read`.")
@click.option("--email", envvar="CASEFEED_TAIL_EMAIL", help="Who you are, without a token.")
@click.option("--password", envvar="CASEFEED_TAIL_PASSWORD", help="Your password (asked for when left out).")
def tail(topic: str, url: str | None, since: int, token: str | None, email: str | None, password: str | None) -> None:
    """Follow a topic such as case/42: one JSON object per entry and line, without holes, for ever."""
    from app.commands.tail import follow

    if token:
        run(follow(topic, url=url, since=since, token=token))
        return
    if not email:
        raise click.UsageError("Say who you are: --token, or --email.")
    known = password or click.prompt("Password", hide_input=True)
    run(follow(topic, url=url, since=since, email=email, password=known))


@main.group()
def mail() -> None:
    """Look at mail: how it is understood, what became of it, and try again."""


@mail.command(name="inspect")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file and line (the default form).")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def inspect_mail(as_json: bool, files: tuple[Path, ...]) -> None:
    """How the desk understands messages."""
    from app.commands.mail import inspect_files

    sys.exit(inspect_files(files, readable=not as_json and sys.stdout.isatty()))


@mail.command(name="status")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def mail_status(as_json: bool) -> None:
    """Per mailbox: does the ledger hold what the server holds, and what is in quarantine?"""
    from app.commands.mail import status

    run(status(as_json=as_json))


@mail.command(name="replay")
@click.argument("ids", nargs=-1, required=True, type=int)
def replay_mail(ids: tuple[int, ...]) -> None:
    """Try quarantined messages again."""
    from app.commands.mail import replay

    run(replay(ids))


@main.group()
def sla() -> None:
    """Service levels: compute business time, explain deadlines."""


@sla.command(name="compute")
def sla_compute() -> None:
    """Business-time arithmetic: JSON lines on stdin, JSON lines on stdout."""
    from app.commands.sla import compute

    sys.exit(compute())


@sla.command(name="explain")
@click.argument("case")
def sla_explain(case: str) -> None:
    """Why each clock of CASE (its number, such as 1042 or #1042) is due when it is."""
    from app.commands.sla import explain

    run(explain(case))


@sla.command(name="verify")
@click.option("--newest", type=click.IntRange(min=1), default=None, help="Only so many cases, the newest.")
def sla_verify(newest: int | None) -> None:
    """Work out every clock again from the feed of its case, and say which are stored otherwise."""
    from app.commands.sla import verify

    run(verify(newest))


if __name__ == "__main__":
    main()
