"""Decodes the parts of a message and sorts them into what is read (text and HTML) and what is kept as files."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field, replace

from . import attachments, smime, tnef
from .charsets import decode, tidy
from .errors import ParseRefused
from .headers import base64_bytes, parameters
from .html_text import text_to_html
from .message import Attachment
from .oddities import oddity
from .plain import strip_enriched, unflow
from .structure import Limits, Part, guess_boundary, normalise, read_head, split_multipart

_READ_AS_TEXT = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SEALS = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_LABELS = {"signed-data": "signed", "compressed-data": "compressed"}
MAXIMUM_SEALS = 3  # within each other: signed, encrypted and signed again is the most that RFC 8551 describes
_DROPPED = frozenset({"text/x-amp-html", "text/watch-html"})  # a third rendering of the same words


@dataclass(slots=True)
class Segment:
    """A stretch of the body: as plain text, as (not yet safe) HTML, or as both saying the same."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Node:
    """A part with its type and parameters read."""

    part: Part
    content_type: str
    type_parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    children: list[Node] = field(default_factory=list)
    parent_type: str = ""

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)


def read_tree(source: bytes, limits: Limits) -> Node:
    """The tree of parts. Raises `ParseRefused` past the limits; never goes into attached messages."""
    fields, body_start = read_head(source, 0, len(source), limits)
    root = _node(Part(source, 0, len(source), fields, body_start), "text/plain")
    count = 1
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if not node.content_type.startswith("multipart/"):
            continue
        if depth >= limits.depth:
            raise ParseRefused("too_deep", f"more than {limits.depth} levels")
        default = "message/rfc822" if node.content_type == "multipart/digest" else "text/plain"
        for start, end in _borders(node):
            count += 1
            if count > limits.parts:
                raise ParseRefused("too_many_parts", f"more than {limits.parts}")
            fields, body_start = read_head(source, start, end, limits)
            child = _node(Part(source, start, end, fields, body_start), default)
            child.parent_type = node.content_type
            node.children.append(child)
            node.part.children.append(child.part)
            stack.append((child, depth + 1))
    return root


def _borders(node: Node) -> list[tuple[int, int]]:
    boundary = node.type_parameters.get("boundary", "")
    borders = split_multipart(node.part, boundary.encode("utf-8", "replace").rstrip())
    if not borders and (guessed := guess_boundary(node.part)):
        borders = split_multipart(node.part, guessed)
    return borders


def _node(part: Part, default_type: str) -> Node:
    content_type, type_parameters = parameters(part.field("content-type"))
    disposition, disposition_parameters = parameters(part.field("content-disposition"))
    content_type = content_type.replace(" ", "").partition(",")[0]
    if content_type.count("/") != 1 or content_type.startswith("/") or content_type.endswith("/"):
        content_type = "text/html" if content_type == "html" else default_type
    return Node(part, content_type, type_parameters, disposition, disposition_parameters)


def content(node: Node) -> tuple[bytes, str | None]:
    """The decoded bytes of a leaf, and a warning where its transfer encoding is unknown."""
    body = node.part.body
    words = node.part.field("content-transfer-encoding").decode("ascii", "replace").lower().split(";")[0].split()
    encoding = words[0].strip("\"'") if words else ""
    if encoding == "base64":
        return _base64(body), None
    if encoding in ("quoted-printable", "quotedprintable", "qp"):
        return binascii.a2b_qp(body), None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files, _ = attachments.uuencoded(body.decode("latin-1"))
        return (files[0].content if files else body), None
    known = encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "us-ascii", "utf-8", "7bits", "8bits")
    return body, None if known else oddity("transfer_encoding", tidy(encoding)[:40])


def _base64(body: bytes) -> bytes:
    end = body.find(b"=")
    if end != -1:
        tail = body[end:].lstrip(b"=\r\n\t ")
        if tail and any(byte in b" ._:<>@,-" for byte in tail[:200]):
            body = body[:end]  # a list server's footer behind the encoded text
    return base64_bytes(body)


@dataclass(slots=True)
class Sorted:
    """The outcome of sorting: stretches of body in reading order, files, warnings."""

    segments: list[Segment] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seals: int = 0  # opened so far
    spare: list[Segment] = field(default_factory=list)  # a body from within a file


def sort_parts(root: Node) -> Sorted:
    """Body and files of the tree (RFC 2046 5.1; RFC 2387; Apple Mail's files inside an alternative)."""
    outcome = Sorted()
    outcome.segments = _sort(root, outcome)
    if not any((segment.plain or segment.html or "").strip() for segment in outcome.segments):
        outcome.segments = outcome.spare or outcome.segments
    return outcome


def _sort(node: Node, outcome: Sorted) -> list[Segment]:
    if not node.is_multipart:
        return _sort_leaf(node, outcome)
    if node.content_type == "multipart/alternative":
        return _sort_alternative(node, outcome)
    segments: list[Segment] = []
    for child in node.children:
        segments += _sort(child, outcome)
    return segments


