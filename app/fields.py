"""Database fields with the guarantees that the stock ones lack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model


class UtcDatetimeField(fields.DatetimeField[Any]):
    """An aware moment, stored in UTC on every engine.

    SQLite compares datetimes as text and Tortoise normalises only some of its writes, so each value is turned to UTC
    here, in filters and updates too; a naive value is refused.
    """

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{self.model_field_name}: a naive datetime cannot be stored")
            value = value.astimezone(UTC)
        return super().to_db_value(value, instance)
