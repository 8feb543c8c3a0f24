"""What the repository holds, for tests that look at sources instead of running them."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("channels", "mail", "sla")
PACKAGES = ("app", *ENGINES)
MADE_BY_TOOLS = {"LICENSE", "static/package-lock.json"}


@cache
def tracked(*suffixes: str) -> list[str]:
    """Paths of the repository's files with one of the endings (all files without one), relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [
        name
        for name in listed.split("\0")
        if name and name.endswith(suffixes or "") and (ROOT / name).is_file() and name not in MADE_BY_TOOLS
    ]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name), filename=name)


def modules(*packages: str) -> list[str]:
    """Paths of the Python modules of the packages, migrations excepted: their form is the migration tool's."""
    return [
        name
        for name in tracked(".py")
        if name.startswith(tuple(f"{package}/" for package in packages)) and not name.startswith("app/migrations/")
    ]


def imported(name: str) -> set[str]:
    """Dotted names a module imports; `from a import b` counts as `a` and as `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # `from . import a` stands one folder up from the file, `from .. import a` two.
            package = PurePosixPath(name).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *filter(None, [node.module])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def headings(markdown: str) -> set[str]:
    """The anchors that a page's headings make, in the way the common hosts make them."""
    plain = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    titles = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(markdown: str) -> list[str]:
    """Targets of a page's links and pictures, code excepted."""
    plain = re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)
    return re.findall(r"\]\(<?([^)\s>]+)", plain) + re.findall(r"^\[[^\]]+\]:\s+(\S+)", plain, re.MULTILINE)
