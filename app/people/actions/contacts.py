"""Contacts and accounts: found or created by address, entered and corrected by staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app.database import Work, next_ids
from app.errors import Invalid, NotFound
from app.people import rules
from app.people.events import AccountWeighed, RightsChanged
from app.people.models import Account, Contact, ContactAddress, User


async def contact_for_address(
    work: Work, address: str, name: str = "", *, language: str | None = None, account_id: int | None = None
) -> Contact:
    """The contact who has this address, created at once when nobody has it.

    A new contact joins the account that owns the address's domain, unless that is a public mail provider's; otherwise
    `account_id`, if there is such an account. Safe when two mails of one new sender arrive at the same moment. Raises
    Invalid for what is no address.
    """
    address = rules.normal_address(address, field="address")
    if known := await _contact_with(address):
        return known
    owner = await account_for_domain(rules.domain_of(address))
    if owner is None and account_id is not None and await Account.exists(id=account_id):
        owner = account_id
    try:
        async with in_transaction():
            contact = await Contact.create(
                account_id=owner, name=_name(name, address), language=language, created_at=work.now
            )
            await ContactAddress.create(contact_id=contact.id, address=address, primary=True)
            return contact
    except IntegrityError:
        other = await _contact_with(address)
        if other is None:
            raise
        return other


async def contacts_for_addresses(
    work: Work, wanted: Mapping[str, str], *, account_id: int | None = None
) -> dict[str, Contact]:
    """`contact_for_address` for many at once: names by address, each in its normal form.

    Fails, so that the transaction is done again, where another one creates the same contact meanwhile.
    """
    rows = await ContactAddress.filter(address__in=list(wanted)).select_related("contact")
    known = {row.address: row.contact for row in rows}
    missing = [address for address in wanted if address not in known]
    if not missing:
        return known
    domains = {
        domain: account.id for account in await Account.all().only("id", "domains") for domain in account.domains
    }
    fallback = account_id if account_id is not None and await Account.exists(id=account_id) else None
    contacts, addresses = [], []
    for contact_id, address in zip(await next_ids("contact", len(missing)), missing, strict=True):
        domain = rules.domain_of(address)
        owner = None if domain in rules.PUBLIC_PROVIDERS else domains.get(domain)
        contact = Contact(
            id=contact_id,
            account_id=fallback if owner is None else owner,
            name=_name(wanted[address], address),
            created_at=work.now,
        )
        contacts.append(contact)
        addresses.append(ContactAddress(contact_id=contact_id, address=address, primary=True))
        known[address] = contact
    await Contact.bulk_create(contacts)
    await ContactAddress.bulk_create(addresses)
    return known


async def all_heard_from(addresses: Sequence[str]) -> None:
    """Mails arrived from these addresses, so they are alive whatever bounced before."""
    dead = ContactAddress.filter(address__in=list(addresses), dead_since__isnull=False)
    await dead.update(dead_since=None, dead_reason="")


async def heard_from(address: str) -> None:
    """A mail arrived from the address, so it is alive whatever bounced before."""
    await all_heard_from([address])


async def revive_address(work: Work, *, contact_id: int, address: str) -> None:
    """A person knows better than the bounce. Raises NotFound."""
    address = rules.normal_address(address, field="address")
    row = await ContactAddress.get_or_none(contact_id=contact_id, address=address)
    if row is None:
        raise NotFound("This contact has no such address.")
    await heard_from(row.address)


async def account_for_domain(domain: str) -> int | None:
    """The account whose new contacts this domain brings, read once for each new contact."""
    if domain in rules.PUBLIC_PROVIDERS:
        return None
    for account in await Account.all().only("id", "domains"):
        if domain in account.domains:
            return account.id
    return None


async def create_contact(
    work: Work,
    *,
    name: str,
    addresses: Sequence[str],
    account_id: int | None = None,
    language: str | None = None,
    phone: str = "",
) -> Contact:
    """A contact entered by staff. Raises Invalid when an address belongs to somebody else."""
    if account_id is not None:
        await _account(account_id)
    contact = await Contact.create(
        account_id=account_id,
        name=rules.clean_line(name, field="name"),
        phone=rules.optional_line(phone, field="phone", limit=60),
        language=rules.check_language(language) if language else None,
        created_at=work.now,
    )
    await _set_addresses(contact, addresses)
    return contact


async def change_contact(
    work: Work,
    *,
    contact_id: int,
    name: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    addresses: Sequence[str] | None = None,
    custom: dict[str, object] | None = None,
) -> Contact:
    """Correct what is given; the rest stays."""
    contact = await Contact.get_or_none(id=contact_id)
    if contact is None:
        raise NotFound("There is no such contact.")
    if name is not None:
        contact.name = rules.clean_line(name, field="name")
    if phone is not None:
        contact.phone = rules.optional_line(phone, field="phone", limit=60)
    if language is not None:
        contact.language = rules.check_language(language) if language else None
    if custom is not None:
        contact.custom = custom
    await contact.save(update_fields=["name", "phone", "language", "custom"])
    if addresses is not None:
        await _set_addresses(contact, addresses)
    return contact


async def move_contact(work: Work, *, contact_id: int, account_id: int | None) -> None:
    """Put a contact into an account, or into none. Their user sees other cases from then on."""
    if account_id is not None:
        await _account(account_id)
    await Contact.filter(id=contact_id).update(account_id=account_id)
    user = await User.get_or_none(contact_id=contact_id)
    if user is not None:
        work.record(RightsChanged(user.id))


async def create_account(work: Work, *, name: str, domains: Sequence[str] = (), language: str | None = None) -> Account:
    account = Account(
        name=rules.clean_line(name, field="name"),
        domains=await _free_domains(domains, None),
        language=rules.check_language(language) if language else None,
        created_at=work.now,
    )
    await account.save()
    return account


async def change_account(
    work: Work,
    *,
    account_id: int,
    name: str | None = None,
    domains: Sequence[str] | None = None,
    language: str | None = None,
    custom: dict[str, object] | None = None,
    service_class: int | None = None,
) -> Account:
    account = await _account(account_id)
    if name is not None:
        account.name = rules.clean_line(name, field="name")
    if domains is not None:
        account.domains = await _free_domains(domains, account_id)
    if language is not None:
        account.language = rules.check_language(language) if language else None
    if custom is not None:
        account.custom = custom
    weighed = service_class is not None and service_class != account.service_class
    if service_class is not None:
        account.service_class = service_class
    await account.save()
    if weighed:
        work.record(AccountWeighed(account_id))
    return account


async def _account(account_id: int) -> Account:
    account = await Account.get_or_none(id=account_id)
    if account is None:
        raise Invalid("There is no such account.", field="account_id")
    return account


async def _free_domains(domains: Sequence[str], own: int | None) -> list[str]:
    wanted = list(dict.fromkeys(rules.normal_domain(domain) for domain in domains))
    for account in await Account.all().only("id", "name", "domains") if wanted else []:
        taken = set(wanted) & set(account.domains)
        if account.id != own and taken:
            raise Invalid(f"{min(taken)} belongs to {account.name} already.", field="domains")
    return wanted


async def _set_addresses(contact: Contact, addresses: Sequence[str]) -> None:
    """Exactly these, the first one primary."""
    wanted = list(dict.fromkeys(rules.normal_address(address, field="addresses") for address in addresses))
    held = {row.address: row for row in await ContactAddress.filter(contact_id=contact.id)}
    user = await User.get_or_none(contact_id=contact.id)
    if user is not None and user.email in held and user.email not in wanted:
        raise Invalid(f"{user.name} signs in with {user.email}; that address must stay.", field="addresses")
    for address in wanted:
        other = await ContactAddress.get_or_none(address=address).select_related("contact")
        if other is not None and other.contact_id != contact.id:
            raise Invalid(f"{address} belongs to {other.contact.name} already.", field="addresses")
    await ContactAddress.filter(contact_id=contact.id).exclude(address__in=wanted or [""]).delete()
    for place, address in enumerate(wanted):
        if address in held:
            await ContactAddress.filter(id=held[address].id).update(primary=place == 0)
        else:
            await ContactAddress.create(contact_id=contact.id, address=address, primary=place == 0)


async def _contact_with(address: str) -> Contact | None:
    row = await ContactAddress.get_or_none(address=address).select_related("contact")
    return row.contact if row is not None else None


def _name(name: str, address: str) -> str:
    try:
        return rules.clean_line(name, field="name")
    except Invalid:
        return rules.name_from_address(address)
