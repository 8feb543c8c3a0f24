"""Tells mail that no person wrote by hand, so that the desk never answers a robot (RFC 3834)."""

from __future__ import annotations

from dataclasses import dataclass

from .bounces import Report
from .message import Address
from .structure import Part


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind of automatic mail it is, and by what signs."""

    is_auto: bool = False
    is_bounce: bool = False
    is_delay: bool = False
    is_complaint: bool = False
    must_not_autoreply: bool = False
    reasons: tuple[str, ...] = ()


UNKNOWN = Verdict(must_not_autoreply=True, reasons=("unreadable",))


def judge(part: Part, *, subject: str, text: str, from_: Address | None, report: Report) -> Verdict:
    """The verdict."""
    return Verdict()
