"""What a row of the ledger goes through, as a table: the picture in docs/mail.md is printed from it."""

from __future__ import annotations

from app.mailboxes.ledger import UNDERSTAND_AT_MOST

OPEN = "stored"
"""The only state that waits to be handled."""

SETTLED = ("opened", "joined", "automatic", "bounce", "duplicate", "own", "ignored")
"""Outcomes that stay for good."""

STEPS: tuple[tuple[str, str, str], ...] = (
    ("[*]", OPEN, "bytes committed"),
    (OPEN, OPEN, f"an attempt failed, fewer than {UNDERSTAND_AT_MOST}"),
    *((OPEN, outcome, "handled") for outcome in SETTLED),
    (OPEN, "quarantined", f"refused, too large, or {UNDERSTAND_AT_MOST} attempts"),
    ("quarantined", OPEN, "tried again by a person"),
    *((outcome, "acknowledged", "flagged, moved, deleted or left") for outcome in (*SETTLED, "quarantined")),
    ("acknowledged", "gone", "moved or deleted, by the desk or by people"),
)
"""From, to, and by what; `acknowledged` and `gone` are moments beside the outcome, which stays."""


def picture() -> str:
    """The steps as a state diagram (Mermaid)."""
    return "\n".join(["stateDiagram-v2", *(f"    {before} --> {after}: {why}" for before, after, why in STEPS)])
