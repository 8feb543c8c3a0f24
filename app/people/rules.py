"""What people may enter: names, addresses and languages, made uniform or refused with clear words."""

from __future__ import annotations

import re
import unicodedata

from app.errors import Invalid
from app.settings import LANGUAGES

MAX_NAME = 200  # characters; the width of the column
MAX_ADDRESS = 254  # characters; RFC 5321, 4.5.3.1.3 leaves that many for an address in a path
MAX_LOCAL = 64  # octets; RFC 5321, 4.5.3.1.1
LOCAL = re.compile(r"""[^\s\x00-\x1f\x7f"(),:;<>@\[\\\]]+""")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF, 0x200B])
"""Invisible marks that reverse or hide text: a name made of them could pass for somebody else's."""

_PROVIDERS = """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.fi live.com live.fi msn.com yahoo.com yahoo.co.uk yahoo.de
    ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com web.de t-online.de freenet.de mail.com proton.me
    protonmail.com pm.me tutanota.com tuta.io fastmail.com zoho.com mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru
    yandex.com ya.ru rambler.ru ukr.net seznam.cz wp.pl o2.pl interia.pl orange.fr wanadoo.fr free.fr laposte.net
    libero.it virgilio.it qq.com 163.com 126.com naver.com kolumbus.fi elisanet.fi luukku.com suomi24.fi pp.inet.fi
    saunalahti.fi hey.com duck.com mailbox.org posteo.de
"""
PUBLIC_PROVIDERS = frozenset(_PROVIDERS.split())
"""Mail domains that anybody can have an address at: they say nothing about the company somebody works for."""


def clean_line(text: str, *, field: str, limit: int = MAX_NAME) -> str:
    """One line of text without surplus white space, in NFC. Raises Invalid when nothing is left or it is too long."""
    line = " ".join(unicodedata.normalize("NFC", text).translate(OVERRIDES).split())
    if not line:
        raise Invalid("This is needed.", field=field)
    if len(line) > limit:
        raise Invalid(f"At most {limit} characters, please; these are {len(line)}.", field=field)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in line):
        raise Invalid("Control characters cannot be stored here.", field=field)
    return line


def optional_line(text: str, *, field: str, limit: int = MAX_NAME) -> str:
    """Like `clean_line`, but empty is fine."""
    return clean_line(text, field=field, limit=limit) if text.strip() else ""


def normal_address(text: str, *, field: str = "email") -> str:
    """An e-mail address as it is stored and compared: lower case, domain in ASCII. Raises Invalid for anything else.

    Quoted local parts (RFC 5321) are refused: nobody has such a mailbox, and tools disagree about them.
    """
    address = unicodedata.normalize("NFC", text.translate(OVERRIDES)).strip().lower()
    wrong = Invalid("This is not an e-mail address; it should look like name@example.com.", field=field)
    if not address:
        raise Invalid("Enter an e-mail address.", field=field)
    local, at, domain = address.rpartition("@")
    if not at or not LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise wrong
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise wrong from None
    if "." not in plain or not all(LABEL.fullmatch(label) for label in plain.split(".")):
        raise wrong
    if len(local.encode()) > MAX_LOCAL or len(local) + 1 + len(plain) > MAX_ADDRESS:
        raise Invalid(f"An e-mail address has at most {MAX_ADDRESS} characters.", field=field)
    return f"{local}@{plain}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def normal_domain(text: str, *, field: str = "domains") -> str:
    """A mail domain of a company. Raises Invalid for no domain, and for those of public mail providers."""
    try:
        domain = domain_of(normal_address(f"x@{text.strip().removeprefix('@')}", field=field))
    except Invalid:
        raise Invalid(f"“{text}” is not a domain; it should look like example.com.", field=field) from None
    if domain in PUBLIC_PROVIDERS:
        raise Invalid(f"Anybody can have an address at {domain}, so it cannot stand for one company.", field=field)
    return domain


def check_language(language: str, *, field: str = "language") -> str:
    if language not in LANGUAGES:
        raise Invalid(f"The desk speaks {', '.join(LANGUAGES)}.", field=field)
    return language


def name_from_address(address: str) -> str:
    """A name for somebody who gave none: `aino.virtanen@…` → `Aino Virtanen`."""
    words = [word for word in re.split(r"[._+-]+", address.rpartition("@")[0]) if word]
    return " ".join(word[:1].upper() + word[1:] for word in words)[:MAX_NAME] or address[:MAX_NAME]


def search_variants(query: str) -> set[str]:
    """Spellings to look for, because SQLite's LIKE ignores case for ASCII only."""
    return {query, query.lower(), query.upper(), query.title(), query[:1].upper() + query[1:]}
