"""The mails that the mail benchmarks handle: 1,000 of some 1.2 KB, and 200 of some 45 KB with an attachment."""

from __future__ import annotations

import random
import re

from tests.support.mailwork import letter

SMALL, LARGE = 1_000, 200
WORDS = re.findall("[a-z]+", "oven harbour invoice engine cold order customer since please tell us when it comes back")


def mails(small: int = SMALL, large: int = LARGE, *, seed: int = 1, to: str = "help@desk.example") -> list[bytes]:
    """Each from a sender of its own company town, in an order that mixes short and long ones, always the same."""
    chance = random.Random(seed)
    made = [_mail(number, chance, 900, 0, seed, to) for number in range(small)]
    made += [_mail(small + number, chance, 3_000, 29_000, seed, to) for number in range(large)]
    chance.shuffle(made)
    return made


def _mail(number: int, chance: random.Random, text: int, file: int, seed: int, to: str) -> bytes:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < text:
        words.append(chance.choice(WORDS) + ("\n" if chance.random() < 0.1 else ""))
    return letter(
        " ".join(words),
        sender=f"Customer {number} <customer{number}.{seed}@shop{number % 97}.example>",
        to=to,
        subject=f"Order {number} of run {seed}",
        message_id=f"<order-{seed}-{number}@shop{number % 97}.example>",
        files=[("photo.bin", chance.randbytes(file))] if file else (),
    )
