"""Ready-made WebSocket text frames, so that one encoding serves every socket (RFC 6455, section 5.2.

Servers do not mask).
"""

from __future__ import annotations

from collections.abc import Iterator

_TEXT = 0x81  # FIN and opcode 1


def text_frame(payload: bytes) -> bytes:
    """The payload (UTF-8) as one final, unmasked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


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
