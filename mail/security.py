"""Says how a message is signed or encrypted, by its parts alone."""

from __future__ import annotations

import re

from .bodies import MAXIMUM_SEALS, SEALS, Node, seal_kind, unsealed

_ARMOUR = re.compile(rb"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----", re.MULTILINE)
"""Of the message itself (RFC 9580, section 6.2): one that is quoted, or a key that is sent along, seals nothing."""


def marks(root: Node) -> tuple[str, ...]:
    """How the message is signed or encrypted, by its parts and those within seals that need no key: `pgp_signed`,
    `smime_encrypted` … (RFC 3156, RFC 8551), the outermost first."""
    found: dict[str, None] = {}
    opened = 0
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
            kind = seal_kind(node)
            if kind in ("signed", "encrypted"):
                found[f"smime_{kind}"] = None
            if opened < MAXIMUM_SEALS and (inner := unsealed(node)) is not None:
                opened += 1
                stack.append(inner)
        elif node.content_type == "text/plain" and (armour := _ARMOUR.search(node.part.body[:20_000])):
            found["pgp_encrypted" if armour.group(1) == b"MESSAGE" else "pgp_signed"] = None
    return tuple(found)
