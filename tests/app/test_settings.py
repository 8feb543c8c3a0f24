"""Settings that follow from others, and blank ones."""

from __future__ import annotations

import pytest

from app.settings import Settings


def read(**changes: object) -> Settings:
    return Settings(_env_file=None, **changes)  # type: ignore[call-arg, arg-type]


def test_the_public_address_follows_the_port_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASEFEED_PUBLIC_URL", raising=False)
    monkeypatch.setenv("CASEFEED_PORT", "8300")
    assert read().public_url == "http://127.0.0.1:8300"
    assert read(port=8400).public_url == "http://127.0.0.1:8400"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("fd00::7", "http://[fd00::7]:8000"),
        ("desk.example", "http://desk.example:8000"),
    ],
)
def test_the_public_address_can_be_visited(host: str, url: str) -> None:
    assert read(host=host).public_url == url


def test_a_given_public_address_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFEED_PUBLIC_URL", "https://desk.example")
    settings = read(port=8400)
    assert settings.public_url == "https://desk.example"
    assert settings.secure_cookies


def test_blank_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "METRICS_TOKEN", "PUBLIC_URL", "REDIS_URL"):
        monkeypatch.setenv(f"CASEFEED_{name}", "")
    settings = read()
    assert (settings.secret_key, settings.metrics_token, settings.redis_url) == (None, None, None)
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_demo_is_quiet_unless_it_is_asked_to_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASEFEED_LOG_LEVEL", raising=False)
    assert read().log_level == "info"
    assert read(demo=True).log_level == "warning"
    monkeypatch.setenv("CASEFEED_LOG_LEVEL", "info")
    assert read(demo=True).log_level == "info"


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().port = 1  # type: ignore[misc]
