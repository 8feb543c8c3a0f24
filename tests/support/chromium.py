"""Debian's Chromium driven by Playwright, kept from talking to anybody but the desk under test."""

from __future__ import annotations

from typing import Any

from tests.support.packages import ensure_debian

ARGUMENTS = (
    "--no-sandbox",  # the sandbox refuses to run as root, which tests in containers are
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB, and pages then crash
)


def launch_options(*, headless: bool = True) -> dict[str, Any]:
    """Keyword arguments for Playwright's `chromium.launch`: the system's browser, none of Playwright's downloads."""
    return {
        "executable_path": ensure_debian("chromium", "chromium"),
        "headless": headless,
        "args": list(ARGUMENTS),
        "timeout": 60_000,  # milliseconds; the first start on a busy machine is slow
    }
