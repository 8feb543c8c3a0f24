"""Ready-made WebSocket text frames, so that one encoding serves every socket (RFC 6455, section 5.2.

Servers do not mask).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_TEXT = 0x81  # FIN and opcode 1
_medium_head = struct.Struct(">BBH").pack
_large_head = struct.Struct(">BBQ").pack


def text_frame(payload: bytes) -> bytes:
    """The payload (UTF-8) as one final, unmasked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return _medium_head(_TEXT, 126, size) + payload
    return _large_head(_TEXT, 127, size) + payload


def payloads(data: bytes) -> Iterator[bytes]:
    """The payloads of frames made by ``text_frame`` that stand one after the other."""
    at = 0
    while at < len(data):
        size = data[at + 1]
        at += 2
        if size == 126:
            size, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        elif size == 127:
            size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
        yield data[at : at + size]
        at += size
