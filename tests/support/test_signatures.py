"""A signature is read once for the same function and names, and anew for others."""

from __future__ import annotations

from typing import Any

from tests.support.signatures import remembered


def bake(loaf: Loaf) -> None:  # noqa: F821  # a name that is handed in
    """A handler as routes have them."""


def test_the_same_function_with_the_same_names_is_read_once() -> None:
    names: dict[str, Any] = {"Loaf": int}
    assert remembered(bake, names) is remembered(bake, dict(names))
    assert remembered(bake, names).parameters["loaf"].annotation is int


def test_other_names_mean_another_signature() -> None:
    assert remembered(bake, {"Loaf": str}).parameters["loaf"].annotation is str
    assert remembered(bake, {"Loaf": int}).parameters["loaf"].annotation is int


def test_a_function_made_for_one_desk_is_not_kept() -> None:
    def knead(loaf: int) -> None:
        """A handler that closes over its desk."""

    assert remembered(knead, {}) is not remembered(knead, {})
    assert remembered(knead, {}).parameters["loaf"].annotation is int
