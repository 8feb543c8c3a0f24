"""The installation's secrets: one master key, and from it a key for each use, so that no two uses share one."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import DeskError

MASTER = "master"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, section 2.4.2


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

    @property
    def push_private_key(self) -> ec.EllipticCurvePrivateKey:
        """Signs Web Push requests (VAPID, RFC 8292): a key on P-256 that is the same at every start."""
        number = int.from_bytes(self.derive("web-push") + self.derive("web-push-2"))
        return ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())

    @property
    def push_public_key(self) -> str:
        """The applicationServerKey that browsers subscribe under, base64url."""
        point = self.push_private_key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

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
