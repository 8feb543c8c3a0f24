"""Fixtures every package's tests may use: databases of both engines, and a browser."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.chromium import launch_options
from tests.support.databases import ENGINES, Databases
from tests.support.signatures import remember_signatures

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.support.postgres import Postgres

settings.register_profile("desk", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("desk")
remember_signatures()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--databases",
        default=",".join(ENGINES),
        help="engines for tests that take the `database` fixture, separated by commas (default: all)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"databases: {config.getoption('--databases')}"


def pytest_collection_finish() -> None:
    """Look no more for garbage in what was imported, and less often: each desk of a test makes as much as a program."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that uses a database once per engine."""
    if "database_engine" in metafunc.fixturenames:
        metafunc.parametrize("database_engine", metafunc.config.getoption("--databases").split(","), scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """What cannot run has not passed: a skip is a failure with the reason that was given."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped instead of run: {report.longrepr[2] if report.longrepr else 'no reason given'}"
    return report


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Where databases of any engine come from; for tests that need several or an empty one."""
    source = Databases()
    yield source
    source.close()


@pytest.fixture(scope="session")
def postgres(databases: Databases) -> Postgres:
    """The PostgreSQL server of this test session."""
    return databases.postgres


@pytest.fixture
def database(databases: Databases, database_engine: str, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh migrated database; the test runs once on SQLite and once on PostgreSQL."""
    with databases.fresh(database_engine, tmp_path) as url:
        yield url


@pytest.fixture
def empty_database(databases: Databases, database_engine: str, tmp_path: Path) -> Iterator[str]:
    """URL of a new database without any table; the test runs once on SQLite and once on PostgreSQL."""
    with databases.fresh(database_engine, tmp_path, migrated=False) as url:
        yield url


@pytest.fixture
def sqlite_database(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh migrated SQLite database, for what only concerns SQLite."""
    with databases.fresh("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def postgres_database(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh migrated PostgreSQL database, for what only concerns PostgreSQL or several processes."""
    with databases.fresh("postgres", tmp_path) as url:
        yield url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium; open a context per person with `await browser.new_context()`."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(**launch_options())
        yield started
        await started.close()
