"""Turns parts into files with names that are safe to show, to store and to download."""

from __future__ import annotations

import binascii
import mimetypes
from typing import TYPE_CHECKING

from .charsets import tidy
from .headers import text as header_text
from .message import Attachment

if TYPE_CHECKING:
    from .bodies import Node

MAXIMUM_NAME = 180  # characters; most file systems stop at 255 bytes, and a suffix must fit behind
# Marks that turn the reading direction or hide: "invoice<RLO>fdp.exe" reads as a PDF.
_INVISIBLE = dict.fromkeys((0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x00AD))
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
_NAMED = {
    "message/rfc822": "message.eml",
    "message/global": "message.eml",
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "message/rfc822-headers": "headers.txt",
    "text/calendar": "invite.ics",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "version.txt",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
    "text/html": "part.html",
    "text/plain": "part.txt",
    "text/rtf": "part.rtf",
    "application/rtf": "part.rtf",
    "application/octet-stream": "part.bin",
}


def attachment(node: Node, data: bytes, number: int) -> Attachment:
    """The file of a part; a part without a name is named after what it is."""
    claimed = (
        node.disposition_parameters.get("filename")
        or node.type_parameters.get("name")
        or node.disposition_parameters.get("name")
        or node.type_parameters.get("filename")
        or ""
    )
    if not claimed and node.content_type in ("message/rfc822", "message/global"):
        claimed = _subject_of(data)
    name = safe_name(claimed) or _default_name(node, number)
    content_id = header_text(node.part.field("content-id")).strip("<> ") or None
    is_picture = node.content_type.startswith("image/")
    inline = (
        is_picture and node.disposition != "attachment" and (content_id is not None or node.disposition == "inline")
    )
    return Attachment(name, node.content_type[:127], data, content_id, inline)


def safe_name(name: str) -> str:
    """The name without path, control and direction marks, short enough, with its ending kept; empty
    if nothing is left."""
    name = tidy(name).replace("\n", " ").replace("\t", " ").translate(_INVISIBLE)
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2] if "/" in name or "\\" in name else name
    base = base.translate(_NOT_IN_NAMES).strip().lstrip(".").strip()
    if len(base) > MAXIMUM_NAME:
        stem, dot, ending = base.rpartition(".")
        base = (
            f"{stem[: MAXIMUM_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) <= 20 else base[:MAXIMUM_NAME]
        )
    return base if base.strip("._ ") else ""


def type_of(name: str) -> str:
    """The content type that a file name suggests."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _default_name(node: Node, number: int) -> str:
    known = _NAMED.get(node.content_type)
    if known:
        stem, _, ending = known.rpartition(".")
        return known if stem not in ("part",) else f"{stem}-{number}.{ending}"
    ending = mimetypes.guess_extension(node.content_type) or ".bin"
    return f"{'picture' if node.content_type.startswith('image/') else 'part'}-{number}{ending}"


def _subject_of(data: bytes) -> str:
    """A name for a forwarded message: its subject."""
    from .structure import Limits, Part, read_head

    fields, body = read_head(data, 0, min(len(data), 65_536), Limits(header_lines=100_000))
    subject = header_text(Part(data, 0, len(data), fields, body).field("subject"))
    return f"{subject[:100].replace('/', '_')}.eml" if subject else ""


def uuencoded(text: str) -> tuple[list[Attachment], str]:
    """Files written into plain text with uuencode, and the text without them. A block without `end` is left as text."""
    files: list[Attachment] = []
    kept: list[str] = []
    block: list[str] = []
    name = ""
    for line in text.split("\n"):
        if name:
            block.append(line)
            if line.rstrip() == "end":
                data = _uudecode(block[1:-1])
                if data:
                    files.append(Attachment(name, type_of(name), data))
                else:
                    kept += block
                name, block = "", []
            continue
        words = line.split(None, 2)
        if line.startswith("begin ") and len(words) == 3 and words[1].isdigit() and len(words[1]) in (3, 4):
            name, block = safe_name(words[2]) or "part.bin", [line]
        else:
            kept.append(line)
    return files, "\n".join(kept + block)


def _uudecode(lines: list[str]) -> bytes:
    output = bytearray()
    for line in lines:
        encoded = line.rstrip("\r\n").encode("latin-1", "replace")
        if not encoded.strip() or encoded[:1] in b"` ":
            continue
        try:
            output += binascii.a2b_uu(encoded)
        except binascii.Error:
            length = (((encoded[0] - 32) & 63) * 4 + 5) // 3  # some encoders pad lines too long
            try:
                output += binascii.a2b_uu(encoded[:length])
            except binascii.Error:
                return b""
    return bytes(output)
