"""Names, addresses and languages as people enter them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.people.rules import (
    MAX_ADDRESS,
    check_language,
    clean_line,
    name_from_address,
    normal_address,
    normal_domain,
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Aino@Northwind.Example", "aino@northwind.example"),
        ("  aino@northwind.example\n", "aino@northwind.example"),
        ("aino+tag@northwind.example", "aino+tag@northwind.example"),
        ("Päivi@Höyry.example", "päivi@xn--hyry-5qa.example"),
        ("o'brien@northwind.example", "o'brien@northwind.example"),
        ("\u202eaino@northwind.example", "aino@northwind.example"),
    ],
)
def test_an_address_is_kept_uniformly(written: str, kept: str) -> None:
    assert normal_address(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "aino",
        "@northwind.example",
        "aino@",
        "aino@northwind",
        "aino@@northwind.example",
        "a b@northwind.example",
        ".aino@northwind.example",
        "ai..no@northwind.example",
        "aino@-northwind.example",
        "aino@north..example",
        "aino@northwind.example\r\nBcc: all@desk.example",
        "<aino@northwind.example>",
        "aino@" + "a" * 64 + ".example",
        "aino@" + "a." * 130 + "example",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal_address(written)
    assert refusal.value.field == "email"


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        kept = normal_address(text)
    except Invalid:
        return
    assert normal_address(kept) == kept
    assert len(kept) <= MAX_ADDRESS


@given(st.text(max_size=400))
def test_any_text_is_a_line_or_refused(text: str) -> None:
    try:
        kept = clean_line(text, field="name")
    except Invalid:
        return
    assert kept
    assert kept == clean_line(kept, field="name")
    assert "\n" not in kept
    assert "\x00" not in kept


def test_a_line_loses_what_hides_or_reverses_it() -> None:
    assert clean_line("  Aino \u202e Virtanen\u200b ", field="name") == "Aino Virtanen"


def test_a_domain_of_a_public_provider_stands_for_no_company() -> None:
    assert normal_domain(" @Northwind.Example ") == "northwind.example"
    for wrong in ("gmail.com", "nonsense", "", "a@b.example x"):
        with pytest.raises(Invalid) as refusal:
            normal_domain(wrong)
        assert refusal.value.field == "domains"


def test_a_name_is_made_of_an_address() -> None:
    assert name_from_address("aino.virtanen@northwind.example") == "Aino Virtanen"
    assert name_from_address("info@northwind.example") == "Info"


def test_the_desk_speaks_three_languages() -> None:
    assert [check_language(language) for language in ("en", "ru", "fi")] == ["en", "ru", "fi"]
    with pytest.raises(Invalid):
        check_language("de")
