"""Custom fields: what a value of each kind may be. Pure but for reading the definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.cases.models import FieldDefinition
from app.errors import Invalid

FIELD_TEXT = 4_000  # characters of a text field


async def check_custom(values: Mapping[str, Any], *, complete: bool = False) -> dict[str, Any]:
    """The values as they are stored; None clears one. Raises Invalid at `custom.<key>`.

    `complete` demands the required fields too (a new case); a change may leave them out.
    """
    definitions = await FieldDefinition.all().order_by("sort", "id")
    known = {definition.key: definition for definition in definitions}
    for key in values:
        if key not in known:
            raise Invalid(f"There is no field {key!r}.", field=f"custom.{key}")
    if complete:
        require_all(definitions, values)
    return {
        key: None if value is None else checked(known[key].kind, known[key].choices, value, field=f"custom.{key}")
        for key, value in values.items()
    }


def require_all(definitions: Sequence[FieldDefinition], values: Mapping[str, Any]) -> None:
    for definition in definitions:
        if definition.required and values.get(definition.key) in (None, ""):
            raise Invalid("This is needed.", field=f"custom.{definition.key}")


def checked(kind: str, choices: Sequence[str], value: Any, *, field: str) -> Any:
    """`value` if it is one of this kind. Raises Invalid."""
    match kind, value:
        case "text", str() if len(value) <= FIELD_TEXT:
            return value
        case "number", int() | float() if not isinstance(value, bool):
            return value
        case "switch", bool():
            return value
        case "choice", str() if value in choices:
            return value
        case "date", str():
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass
    raise Invalid(_EXPECTED[kind].format(", ".join(choices)), field=field)


_EXPECTED = {
    "text": f"Give a text of at most {FIELD_TEXT} characters.",
    "number": "Give a number.",
    "switch": "Give true or false.",
    "choice": "Choose one of: {}.",
    "date": "Give a date as YYYY-MM-DD.",
}
KINDS = tuple(_EXPECTED)
