"""Passwords: which ones are good enough, and their argon2id hashes, computed beside the event loop."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid

MIN_LENGTH = 10  # characters
MAX_LENGTH = 256  # characters; longer ones only cost time
AT_ONCE = 4  # hashes computed at the same time; each needs 64 MiB (RFC 9106, second recommended option)

_COMMON = """
    password password1 password12 password123 password1234 passwordpassword mypassword changeme changeme123 letmein
    letmein123 welcome welcome123 welcome1234 iloveyou iloveyou123 qwertyuiop qwerty1234 qwerty12345 qwerty123456
    qwertyuiop123 qwertyqwerty asdfghjkl asdfghjkl1 asdfghjklqwerty zxcvbnm123 1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y
    q1w2e3r4t5 q1w2e3r4t5y6 abc123456789 abcdefghij abcd123456 aa12345678 a123456789 123456789a administrator admin12345
    admin123456 football123 baseball123 basketball princess123 sunshine123 superman123 dragon12345 monkey12345
    pokemon123 starwars123 michael123 charlie123 trustno1trustno1 helloworld hello12345 test123456 testtest123
    passw0rd123 p@ssw0rd123 p@ssword123 pa55word123 salasana123 salasana1234 perkele123 kissakissa suomi12345
    пароль12345 пароль123456 йцукенгшщз йцукен12345 любовь12345 привет12345 qweasdzxc123 qazwsxedcrfv 1234qwerasdf
"""
COMMON = frozenset(_COMMON.split())
"""The commonest passwords of our length in English, Finnish and Russian leaks."""

_hasher = PasswordHasher()
_workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
"""Verified for unknown users, so that the time of an answer does not tell whether an address is known."""


def check_password(password: str, *, email: str, name: str, field: str = "password") -> None:
    """Raise Invalid, saying what to do, unless `password` may protect this person's sign-in."""
    if len(password) < MIN_LENGTH:
        raise Invalid(f"Take at least {MIN_LENGTH} characters; a few words in a row are easy to keep.", field=field)
    if len(password) > MAX_LENGTH:
        raise Invalid(f"At most {MAX_LENGTH} characters, please.", field=field)
    plain = _normal(password).casefold()
    if plain in COMMON or len(set(plain)) < 4 or _is_run(plain):
        raise Invalid("This password is among the first that others would try. Take another one.", field=field)
    bare = re.sub(r"[\W\d_]+", "", plain)
    own = {email, email.partition("@")[0], name, *name.split()}
    if plain in {word.casefold() for word in own} or bare in {re.sub(r"[\W\d_]+", "", w.casefold()) for w in own}:
        raise Invalid("This is your name or your address. Take something that others cannot know.", field=field)


async def hash_password(password: str) -> str:
    """The argon2id hash of `password`, with its parameters and a random salt."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, _normal(password))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is nothing to compare it with."""
    if len(password) > MAX_LENGTH:
        password, password_hash = password[:MAX_LENGTH], None
    loop = asyncio.get_running_loop()
    # The one that nobody has, too, takes a while to make, so that is done in the worker's thread as well.
    kept = password_hash if password_hash is not None else await loop.run_in_executor(_workers, lambda: _nobodys())
    fits = await loop.run_in_executor(_workers, _verify, kept, _normal(password))
    return fits and password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    """Made once, when it is first needed: importing this module should not cost what a sign-in costs."""
    return _hasher.hash("the password that nobody has")


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    """The same password from every keyboard (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _is_run(plain: str) -> bool:
    """12345…, abcdef… and their reverse."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps in ({1}, {-1}) or plain in {"1234567890", "12345678901", "123456789012", "0987654321"}
