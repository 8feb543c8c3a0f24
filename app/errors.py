"""The application's error tree: each leaf has a stable code, an HTTP status and words that say what to do.

DeskError
├── NotSignedIn            401 not_signed_in
│   └── WrongCredentials   401 wrong_credentials
├── Forbidden              403 forbidden
│   └── RequestNotTrusted  403 request_not_trusted
├── NotFound               404 not_found
├── Conflict               409 conflict
│   ├── StaleReply         409 stale_reply
│   ├── MergeStands        409 merge_stands
│   ├── TransitionRefused  409 transition_refused
│   ├── KeyReused          409 idempotency_key_reused
│   └── RequestUnderWay    409 request_under_way
├── Gone                   410 link_expired
├── TooLarge               413 too_large
├── Invalid                422 invalid
└── TooMany                429 too_many_attempts
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DeskError(Exception):
    """Something the caller can understand and act on.

    `message` is one English sentence that says what is wrong and what to do; `field` names the input at fault;
    `data` is extra material for programs (plain JSON values).
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be done"

    def __init__(self, message: str, *, field: str | None = None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.data = dict(data or {})


class NotSignedIn(DeskError):
    code, status, title = "not_signed_in", 401, "Sign in first"


class WrongCredentials(NotSignedIn):
    code, title = "wrong_credentials", "The address or the password is wrong"


class Forbidden(DeskError):
    code, status, title = "forbidden", 403, "You may not do this"


class RequestNotTrusted(Forbidden):
    code, title = "request_not_trusted", "The request did not come from our own pages"


class NotFound(DeskError):
    """Also said where something exists but the caller may not know that."""

    code, status, title = "not_found", 404, "Not found"


class Conflict(DeskError):
    code, status, title = "conflict", 409, "Somebody was faster"


class StaleReply(Conflict):
    code, title = "stale_reply", "New messages arrived since you began"


class MergeStands(Conflict):
    code, title = "merge_stands", "This merge cannot be taken back"


class TransitionRefused(Conflict):
    code, title = "transition_refused", "The case cannot change like that"


class KeyReused(Conflict):
    code, title = "idempotency_key_reused", "This idempotency key belongs to another request"


class RequestUnderWay(Conflict):
    code, title = "request_under_way", "The same request is being done"


class Gone(DeskError):
    code, status, title = "link_expired", 410, "This link was used or has expired"


class TooLarge(DeskError):
    code, status, title = "too_large", 413, "Too large"


class Invalid(DeskError):
    code, status, title = "invalid", 422, "Something in the input is not right"


class TooMany(DeskError):
    """`data["retry_after"]` says in how many seconds to try again."""

    code, status, title = "too_many_attempts", 429, "Too many attempts"
