"""Tortoise's SQLite back end with BEGIN IMMEDIATE, so that a command beside the server waits instead of failing.

A deferred BEGIN that reads and then writes fails at once with "database is locked" when another process wrote in
between, whatever busy_timeout says; an immediate one queues for the write lock.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class _ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class _GuardedContext(SqliteTransactionContext):
    """Gives the connection back when BEGIN itself fails or is cancelled; the stock context would keep it for ever."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        token = None
        try:
            await self.ensure_connection()
            token = self.token = get_connections().set(self.connection_name, self.connection)
            await self.connection.begin()
        except BaseException:
            if token is not None:
                get_connections().reset(token)
            self._trxlock.release()
            raise
        entered: TransactionalDBClient = self.connection
        return entered


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class ImmediateSqliteClient(SqliteClient):
    """SQLite client whose transactions take the write lock when they begin."""

    async def _post_connect(self) -> None:
        await super()._post_connect()
        if self._connection is not None:
            # SQLite's own lower() and LIKE fold ASCII only; people search in Russian and Finnish too.
            await self._connection.create_function("lower", 1, _lower, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        transaction: Any = _ImmediateTransaction(self)
        return _GuardedContext(transaction, self._lock)


client_class = ImmediateSqliteClient
