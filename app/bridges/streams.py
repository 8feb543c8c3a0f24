"""Names of the streams behind the topics: who reads what. Topics are what clients ask for, streams what they get."""

from __future__ import annotations

import re

import msgspec

from app.people.rights import Person
from app.queues.models import Queue

QUEUES = "queues"
SAVED = "saved"
_NAME = re.compile(r"(?:case/(\d+)#(staff|public)|person/(\d+))")


def case_staff(case_id: int) -> str:
    return f"case/{case_id}#staff"


def case_public(case_id: int) -> str:
    return f"case/{case_id}#public"


def person(user_id: int) -> str:
    return f"person/{user_id}"


def reads(user_id: int) -> str:
    """What a user has read, and how much is unread: for all tabs and devices of theirs."""
    return f"person/{user_id}#reads"


def queue(queue_id: int) -> str:
    return f"queue/{queue_id}"


def view(view_id: int) -> str:
    return f"view/{view_id}"


def own_cases(contact_id: int) -> str:
    return f"contact/{contact_id}#cases"


def company_cases(account_id: int) -> str:
    return f"account/{account_id}#cases"


def member_id(user_id: int) -> str:
    return f"user/{user_id}"


def token_session(token_id: int) -> str:
    """What the feed knows as the session of a program that came with an API token."""
    return f"token/{token_id}"


def session_id(person: Person) -> str:
    return token_session(person.token_id) if person.token_id is not None else str(person.session_id)


def parts(stream: str) -> tuple[str, int]:
    """("staff" | "public" | "person", id) of a log stream."""
    found = _NAME.fullmatch(stream)
    if found is None:
        raise ValueError(f"{stream} is not a log of ours")
    if found[3]:
        return "person", int(found[3])
    return found[2], int(found[1])


def raw(encoded: bytes) -> msgspec.Raw:
    return msgspec.Raw(encoded)


async def queue_ids() -> list[int]:
    return [int(str(one)) for one in await Queue.all().values_list("id", flat=True)]
