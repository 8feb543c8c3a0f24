"""Which new mails are kept out of sight: by lists of senders, as automatic answers, by filters the mailbox believes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from app.database import Work
from app.errors import Invalid
from app.mailboxes.models import Mailbox, SenderRule
from app.people.rules import PUBLIC_PROVIDERS, domain_of, normal_address, normal_domain
from mail.automatic_answers import is_automatic_answer
from mail.message import Message
from mail.spam import spam_verdict

Kind = Literal["block", "allow"]
Scope = Literal["address", "domain"]


async def spam_reason(mailbox: Mailbox, message: Message, *, address: str) -> dict[str, Any] | None:
    """Why a mail that belongs to no case is kept out of sight, as its entry says it; None if it is not.

    It is spam, or an automatic answer to something that is no case here.
    """
    return reason_by(await rule_for(address), mailbox, message)


def reason_by(rule: SenderRule | None, mailbox: Mailbox, message: Message) -> dict[str, Any] | None:
    """The same, with the rule about its sender found before. Pure."""
    if rule is not None:
        return {"by": "block_list", "pattern": rule.pattern} if rule.kind == "block" else None
    if is_automatic_answer(message):
        return {"by": "automatic"}
    believed = [name for name in mailbox.spam_filters.split(",") if name]
    verdict = spam_verdict(message.headers, believed=believed, server=mailbox.spam_server)
    if verdict is None or not verdict.spam:
        return None
    return {"by": "filter", "filter": verdict.filter, "said": verdict.said[:300]}


async def rule_for(address: str) -> SenderRule | None:
    """The rule about a sender: one about the address outweighs one about its domain, and that one a wider domain's."""
    return (await rules_for([address]))[address]


async def rules_for(addresses: Sequence[str]) -> dict[str, SenderRule | None]:
    """The rule about each of these senders."""
    wanted = {address: _patterns(address) for address in addresses}
    patterns = sorted({pattern for patterns in wanted.values() for pattern in patterns})
    found = {rule.pattern: rule for rule in await SenderRule.filter(pattern__in=patterns)}
    return {
        address: next((found[pattern] for pattern in patterns if pattern in found), None)
        for address, patterns in wanted.items()
    }


def _patterns(address: str) -> list[str]:
    """What a rule about this sender may say, the strongest first."""
    labels = domain_of(address).split(".")
    return [address, *(".".join(labels[start:]) for start in range(len(labels) - 1))]


async def set_rule(
    work: Work, *, pattern: str, kind: Kind, by_name: str = "", case_id: int | None = None
) -> SenderRule:
    """Block or allow an address or a domain; what was said before about the same one is replaced. Raises Invalid."""
    values = {"kind": kind, "by_name": by_name[:200], "case_id": case_id, "created_at": work.now}
    rule, _ = await SenderRule.update_or_create(defaults=values, pattern=normal_pattern(pattern))
    return rule


def normal_pattern(pattern: str) -> str:
    """An address, or a domain with or without an @ before it. Raises Invalid."""
    pattern = pattern.strip()
    if "@" in pattern.removeprefix("@"):
        return normal_address(pattern, field="pattern")
    return normal_domain(pattern.removeprefix("@"), field="pattern")


def pattern_of(address: str, scope: Scope) -> str:
    """Raises Invalid for the domain of a public provider, where everybody has an address."""
    if scope == "address":
        return address
    domain = domain_of(address)
    if domain in PUBLIC_PROVIDERS:
        raise Invalid(f"Everybody may have an address at {domain}. Choose the address alone.", field="sender")
    return domain
