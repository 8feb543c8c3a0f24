"""Writes MIME: header lines that nobody can break out of, and parts that every server passes on unchanged."""

from __future__ import annotations

import quopri
import re
from base64 import encodebytes
from collections.abc import Iterable
from email.header import Header
from urllib.parse import quote as percent_encode

Headers = list[tuple[str, str]]

LONGEST_LINE = 998
"""Octets without the line end (RFC 5322, section 2.1.1)."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def one_line(value: str) -> str:
    """`value` without line breaks and control characters, so that it stays one header (no header injection)."""
    return _SURROGATE.sub("\ufffd", _UNSAFE.sub(" ", value)).strip()


def encode_text(name: str, value: str) -> str:
    """The value of an unstructured header (Subject): RFC 2047 where it is not ASCII, folded."""
    value = one_line(value)
    if value.isascii() and "=?" not in value:
        return fold(name, value.split(" "), " ")
    return Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def encode_name(value: str) -> str:
    """A display name as it stands before an address: plain, quoted, or RFC 2047."""
    value = " ".join(one_line(value).split())
    if not value.isascii() or "=?" in value:
        return Header(value, "utf-8", maxlinelen=76).encode(linesep="\r\n")
    if _ATOMS.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fold(name: str, words: Iterable[str], separator: str) -> str:
    """Words joined by `separator`, broken before column 78 where a word allows it."""
    lines: list[str] = []
    line = ""
    room = 76 - len(name)
    for word in words:
        longer = f"{line}{separator}{word}" if line else word
        if line and len(longer) > room:
            lines.append(line + separator.rstrip(" "))
            line, room = word, 76
        else:
            line = longer
    return "\r\n ".join([*lines, line])


def text_part(subtype: str, text: str) -> tuple[Headers, bytes]:
    """A text part in UTF-8, in whichever encoding is shortest and safe on its way."""
    lines = _SURROGATE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not lines.endswith("\n"):
        lines += "\n"
    data = lines.replace("\n", "\r\n").encode("utf-8")
    kind = ("Content-Type", f"text/{subtype}; charset=utf-8")
    if data.isascii() and max(map(len, data.split(b"\r\n"))) <= LONGEST_LINE:
        return [kind, ("Content-Transfer-Encoding", "7bit")], data
    beyond = sum(byte > 0x7F for byte in data)
    if beyond * 6 < len(data):
        encoded = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        return [kind, ("Content-Transfer-Encoding", "quoted-printable")], encoded
    return [kind, ("Content-Transfer-Encoding", "base64")], base64_lines(data)


def file_part(
    filename: str, content_type: str, content: bytes, *, content_id: str = "", inline: bool = False
) -> tuple[Headers, bytes]:
    """A file in Base64. Types that may not travel so (message/…, multipart/…), and odd ones, become octet-stream."""
    kind = content_type.strip().lower()
    if not _CONTENT_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    filename = one_line(filename).replace("/", "_")[:255] or "file"
    headers = [
        ("Content-Type", kind),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", ("inline" if inline else "attachment") + _parameters("filename", filename)),
    ]
    if content_id:
        headers.append(("Content-ID", f"<{one_line(content_id).strip('<>')}>"))
    return headers, base64_lines(content)


def multipart(subtype: str, boundary: str, parts: list[tuple[Headers, bytes]]) -> tuple[Headers, bytes]:
    """Several parts as one. `boundary` must contain "=_", which occurs in no encoded part."""
    body = b"".join(
        b"--%s\r\n%s\r\n%s\r\n" % (boundary.encode("ascii"), header_block(headers), content)
        for headers, content in parts
    )
    return [("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')], body + b"--%s--\r\n" % boundary.encode()


def header_block(headers: Headers) -> bytes:
    """Header lines, each with its line end. Raises ValueError for a line break that is no folding."""
    lines = []
    for name, value in headers:
        if re.search(r"\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])", value):
            raise ValueError(f"the header {name} would end early")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("utf-8")


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines of 76."""
    return encodebytes(data).replace(b"\n", b"\r\n")


def _parameters(name: str, value: str) -> str:
    """A parameter as RFC 2231 wants it: quoted if it is ASCII, else percent-encoded, in pieces if it is long."""
    if value.isascii():
        return f';\r\n {name}="' + value.replace("\\", "_").replace('"', "_") + '"'
    encoded = percent_encode(value, safe="")
    pieces = re.findall(r"(?:%..|.){1,20}", encoded)
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{encoded}"
    first, *others = pieces
    lines = [f"{name}*0*=utf-8''{first}", *(f"{name}*{number}*={piece}" for number, piece in enumerate(others, 1))]
    return "".join(f";\r\n {line}" for line in lines)
