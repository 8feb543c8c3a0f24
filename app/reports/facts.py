"""Rows of the tables of reports, narrowed, within spans of time and grouped: what every sum is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cases.queries import Filter
from app.database import fetch_rows, is_sqlite
from app.reports.periods import Span
from app.reports.schemas import By

NONE = "none"
"""The key of what has no owner or no account."""
COLUMNS: dict[By, str] = {"queue": "queue_id", "owner": "owner_id", "account": "account_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Only what one of these had."""

    queue_id: int | None = None
    owner_id: int | None = None
    account_id: int | None = None


def narrow(chosen: Filter, table: str, narrowed: Narrowed, without: Sequence[By] = ()) -> None:
    """Ask that the rows of `table` belong to these; `without` names what they must have none of."""
    for by, column in COLUMNS.items():
        if by in without:
            chosen.add(f"{table}.{column} IS NULL")
        elif getattr(narrowed, column) is not None:
            chosen.add(f"{table}.{column} = {chosen.value(getattr(narrowed, column))}")


def key_of(by: By) -> str:
    return f"COALESCE(CAST(f.{COLUMNS[by]} AS TEXT), '{NONE}')"


class Facts(Filter):
    """Rows of one table within spans of time, and the key by which they are grouped."""

    def __init__(self, table: str, by: By | None, spans: Sequence[Span], narrowed: Narrowed) -> None:
        super().__init__()
        if by in ("day", "week"):
            lines = ", ".join(
                f"({self._text(s.name)}, {self._moment(s.since)}, {self._moment(s.until)})" for s in spans
            )
            self.head = f"WITH span(name, since, until) AS (VALUES {lines}) "
            self.source = f"{table} f JOIN span ON f.at >= span.since AND f.at < span.until"
            self.key = "span.name"
        else:
            self.head, self.source = "", f"{table} f"
            self.key = "'all'" if by is None else key_of(by)
            self.add(f"f.at >= {self.value(spans[0].since)} AND f.at < {self.value(spans[-1].until)}")
        narrow(self, "f", narrowed)

    def _text(self, text: str) -> str:
        return f"CAST({self.value(text)} AS TEXT)"

    def _moment(self, moment: datetime) -> str:
        return self.value(moment) if is_sqlite() else f"CAST({self.value(moment)} AS TIMESTAMPTZ)"

    async def rows(self, columns: str) -> list[dict[str, Any]]:
        query = f"{self.head}SELECT {self.key} AS key, {columns} FROM {self.source} WHERE {self}"
        return await fetch_rows(query + " GROUP BY 1", *self.values)
