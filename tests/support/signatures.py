"""Reads the signature of each route handler once: every desk of a test registers the same hundreds of them anew."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from litestar.utils.signature import ParsedSignature

_read = ParsedSignature.from_fn
_known: dict[tuple[Any, ...], tuple[ParsedSignature, dict[str, Any]]] = {}
"""With the names each was read with, which keep their identities while they are kept."""


def remember_signatures() -> None:
    """From now on a function of a module, read again with the same names, has the signature it had (a frozen value)."""
    ParsedSignature.from_fn = staticmethod(remembered)


def remembered(fn: Any, names: dict[str, Any]) -> ParsedSignature:
    if not isinstance(fn, FunctionType) or "<locals>" in fn.__qualname__:
        return _read(fn, names)  # made for one desk, and gone with it
    key = (fn, frozenset((name, id(value)) for name, value in names.items()))
    if key not in _known:
        _known[key] = (_read(fn, names), dict(names))
    return _known[key][0]
