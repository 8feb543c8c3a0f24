"""Secret tokens of sessions, links and programs: only their hash is ever stored."""

from __future__ import annotations

import hashlib

PROGRAM_PREFIX = "casefeed_"  # so that people, and scanners for leaked secrets, see what they hold


def token_hash(token: str) -> str:
    """SHA-256 in hex; enough for tokens of 32 random bytes, which cannot be guessed from a list."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
