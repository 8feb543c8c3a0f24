"""Reads reports about mail sent before: deliveries (RFC 3464), complaints (RFC 5965), receipts (RFC 8098), and
free-text bounces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import bounce_text, headers
from .addresses import parse_address
from .bodies import Node, content, read_tree
from .charsets import decode, tidy
from .errors import ParseRefused
from .message import Bounce, Receipt
from .status_fields import REPORT_TEXT, Fields, fields_of, is_recipient, recipient_of, status_groups, written_groups
from .structure import Limits, Part, read_head

_MAXIMUM_RECIPIENTS = 500  # named in one report; the rest adds nothing that the desk acts on
_SAID_BY_SMTP = re.compile(r"smtp\s*;\s*", re.IGNORECASE)  # the type of nearly every diagnostic (RFC 3464 2.3.6)
_FAILED = ("failed", "failure", "expired", "undeliverable", "returned")
_DELAYED = ("delayed", "deferred", "delay")


@dataclass(frozen=True, slots=True)
class Report:
    """What the parts of a message report; `kind` is `bounce`, `delay`, `complaint`, `receipt` or empty.

    `has_original` is true where the message reported on (or its headers) comes along: a sign for the free-text kinds.
    """

    kind: str = ""
    bounce: Bounce | None = None
    has_original: bool = False
    receipt: Receipt | None = None


NOTHING = Report()


def read_report(root: Node, text: str, limits: Limits, *, suspicious: bool = True) -> Report:
    """The report in the message, by its parts first, then by fields written into plain text.

    Only a `suspicious` message (a daemon's, or one whose subject speaks of delivery) is searched for free text too.
    """
    nodes = list(_leaves(root))
    original = _original(nodes)
    if complaint := _complaint(root, nodes, text):
        return Report("complaint", _complaint_details(complaint, original), original is not None)
    groups = [group for node in nodes if "delivery-status" in node.content_type for group in status_groups(node)]
    if any(is_recipient(group) for group in groups):
        return _delivery(groups, text, original)
    if inner := _wrapped_report(nodes, text, limits):
        return inner
    if root.type_parameters.get("report-type", "").lower() == "disposition-notification" or any(
        node.content_type == "message/disposition-notification" for node in nodes
    ):
        return Report("receipt", None, original is not None, _receipt(nodes, original))
    if groups := list(written_groups(text)):
        return _delivery(groups, text, original)
    return _free_text(root, text, original) if suspicious else Report(has_original=original is not None)


def _leaves(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.children:
            stack.extend(reversed(node.children))
        else:
            yield node


def _without_type(diagnostic: str) -> str:
    """What the server said, for people: that it said it by SMTP goes without saying."""
    found = _SAID_BY_SMTP.match(diagnostic)
    return diagnostic[found.end() :] if found else diagnostic


def _delivery(groups: list[Fields], text: str, original: Part | None) -> Report:
    recipients: dict[str, None] = {}
    statuses: dict[str, None] = {}
    actions: list[str] = []
    diagnostics: list[str] = []
    for group in filter(is_recipient, groups[:_MAXIMUM_RECIPIENTS]):
        actions.append((group.get("action", "").lower().replace("(", " ").split() or ["failed"])[0].strip("();,"))
        for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
            if email := recipient_of(group.get(name, "")):
                recipients.setdefault(email)
        diagnostic = group.get("diagnostic-code", "")
        for status in (*bounce_text.statuses(group.get("status", "")), *bounce_text.statuses(diagnostic)):
            statuses.setdefault(status)
        if said := _without_type(diagnostic):
            diagnostics.append(said)
    if not recipients:
        recipients.update(dict.fromkeys(bounce_text.recipients(text, ())))
    if not recipients and original is not None:
        recipients.update(dict.fromkeys(_addressees(original)))
    statuses.update(dict.fromkeys(bounce_text.written_statuses(bounce_text.before_original(text))))
    action = _overall(actions)
    bounce = Bounce(
        action=action,
        recipients=tuple(recipients),
        statuses=tuple(statuses),
        original_message_id=_message_id(original),
        diagnostic="; ".join(diagnostics)[:1_000],
    )
    return Report({"failed": "bounce", "delayed": "delay"}.get(action, "receipt"), bounce, original is not None)


def _overall(actions: list[str]) -> str:
    if any(action.startswith(_FAILED) for action in actions):
        return "failed"
    if any(action.startswith(_DELAYED) for action in actions):
        return "delayed"
    if any(action.startswith(("delivered", "relayed", "expanded")) for action in actions):
        return "delivered"
    return "failed"


def _wrapped_report(nodes: list[Node], text: str, limits: Limits) -> Report | None:
    """A report inside an attached message: gateways and mailing lists wrap bounces whole."""
    for node in nodes:
        if node.content_type in ("message/rfc822", "message/global") and len(text) < 20_000:
            data = content(node)[0]
            if b"delivery-status" not in data[:REPORT_TEXT].lower() or not data:
                continue
            try:
                inner = read_tree(data, limits)
            except ParseRefused:
                continue
            leaves = list(_leaves(inner))
            groups = [
                group for leaf in leaves if "delivery-status" in leaf.content_type for group in status_groups(leaf)
            ]
            if any(is_recipient(group) for group in groups):
                return replace(_delivery(groups, text, _original(leaves)), has_original=True)
    return None


def _receipt(nodes: list[Node], original: Part | None) -> Receipt:
    """The fields of a disposition notification (RFC 8098, section 3.2)."""
    node = next((one for one in nodes if one.content_type == "message/disposition-notification"), None)
    fields = fields_of(content(node)[0][:REPORT_TEXT].replace(b"\r\n", b"\n").strip()) if node is not None else {}
    ids = headers.message_ids([fields.get("original-message-id", "").encode("utf-8", "replace")])
    disposition = fields.get("disposition", "").lower().rpartition(";")[2].split("/")[0].strip()
    return Receipt(
        action="unread" if disposition in ("deleted", "denied", "failed") else "read",
        recipient=recipient_of(fields.get("final-recipient", "") or fields.get("original-recipient", "")),
        original_message_id=ids[0] if ids else _message_id(original) or "",
    )


def _original(nodes: list[Node]) -> Part | None:
    """Headers of the message reported on, from its own part."""
    for node in nodes:
        if node.content_type in ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers",
                                 "text/rfc822", "message/global-headers", "message/partial"):  # fmt: skip
            data = content(node)[0][:REPORT_TEXT]
            start = len(data) - len(data.lstrip(b"\r\n \t"))
            fields, body = read_head(data, start, len(data), Limits())
            if fields:
                return Part(data, start, len(data), fields, body)
    return None


def _original_in_text(text: str) -> Part | None:
    block = bounce_text.original_head(text)
    if not block:
        return None
    data = block.encode("utf-8", "replace")
    fields, body = read_head(data, 0, len(data), Limits())
    return Part(data, 0, len(data), fields, body) if len(fields) > 1 else None


def _message_id(original: Part | None) -> str | None:
    ids = headers.message_ids(original.all("message-id")[:1]) if original is not None else ()
    return ids[0] if ids else None


def _addressees(original: Part) -> list[str]:
    address = parse_address(original.field("to")) or parse_address(original.field("x-original-to"))
    return [address.email] if address else []


def _complaint(root: Node, nodes: list[Node], text: str) -> Fields | None:
    """The fields of an abuse report, or None (RFC 5965; and the same fields flattened into text)."""
    for node in nodes:
        if node.content_type == "message/feedback-report":
            return fields_of(content(node)[0][:REPORT_TEXT].strip()) or {"feedback-type": "abuse"}
    if root.type_parameters.get("report-type", "").lower() == "feedback-report":
        return {"feedback-type": "abuse"}
    head = "\n" + text[:20_000].lower()
    if "\nfeedback-type:" in head and ("\nuser-agent:" in head or "\nversion:" in head or "\nsource-ip:" in head):
        return {"feedback-type": "abuse"}
    return None


def _complaint_details(fields: Fields, original: Part | None) -> Bounce:
    emails = [
        recipient_of(fields.get(name, "")) for name in ("original-rcpt-to", "original-recipient", "removal-recipient")
    ]
    if not any(emails) and original is not None:
        emails = _addressees(original)
    return Bounce(
        action="complaint",
        recipients=tuple(dict.fromkeys(email for email in emails if email)),
        original_message_id=_message_id(original),
        diagnostic=fields.get("feedback-type", "")[:100],
    )


def _free_text(root: Node, text: str, original: Part | None) -> Report:
    """What can be read where no standard is followed. Whether it is a bounce at all, `automatic`
    decides by all signs."""
    part = root.part
    found = original or _original_in_text(text)
    ours = {
        address.email.lower()
        for name in ("to", "from", "reply-to", "cc")
        if (address := parse_address(part.field(name)))
    }
    named = [
        recipient_of(value)
        for value in tidy(decode(part.field("x-failed-recipients"))[0]).replace("\n", " ").split(",")
    ]
    recipients = list(dict.fromkeys(email for email in named if email))
    if recipients:
        recipients += [email for email in bounce_text.recipients(text, ours, sure=True) if email not in recipients]
    else:
        subject = headers.text(part.field("subject"))
        recipients = bounce_text.recipients(text, ours) or bounce_text.recipients(subject, ours)
    if not recipients and found is not None:
        recipients = [email for email in _addressees(found) if email.lower() not in ours or len(ours) == 1]
    before = bounce_text.before_original(text)
    bounce = Bounce(
        action="delayed" if bounce_text.is_delay(before) else "failed",
        recipients=tuple(recipients[:_MAXIMUM_RECIPIENTS]),
        statuses=tuple(bounce_text.written_statuses(before)),
        original_message_id=_message_id(found),
        diagnostic=bounce_text.diagnostic(before),
    )
    return Report("", bounce, found is not None)
