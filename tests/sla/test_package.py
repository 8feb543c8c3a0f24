"""The engine is useful alone: its example runs, it meets only the standard library, its errors are one tree."""

from __future__ import annotations

import ast
import doctest
import sys
from pathlib import Path

import pytest

import sla
from sla import CalendarError, ComputeError, PolicyError, SlaError


def test_the_example_in_the_package_runs() -> None:
    results = doctest.testmod(sla)
    assert results.attempted >= 5
    assert results.failed == 0


@pytest.mark.parametrize("path", sorted(Path(sla.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_modules_are_small_and_meet_only_the_standard_library(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 250
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= {"sla", *sys.stdlib_module_names}


def test_errors_carry_a_code_a_field_and_what_to_do() -> None:
    for kind in (CalendarError, PolicyError, ComputeError):
        error = kind("bad_date", "write it like 2026-12-24.", field="holidays[0]")
        assert isinstance(error, SlaError)
        assert (error.code, error.field, error.message) == ("bad_date", "holidays[0]", "write it like 2026-12-24.")
        assert str(error) == "holidays[0]: write it like 2026-12-24."
    assert str(SlaError("naive_moment", "hand in an aware datetime.")) == "hand in an aware datetime."
