"""The picture of the ledger's states is the one of the code, and the code knows no other state."""

from __future__ import annotations

from pathlib import Path

from app.bridges.intake import OUTCOMES
from app.mailboxes.states import OPEN, SETTLED, STEPS, picture

ROOT = Path(__file__).parents[3]


def test_the_page_shows_the_picture_of_the_table() -> None:
    assert f"```mermaid\n{picture()}\n```" in (ROOT / "docs/mail.md").read_text()


def test_every_outcome_is_in_the_table_and_leads_somewhere() -> None:
    assert {*SETTLED, "quarantined"} == set(OUTCOMES)
    reached = {after for before, after, _ in STEPS if before == OPEN}
    assert reached == {*OUTCOMES, OPEN}
    assert {before for before, _, _ in STEPS} >= reached
