"""What an API token may be used for: its scopes, and which of them a request needs. Pure.

Scopes only narrow: what a token may do is what its user may do, and of that only what its scopes name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from app.errors import Forbidden

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
EVERY_SCOPE: frozenset[str] = frozenset(SCOPES)
"""What somebody has who signed in themselves."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ADMINISTRATION = "/api/admin"
OF_A_PERSON = ("/api/tokens", "/api/session", "/api/sessions")
"""Where access itself is managed: a token that leaked must not be able to make further ones, or end sessions."""


def needed_scopes(method: str, path: str) -> frozenset[str]:
    """`read` or `write` by the method; `admin` as well under /api/admin."""
    needed = {"read" if method in READING else "write"}
    if _within(path, ADMINISTRATION):
        needed.add("admin")
    return frozenset(needed)


def require_scopes(held: Iterable[str], *, method: str, path: str) -> None:
    """Raise Forbidden when a token with the scopes `held` may not be used for this request."""
    changes_oneself = method not in READING and path == "/api/me"
    if changes_oneself or any(_within(path, area) for area in OF_A_PERSON):
        raise Forbidden("This cannot be done with an API token. Sign in at the desk for it.")
    missing = sorted(needed_scopes(method, path) - set(held))
    if missing:
        raise Forbidden(
            f"This API token lacks the scope `{missing[0]}`. Make one that has it.", data={"missing_scopes": missing}
        )


def _within(path: str, area: str) -> bool:
    return path == area or path.startswith(f"{area}/")
