"""The installation's secrets: one master key, and from it a key for each use, so that no two uses share one."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from app.errors import DeskError

MASTER = "master"


class SealBroken(DeskError):
    """A sealed password cannot be opened, because the installation's secret is another one than when it was sealed."""

    code, status, title = "seal_broken", 500, "A stored password cannot be read"


class Keys:
    """Keys for each use, derived from the master secret of the installation (HMAC-SHA256 over the use's name).

    Locked until `unlock` is called once at start-up: from CASEFEED_SECRET_KEY, or from the database (see
    app.web.secrets), where the first start put a random one.
    """

    __slots__ = ("_master",)

    def __init__(self, master: str | None = None) -> None:
        self._master: bytes | None = None
        if master is not None:
            self.unlock(master)

    @property
    def unlocked(self) -> bool:
        return self._master is not None

    def unlock(self, master: str) -> None:
        self._master = hashlib.sha256(master.encode()).digest()

    def derive(self, use: str) -> bytes:
        """32 bytes for `use`, the same at every start of this installation."""
        if self._master is None:
            raise RuntimeError("the installation's keys are used before they were unlocked")
        return hmac.digest(self._master, f"casefeed:{use}".encode(), "sha256")

    @property
    def reply_address(self) -> bytes:
        """Signs the reply addresses of cases."""
        return self.derive("reply-address")

    def csrf_token(self, session_token: str) -> str:
        """What a page of this session must send with every write."""
        return self._made("csrf", session_token)

    def token_for(self, request: str) -> str:
        """A secret that only this installation can make, the same for the same request to make it."""
        return self._made("token", request)

    def seal(self, plain: str) -> str:
        """Encrypt a password of somebody else's server for the database (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._fernet().encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken(
                "The password was stored under another CASEFEED_SECRET_KEY; restore that or enter the password anew."
            ) from error

    def _made(self, use: str, of: str) -> str:
        digest = hmac.digest(self.derive(use), of.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def open_recent(self, sealed: str, *, seconds: int) -> str:
        """What was sealed at most `seconds` ago. Raises cryptography.fernet.InvalidToken."""
        return self._fernet().decrypt(sealed.encode(), ttl=seconds).decode()

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.derive("seal")))
