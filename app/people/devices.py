"""What somebody signed in with, in words, for the list of their sessions."""

from __future__ import annotations

BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
SYSTEMS = (
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("cros", "ChromeOS"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
)


def device_of(agent: str) -> str:
    """`Firefox · Linux`; empty when the User-Agent says nothing that we know."""
    lowered = agent.lower()
    browser = next((name for mark, name in BROWSERS if mark in lowered), "")
    system = next((name for mark, name in SYSTEMS if mark in lowered), "")
    return " · ".join(part for part in (browser, system) if part)
