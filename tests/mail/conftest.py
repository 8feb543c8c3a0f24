"""Fixtures of the mail engine's tests: a real Dovecot and a certificate, once per run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.certificates import Certificate, make_certificate
from tests.support.dovecot import Dovecot, running_dovecot
from tests.support.ports import free_port

_numbers = count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot; take a fresh `user` per test."""
    with running_dovecot() as server:
        yield server


@pytest.fixture
def user() -> str:
    """A user name with an empty mailbox."""
    return f"help{next(_numbers)}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-made certificate for 127.0.0.1."""
    return make_certificate(Path(tmp_path_factory.mktemp("certificate")))


@pytest.fixture
def unused_port() -> int:
    """A loopback port nobody listens on."""
    return free_port()
