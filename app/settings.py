"""Settings of one process: read once from the environment (or a file), then frozen."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["web", "live", "mail", "timers"]
ROLES: tuple[Role, ...] = ("web", "live", "mail", "timers")
LANGUAGES: tuple[str, ...] = ("en", "ru", "fi")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # compared with, not bound
"""Addresses that are listened on but cannot be visited, and where a visitor of this machine goes instead."""


class Settings(BaseSettings):
    """Every setting of Casefeed; each is named CASEFEED_<FIELD> in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="CASEFEED_",
        env_file=".env",
        env_ignore_empty=True,  # an empty secret in a file means "none", never a secret that is empty
        extra="ignore",
        frozen=True,
    )

    database_url: str = "sqlite://data/casefeed.sqlite3"
    redis_url: str | None = None
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    """Without a value: where the server listens."""
    roles: Annotated[frozenset[Role], NoDecode] = frozenset(ROLES)
    secret_key: SecretStr | None = None
    database_pool: int = Field(default=10, ge=1, le=200)
    upload_limit_mb: int = Field(default=25, ge=1, le=2000)
    session_days: int = Field(default=30, ge=1, le=365)
    default_language: Literal["en", "ru", "fi"] = "en"
    notices_per_address_hour: int = Field(default=12, ge=1, le=100_000)
    notices_per_case_hour: int = Field(default=20, ge=1, le=100_000)
    notices_per_installation_hour: int = Field(default=2_000, ge=1, le=10_000_000)
    number_in_subject: Literal["own", "always"] = "own"
    """own: only in conversations that the desk begins; a customer's own subject stays as it is."""
    trusted_proxies: str = ""
    private_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    """Hosts of the own network ("host" or "host:port") that calendar feeds and webhooks may name."""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Without a value in the demo: warning, so that its welcome stays on the screen."""
    push_services: str = "googleapis.com,push.services.mozilla.com,notify.windows.com,push.apple.com"
    """Where browsers' push subscriptions may lead; empty: no Web Push."""
    metrics_token: SecretStr | None = None
    front_dev_url: str | None = None
    demo: bool = False
    demo_smtp_port: int = Field(default=2525, ge=0, le=65535)
    demo_imap_port: int = Field(default=2143, ge=0, le=65535)

    @field_validator("roles", "private_hosts", mode="before")
    @classmethod
    def _split_roles(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> Settings:
        """What follows from other settings where nothing was said (the model is frozen only once it is whole)."""
        filled: dict[str, Any] = {}
        if not self.public_url:
            host = EVERYWHERE.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
            filled["public_url"] = f"http://{host}:{self.port}"
        if self.demo and "log_level" not in self.model_fields_set:
            filled["log_level"] = "warning"
        self.__dict__.update(filled)
        return self

    @cached_property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def upload_limit(self) -> int:
        """Largest accepted attachment in bytes."""
        return self.upload_limit_mb * 1024 * 1024

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")
