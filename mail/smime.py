"""Takes the words out of an S/MIME seal that hides them from other programs (opaque signed-data, RFC 8551 3.5.2).

Only the structure is read here; whether the signature is good is checked by `mail.signatures`.
"""

from __future__ import annotations

from collections.abc import Iterator

_SIGNED_DATA = bytes((0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02))  # 1.2.840.113549.1.7.2, RFC 5652 5.1
_MAXIMUM_NODES = 20_000  # of one level; certificates come by the handful, constructed strings by the thousand at most
_MAXIMUM_DEPTH = 12
_SEQUENCE, _IDENTIFIER, _OCTETS = 0x30, 0x06, 0x04


def content_of(data: bytes) -> bytes | None:
    """The MIME entity within signed-data, or None: it is encrypted, compressed, detached, or no such thing."""
    try:
        outer = children(data, 0, len(data))
        tag, start, end = next(outer)
        if tag != _SEQUENCE:
            return None
        parts = list(children(data, start, end))
        if len(parts) < 2 or data[parts[0][1] : parts[0][2]] != _SIGNED_DATA:
            return None
        signed = next(children(data, parts[1][1], parts[1][2]))
        for tag, start, end in children(data, signed[1], signed[2]):
            if (
                tag == _SEQUENCE
            ):  # encapContentInfo is the first sequence: version and digests stand before it as other tags
                inside = list(children(data, start, end))
                if len(inside) == 2 and inside[0][0] == _IDENTIFIER:
                    return _octets(data, inside[1][1], inside[1][2], 0) or None
    except (StopIteration, IndexError, ValueError):
        return None
    return None


def children(data: bytes, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of each element between two positions (X.690, definite and indefinite lengths)."""
    for _ in range(_MAXIMUM_NODES):
        if position >= end or data[position : position + 2] == b"\0\0":
            return
        tag = data[position]
        start, length = _length(data, position + 1)
        if length is None:
            stop = _end_of_contents(data, start, end, 0)
            yield tag, start, stop
            position = stop + 2
        else:
            if start + length > end:
                raise ValueError("an element is longer than what holds it")
            yield tag, start, start + length
            position = start + length


def _length(data: bytes, position: int) -> tuple[int, int | None]:
    first = data[position]
    if first < 0x80:
        return position + 1, first
    if first == 0x80:
        return position + 1, None
    count = first & 0x7F
    if count > 4:
        raise ValueError("a length of more than four bytes")
    return position + 1 + count, int.from_bytes(data[position + 1 : position + 1 + count], "big")


def _end_of_contents(data: bytes, position: int, end: int, depth: int) -> int:
    if depth > _MAXIMUM_DEPTH:
        raise ValueError("nested too deeply")
    while position < end and data[position : position + 2] != b"\0\0":
        start, length = _length(data, position + 1)
        position = start + length if length is not None else _end_of_contents(data, start, end, depth + 1) + 2
    if position >= end:
        raise ValueError("an element without an end")
    return position


def _octets(data: bytes, start: int, end: int, depth: int) -> bytes:
    """The bytes of an octet string, also of one that is sent in pieces."""
    if depth > _MAXIMUM_DEPTH:
        raise ValueError("nested too deeply")
    output = bytearray()
    for tag, inner_start, inner_end in children(data, start, end):
        if tag == _OCTETS:
            output += data[inner_start:inner_end]
        elif tag == _OCTETS | 0x20:
            output += _octets(data, inner_start, inner_end, depth + 1)
    return bytes(output)
