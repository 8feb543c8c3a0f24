"""Writes that may be repeated: the answer is remembered under the caller's key, with the write itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.enums import MediaType
from tortoise.exceptions import IntegrityError

from app.database import Work
from app.desk import Desk
from app.errors import Invalid, KeyReused, RequestUnderWay
from app.web.client import address_group, client_address
from app.web.encoding import encode_json
from app.web.models import RememberedAnswer

T = TypeVar("T")
REMEMBERED = timedelta(days=2)  # longer than any client keeps an unsent message and retries it
ABANDONED = timedelta(hours=1)  # longer than any write in steps takes; its process has died, and a repetition goes on
KEY = re.compile(r"[\x21-\x7e]{8,80}")


class _AlreadyWritten(Exception):
    """The key is taken: another request with it was committed before this one."""


async def write(
    request: Request[Any, Any, Any],
    desk: Desk,
    action: Callable[[Work], Awaitable[T]],
    *,
    status: int = 200,
    body: bytes | None = None,
) -> Response[Any]:
    """Run `action` in one unit of work and answer with what it returns, as JSON.

    With the header Idempotency-Key the answer is stored in the same transaction, and a repetition of the same request
    is answered from it (header Idempotency-Replayed) without doing anything again. Errors are not remembered. The same
    key for another request raises KeyReused; keys are separate per user, or per address for who is not signed in.
    `body` tells requests apart where theirs was read as a stream and is gone.
    """
    key = _key_of(request)
    if key is None:
        async with desk.unit_of_work() as work:
            result = await action(work)
        return _answer(_encoded(result), status)
    scope, digest = _scope_of(request, desk), await _digest_of(request, body)
    if remembered := await _remembered(scope, key, digest):
        return remembered
    try:
        async with desk.unit_of_work() as work:
            row = await _claim(scope, key, digest, work.now)
            answer = _encoded(await action(work))
            await RememberedAnswer.filter(id=row.id).update(status=status, body=answer.decode())
        return _answer(answer, status)
    except _AlreadyWritten:
        remembered = await _remembered(scope, key, digest)
        if remembered is None:  # the other request failed after all, in the moment between
            raise _under_way() from None
        return remembered


async def write_in_steps(
    request: Request[Any, Any, Any], desk: Desk, action: Callable[[], Awaitable[T]], *, status: int = 200
) -> Response[Any]:
    """Run `action`, which commits its steps on its own, and answer with what it returns, as JSON.

    As `write`, but the key is claimed before and the answer stored after, each in its own transaction. A repetition
    that comes meanwhile raises RequestUnderWay. Where `action` fails, the key is free again; where the process dies, a
    repetition after ABANDONED runs `action` once more, which must then go on with what is left.
    """
    key = _key_of(request)
    if key is None:
        return _answer(_encoded(await action()), status)
    scope, digest, now = _scope_of(request, desk), await _digest_of(request, None), desk.now()
    try:
        await _claim(scope, key, digest, now)
    except _AlreadyWritten:
        if remembered := await _remembered(scope, key, digest):
            return remembered
        abandoned = RememberedAnswer.filter(scope=scope, key=key, status=0, created_at__lte=now - ABANDONED)
        if not await abandoned.update(created_at=now):
            raise _under_way() from None
    claim = RememberedAnswer.filter(scope=scope, key=key, status=0, created_at=now)
    try:
        answer = _encoded(await action())
    except BaseException:  # a request that is cancelled with its connection frees its key too
        await claim.delete()
        raise
    await claim.update(status=status, body=answer.decode())
    return _answer(answer, status)


async def forget_old_answers(now: datetime) -> int:
    """Delete answers that nobody will ask for any more; answers how many."""
    return await RememberedAnswer.filter(created_at__lt=now - REMEMBERED).delete()


async def _claim(scope: str, key: str, digest: str, now: datetime) -> RememberedAnswer:
    """Take the key first: a second request with it waits here for the first one's commit, then fails."""
    try:
        return await RememberedAnswer.create(scope=scope, key=key, request_digest=digest, created_at=now)
    except IntegrityError as error:
        raise _AlreadyWritten from error


async def _remembered(scope: str, key: str, digest: str) -> Response[Any] | None:
    """The stored answer, or None where there is none yet. Raises KeyReused."""
    row = await RememberedAnswer.get_or_none(scope=scope, key=key)
    if row is None:
        return None
    if row.request_digest != digest:
        raise KeyReused("This Idempotency-Key was used for another request; take a fresh one.")
    if not row.status:
        return None
    answer = _answer(row.body.encode(), row.status)
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _under_way() -> RequestUnderWay:
    return RequestUnderWay("Another request with this Idempotency-Key is under way; repeat it for its answer.")


def _key_of(request: Request[Any, Any, Any]) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise Invalid("Idempotency-Key must be 8 to 80 visible ASCII characters, for example a UUID.")
    return key


def _scope_of(request: Request[Any, Any, Any], desk: Desk) -> str:
    user_id = getattr(request.scope.get("user"), "user_id", None)
    if user_id is not None:
        return f"user:{user_id}"
    return f"address:{address_group(client_address(request.scope, desk.settings.trusted_proxies))}"


async def _digest_of(request: Request[Any, Any, Any], body: bytes | None) -> str:
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(head + (await request.body() if body is None else body)).hexdigest()


def _encoded(result: Any) -> bytes:
    return b"" if result is None else encode_json(result)


def _answer(body: bytes, status: int) -> Response[Any]:
    if status in {204, 304} or not body:
        return Response(content=None, status_code=status)
    return Response(content=body, status_code=status, media_type=MediaType.JSON)
