"""Takes the words out of an S/MIME seal that needs no key: signed-data and compressed-data (RFC 8551 3.5.2, 3.6).

Only the structure is read here; whether the signature is good is checked by `mail.signatures`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PKCS = bytes((0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01))  # 1.2.840.113549.1
_KINDS = {
    _PKCS + b"\x07\x02": "signed",  # RFC 5652 5.1
    _PKCS + b"\x07\x03": "encrypted",  # RFC 5652 6.1
    _PKCS + b"\x09\x10\x01\x17": "encrypted",  # authEnvelopedData, RFC 5083
    _PKCS + b"\x09\x10\x01\x09": "compressed",  # RFC 3274
}
_LARGEST = 64 * 1024 * 1024  # bytes that compressed-data may unfold to: as many as a message may have
_MAXIMUM_NODES = 20_000  # of one level; certificates come by the handful, constructed strings by the thousand at most
_MAXIMUM_DEPTH = 12
_SEQUENCE, _IDENTIFIER, _OCTETS, _CONTEXT_0 = 0x30, 0x06, 0x04, 0xA0


def kind_of(data: bytes) -> str | None:
    """What the seal says it is: `signed`, `encrypted` or `compressed`; None where that cannot be read."""
    try:
        return _KINDS.get(_opened(data)[0])
    except (StopIteration, IndexError, ValueError):
        return None


def content_of(data: bytes) -> bytes | None:
    """The MIME entity within signed-data or compressed-data, or None: it is encrypted, detached, larger than 64 MB
    unpacked, or no such thing."""
    try:
        identifier, start, end = _opened(data)
        kind = _KINDS.get(identifier)
        if kind not in ("signed", "compressed"):
            return None
        holder = next(children(data, start, end))
        for tag, start, end in children(data, holder[1], holder[2]):
            # encapContentInfo is the sequence that begins with an identifier and holds octets; version and digests
            # have other tags, and the algorithm of compressed-data holds none.
            inside = list(children(data, start, end)) if tag == _SEQUENCE else []
            if len(inside) == 2 and inside[0][0] == _IDENTIFIER and inside[1][0] == _CONTEXT_0:
                octets = _octets(data, inside[1][1], inside[1][2], 0)
                return (octets if kind == "signed" else _unpacked(octets)) or None
    except (StopIteration, IndexError, ValueError, zlib.error):
        return None
    return None


def _opened(data: bytes) -> tuple[bytes, int, int]:
    """The type of a ContentInfo (RFC 5652, section 3), and where its content lies."""
    tag, start, end = next(children(data, 0, len(data)))
    parts = list(children(data, start, end))
    if tag != _SEQUENCE or len(parts) < 2 or parts[0][0] != _IDENTIFIER:
        raise ValueError("no ContentInfo")
    return data[parts[0][1] : parts[0][2]], parts[1][1], parts[1][2]


def _unpacked(octets: bytes) -> bytes | None:
    stream = zlib.decompressobj()
    content = stream.decompress(octets, _LARGEST)
    return content if stream.eof else None  # cut off, or a bomb


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
