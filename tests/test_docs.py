"""The documentation says what the code does: tables printed from it, examples that were run, pages that exist.

After a change of the rules, `python -m tests.test_docs` writes the table of transitions anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.cases.rules import CATEGORIES, TRANSITIONS, VERBS
from channels.errors import CloseCode, comes_back
from tests.support.sources import ROOT, text, tracked

ARCHITECTURE = "docs/architecture.md"
BETWEEN = re.compile(r"<!-- transitions -->\n(.*?)<!-- /transitions -->", re.DOTALL)
MODULE = re.compile(r"`((?:app|mail|sla|channels|static|tests)/[\w./]+)`")


def transitions() -> str:
    """The transition table as Markdown."""
    lines = ["| from | " + " | ".join(f"`{verb}`" for verb in VERBS) + " |", "|---" * (len(VERBS) + 1) + "|"]
    for category in CATEGORIES:
        targets = (TRANSITIONS[category].get(verb, "–") for verb in VERBS)
        lines.append(f"| **{category}** | " + " | ".join(targets) + " |")
    return "\n".join(lines) + "\n"


def test_the_transition_table_is_the_one_of_the_code() -> None:
    [printed] = BETWEEN.findall(text(ARCHITECTURE))
    assert printed == transitions(), "run `python -m tests.test_docs`"


def test_modules_that_pages_name_exist() -> None:
    missing = {
        (page, name)
        for page in tracked(".md")
        for name in MODULE.findall(text(page))
        if not (ROOT / name).exists() and "*" not in name
    }
    assert missing == set()


def test_every_close_code_is_explained_with_what_a_client_does() -> None:
    page = text("docs/errors.md")
    words = {"now": "at once", "later": "later", "never": "not by yourself"}
    for code in CloseCode:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{int(code)}`")]
        assert words[comes_back(code)] in row, f"{code.name}: {row}"


def test_every_code_of_the_engines_is_explained() -> None:
    page = text("docs/errors.md")
    missing = sorted(code for code in engine_codes() if f"`{code}`" not in page)
    assert missing == []


def engine_codes() -> set[str]:
    """Codes that mail and service levels store, show or print: classes' own, given ones, and reasons of refusal."""
    from mail.errors import REFUSAL_REASONS

    found = set(REFUSAL_REASONS)
    given = re.compile(r"""(?:\bcode(?:: \w+)? ?= ?|\w*Error\(\s*)"([a-z][a-z_]+)\"""")
    for name in tracked(".py"):
        if name.startswith(("mail/", "sla/")):
            found |= set(given.findall(text(name)))
    return found - {"ok"}


def test_every_decision_is_listed_and_has_its_three_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for page in sorted(folder.glob("*.md")):
        if page.name in {"README.md", "template.md"}:
            continue
        assert f"({page.name})" in index, f"{page.name} is not listed"
        written = page.read_text()
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in written, f"{page.name} lacks {part}"


def test_the_picture_of_the_console_is_small_enough_to_load() -> None:
    assert (ROOT / "docs" / "pictures" / "console.png").stat().st_size < 200_000


def rewrite(page: Path) -> None:
    printed = f"<!-- transitions -->\n{transitions()}<!-- /transitions -->"
    page.write_text(BETWEEN.sub(lambda _: printed, page.read_text()))


if __name__ == "__main__":
    rewrite(ROOT / ARCHITECTURE)
