"""The tables of docs/mail.md say what the code says."""

from __future__ import annotations

from pathlib import Path

from app.bridges.intake import OUTCOMES
from app.bridges.joining import SIGNS
from app.mailboxes.models import InboundEmail
from app.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "mail.md").read_text()


def table(columns: str) -> list[str]:
    """The rows below the head of a table."""
    rows = PAGE.partition(f"| {columns} |\n|---|---|\n")[2].partition("\n\n")[0]
    return rows.splitlines()


def test_outcomes_are_listed_as_in_the_code() -> None:
    assert table("outcome | what became of the mail") == [f"| `{name}` | {words} |" for name, words in OUTCOMES.items()]


def test_signs_are_listed_in_the_order_they_are_tried() -> None:
    assert table("sign | who joins by it") == [f"| `{name}` | {words} |" for name, words in SIGNS.items()]


def test_limits_are_the_real_ones() -> None:
    usual = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("notices_per_")}
    address, case, installation = (usual[f"notices_per_{what}_hour"] for what in ("address", "case", "installation"))
    assert f"{address} an hour to one address, {case} about one case, {installation:,} in all" in PAGE


def test_every_outcome_fits_its_column() -> None:
    width = InboundEmail._meta.fields_map["outcome"].max_length  # type: ignore[attr-defined]
    assert max(map(len, OUTCOMES)) <= width
