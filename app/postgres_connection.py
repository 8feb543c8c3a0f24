"""A connection to PostgreSQL that is given up at once when the server has ended it between two steps of a statement.

A server that ends a connection (a restart, `pg_terminate_backend`) says so, and closes it a moment later. If it says so
while asyncpg waits for nothing, asyncpg still counts the connection as open, and until the close arrives each statement
on it fails by "cannot switch to state 12; another operation (2) is in progress". Meanwhile the pool would hand it out
again and again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg

P = ParamSpec("P")
T = TypeVar("T")


def _given_up_when_broken(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    async def asked(self: Any, /, *arguments: P.args, **options: P.kwargs) -> T:
        try:
            return await method(self, *arguments, **options)
        except asyncpg.InternalClientError as error:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("the server has ended this connection") from error

    return functools.update_wrapper(asked, method)


class DeskConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Raises ConnectionDoesNotExistError, as for any lost connection; whoever asks next gets another one."""

    execute = _given_up_when_broken(asyncpg.Connection.execute)
    executemany = _given_up_when_broken(asyncpg.Connection.executemany)
    fetch = _given_up_when_broken(asyncpg.Connection.fetch)
    fetchrow = _given_up_when_broken(asyncpg.Connection.fetchrow)
    fetchval = _given_up_when_broken(asyncpg.Connection.fetchval)