def _sort_alternative(node: Node, outcome: Sorted) -> list[Segment]:
    plain: str | None = None
    rich: str | None = None
    for child in node.children:
        segments = _sort(child, outcome)
        if any(segment.html is not None for segment in segments):
            # The last is the richest (RFC 2046 5.1.4). Its plain stretches stand between HTML ones.
            rich = "".join(s.html if s.html is not None else text_to_html(s.plain or "") for s in segments)
        elif plain is None or not plain.strip():
            joined = "\n".join(segment.plain or "" for segment in segments)
            plain = joined if segments else plain
    return [Segment(plain, rich)] if plain is not None or rich is not None else []


def _sort_leaf(node: Node, outcome: Sorted) -> list[Segment]:
    part_type = node.content_type
    if part_type in _DROPPED:
        return []
    data, warning = content(node)
    if warning:
        outcome.warnings.append(warning)
    if part_type.startswith("multipart/"):
        # A multipart without parts: what stands there is shown as text rather than lost.
        outcome.warnings.append(oddity("parts_missing"))
        return [Segment(plain=_text(node, data, outcome))]
    if part_type not in _READ_AS_TEXT or _is_file(node):
        attachment = attachments.attachment(node, data, len(outcome.files) + 1)
        if part_type in _TNEF or attachment.filename.lower() == "winmail.dat":
            return _open_tnef(attachment, outcome)
        outcome.files.append(replace(attachment, sealed=True) if is_encrypted(node) else attachment)
        return _open_seal(node, outcome) if part_type in SEALS else []
    text = _text(node, data, outcome)
    if part_type == "text/html":
        return [Segment(html=text)]
    if part_type in ("text/enriched", "text/richtext"):
        return [Segment(plain=strip_enriched(text))]
    if node.type_parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=node.type_parameters.get("delsp", "").lower() == "yes")
    if "\nbegin " in "\n" + text:
        files, text = attachments.uuencoded(text)
        outcome.files += files
    return [Segment(plain=text)]


def _open_tnef(attachment: Attachment, outcome: Sorted) -> list[Segment]:
    """Puts the files of a winmail.dat in its place; its text counts only where the message has no other."""
    envelope = tnef.open_envelope(attachment.content)
    if envelope is None or not (envelope.files or envelope.text or envelope.html):
        outcome.warnings.append(oddity("winmail_unopened"))
        outcome.files.append(attachment)
        return []
    for file in envelope.files:
        name = attachments.safe_name(file.name) or f"part-{len(outcome.files) + 1}.bin"
        guessed = file.content_type or attachments.type_of(name)
        outcome.files.append(Attachment(name, guessed, file.content, file.content_id or None, False))
    outcome.spare = [Segment(envelope.text or None, envelope.html or None)] if envelope.text or envelope.html else []
    return []


def _open_seal(node: Node, outcome: Sorted) -> list[Segment]:
    """The body and files within opaque S/MIME; the seal itself stays as a file beside them."""
    inner = unsealed(node) if outcome.seals < MAXIMUM_SEALS else None
    if inner is None:
        return []
    outcome.seals += 1
    return _sort(inner, outcome)


def unsealed(node: Node) -> Node | None:
    """The tree within a seal that needs no key, None where there is none. Raises `ParseRefused` past the limits."""
    inner = smime.content_of(content(node)[0])
    return read_tree(normalise(inner), Limits()) if inner is not None else None


def seal_kind(node: Node) -> str:
    """`signed`, `encrypted`, `compressed` or `certificates`: what the bytes of a seal are, else what its label says.

    What neither tells counts as encrypted (RFC 8551, section 3.2.2).
    """
    label = node.type_parameters.get("smime-type", "").lower()
    if label == "certs-only":
        return "certificates"
    return smime.kind_of(content(node)[0]) or _LABELS.get(label, "encrypted")


def is_encrypted(node: Node) -> bool:
    """Whether this part is for the key of the recipient (RFC 8551; RFC 3156, section 4), by its types and its bytes."""
    if node.content_type not in SEALS:
        return node.parent_type == "multipart/encrypted"
    return seal_kind(node) == "encrypted"


def _is_file(node: Node) -> bool:
    if node.disposition == "attachment":
        return True
    name = node.disposition_parameters.get("filename") or node.type_parameters.get("name")
    return bool(name) and node.parent_type not in ("", "multipart/alternative")


def _text(node: Node, data: bytes, outcome: Sorted) -> str:
    charset = node.type_parameters.get("charset")
    if node.content_type == "text/html" and not charset:
        charset = _meta_charset(data)
    text, warning = decode(data, charset)
    if warning:
        outcome.warnings.append(warning)
    return tidy(text)


def _meta_charset(data: bytes) -> str | None:
    """The character set that HTML names itself within its first 2,048 bytes (HTML Living Standard 13.2.3.2)."""
    head = data[:2048].lower()
    position = head.find(b"<meta")
    while position != -1:
        end = head.find(b">", position)
        tag = head[position : end if end != -1 else len(head)]
        found = tag.find(b"charset=")
        if found != -1:
            value = tag[found + 8 :].lstrip(b"\"' ").split(b'"')[0].split(b"'")[0].split(b";")[0].split()
            return value[0].rstrip(b"/").decode("ascii", "replace") if value else None
        position = head.find(b"<meta", position + 5)
    return None
