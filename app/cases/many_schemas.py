"""Merging, linking and changing many cases on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from app.cases.bulk import CASES_AT_ONCE, Beside, Outcome
from app.cases.rules import PriorityName

Tags = Annotated[list[str], Meta(max_length=20)]


class MergeInto(Struct, forbid_unknown_fields=True):
    into_case_id: int


class LinkTo(Struct, forbid_unknown_fields=True):
    case_id: int


class BulkPatch(Struct, kw_only=True, forbid_unknown_fields=True):
    case_ids: Annotated[list[int], Meta(min_length=1, max_length=CASES_AT_ONCE)]
    status: str | None = None
    priority: PriorityName | None = None
    queue_id: int | None = None
    owner_id: int | UnsetType | None = UNSET
    add_tags: Tags = []
    remove_tags: Tags = []
    spam: bool | None = None


class BulkResult(Struct, kw_only=True):
    case_id: int
    number: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    """Columns that changed; both are empty where nothing did."""
    beside: list[Beside] = []
    """What is done that no column shows, and that is not taken back."""
    refused: str | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> BulkResult:
        return cls(
            case_id=outcome.case_id,
            number=outcome.number,
            subject=outcome.subject,
            before=outcome.before,
            after=outcome.after,
            beside=list(outcome.beside),
            refused=outcome.refused,
        )


class BulkAnswer(Struct, kw_only=True):
    results: list[BulkResult]
    id: int | None = None
    """By which it can be taken back; none for a preview."""
