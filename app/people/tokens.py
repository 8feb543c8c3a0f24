"""Secret tokens of sessions and links: only their hash is ever stored."""

from __future__ import annotations

import hashlib


def token_hash(token: str) -> str:
    """SHA-256 in hex; enough for tokens of 32 random bytes, which cannot be guessed from a list."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
