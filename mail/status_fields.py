"""Reads the fields of delivery reports (RFC 3464), also where servers fold and separate them in their own way."""

from __future__ import annotations

from collections.abc import Iterator

from . import headers
from .addresses import parse_address
from .bodies import Node, content

REPORT_TEXT = 200_000  # bytes of a report that are read; original messages follow behind

Fields = dict[str, str]


def status_groups(node: Node) -> Iterator[Fields]:
    data = content(node)[0][:REPORT_TEXT].replace(b"\r\n", b"\n")
    for block in data.split(b"\n\n"):
        for group in _separate(block.strip(b"\n")):
            if fields := fields_of(group):
                yield fields


def _separate(block: bytes) -> Iterator[bytes]:
    """Groups that a server wrote without the blank line between them: each begins where Final-Recipient comes again."""
    lines: list[bytes] = []
    named = False
    for line in block.split(b"\n"):
        if line.lower().startswith(b"final-recipient:"):
            if named:
                yield b"\n".join(lines)
                lines = []
            named = True
        lines.append(line)
    yield b"\n".join(lines)


def fields_of(block: bytes) -> Fields:
    """Fields of one group. A line that is none goes on with the one before it: servers paste
    answers in without folding them."""
    found: list[tuple[str, list[bytes]]] = []
    for line in block.split(b"\n")[:1_000]:
        name, colon, value = line.partition(b":")
        known = name.strip().lower().decode("ascii", "replace")
        if colon and line[:1] not in b" \t" and known.replace("-", "").isalnum() and not known[:1].isdigit():
            found.append((known, [value]))
        elif found:
            found[-1][1].append(line)
    output: Fields = {}
    for known, values in found:
        output.setdefault(known, headers.text(b" ".join(values)))
    return output


def is_recipient(group: Fields) -> bool:
    return "final-recipient" in group or "original-recipient" in group or ("action" in group and "status" in group)


def recipient_of(value: str) -> str:
    """The address of `rfc822; someone@example.org`, in whatever brackets it comes."""
    kind, semicolon, rest = value.partition(";")
    written = rest if semicolon else kind
    if "=" in written and "@" not in written:
        return ""
    address = parse_address(written.strip())
    return address.email if address else ""


def written_groups(text: str) -> Iterator[Fields]:
    """Per-recipient fields that stand in the text itself: broken MIME, or forwarded by a program
    that flattened the report."""
    lines = text[:REPORT_TEXT].split("\n")
    start = next(
        (i for i, line in enumerate(lines) if line.lower().startswith(("final-recipient:", "original-recipient:"))),
        None,
    )
    if start is None:
        return
    while start > 0 and lines[start - 1].strip() and ":" in lines[start - 1]:
        start -= 1
    for block in "\n".join(lines[start:]).split("\n\n"):
        fields = fields_of(block.encode("utf-8", "replace"))
        if is_recipient(fields) and ("final-recipient" in fields or "original-recipient" in fields):
            yield fields
