"""Which passwords are good enough, and how they are kept."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from app.people.passwords import check_password, hash_password, needs_new_hash, verify_password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "nine char",
        "password123",
        "Password123",
        "qwertyuiop",
        "1234567890",
        "0987654321",
        "abcdefghijklm",
        "aaaaaaaaaaaa",
        "abababababab",
        "пароль12345",
        "salasana123",
        "aino@northwind.example",
        "Aino Virtanen",
        "ainovirtanen1",
        "virtanen2026",
        "x" * 300,
    ],
)
def test_a_poor_password_is_refused_with_words(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_password(password, email="aino@northwind.example", name="Aino Virtanen")
    assert refusal.value.field == "password"
    assert len(refusal.value.message) > 20


@pytest.mark.parametrize(
    "password", ["three blue herons", "сорок две чайки", "kissa istuu puussa", "Tr0ub4dor&3x", "🦊 in the 🌲🌲 tonight"]
)
def test_a_good_password_passes(password: str) -> None:
    check_password(password, email="aino@northwind.example", name="Aino Virtanen")


async def test_a_hash_is_argon2id_and_fits_its_password_only() -> None:
    kept = await hash_password("three blue herons")
    assert kept.startswith("$argon2id$")
    assert await verify_password(kept, "three blue herons")
    assert not await verify_password(kept, "three blue heron")
    assert not await verify_password(None, "three blue herons")
    assert not await verify_password("not a hash", "three blue herons")
    assert not needs_new_hash(kept)


async def test_the_same_letters_from_another_keyboard_fit() -> None:
    kept = await hash_password("käpy ja kävyt")
    assert await verify_password(kept, "ka\u0308py ja ka\u0308vyt")
