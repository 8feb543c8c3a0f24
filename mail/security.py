"""Says how a message is signed or encrypted, by its parts alone."""

from __future__ import annotations

import re

from .bodies import SEALS, Node, is_encrypted

_ARMOUR = re.compile(rb"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----", re.MULTILINE)
"""Of the message itself (RFC 9580, section 6.2): one that is quoted, or a key that is sent along, seals nothing."""


def marks(root: Node) -> tuple[str, ...]:
    """How the message is signed or encrypted, by its types alone: `pgp_signed`, `smime_encrypted` …
    (RFC 3156, RFC 8551)."""
    found: dict[str, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        protocol = node.type_parameters.get("protocol", "").lower()
        if node.content_type == "multipart/signed":
            found["smime_signed" if "pkcs7" in protocol else "pgp_signed"] = None
        elif node.content_type == "multipart/encrypted":
            found["pgp_encrypted"] = None
        elif node.content_type in SEALS:
            found["smime_encrypted" if is_encrypted(node) else "smime_signed"] = None
        elif node.content_type == "text/plain" and (armour := _ARMOUR.search(node.part.body[:20_000])):
            found["pgp_encrypted" if armour.group(1) == b"MESSAGE" else "pgp_signed"] = None
    return tuple(found)
