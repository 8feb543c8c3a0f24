"""How values become JSON at the edge, the same for answers, remembered answers and ETags."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


def encode_json(value: Any) -> bytes:
    """JSON of structs, dataclasses and plain values; aware UTC datetimes end in "Z"."""
    return _encoder.encode(value)
