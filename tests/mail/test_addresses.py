"""Address headers as they are really sent, and reply addresses that cannot be forged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import addresses, charsets, headers
from mail.addresses import ascii_email, parse_address, parse_addresses, read_reply_address, sign_reply_address
from mail.message import Address
from tests.support.work import lines_run

KEY, OLD_KEY = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("aino@northwind.example", [("aino@northwind.example", "")]),
        ("Aino Virtanen <aino@northwind.example>", [("aino@northwind.example", "Aino Virtanen")]),
        ("aino@northwind.example (Aino Virtanen)", [("aino@northwind.example", "Aino Virtanen")]),
        ('"Virtanen, Aino" <aino@northwind.example>', [("aino@northwind.example", "Virtanen, Aino")]),
        ("=?utf-8?Q?Virtanen,_=C3=84ino?= <aino@northwind.example>", [("aino@northwind.example", "Virtanen, Äino")]),
        (
            "Team: a@x.example, b@x.example; c@x.example",
            [("a@x.example", ""), ("b@x.example", ""), ("c@x.example", "")],
        ),
        ("undisclosed-recipients:;", []),
        ("'aino@northwind.example' <aino@northwind.example>", [("aino@northwind.example", "")]),
        ("<mailto:aino@northwind.example>", [("aino@northwind.example", "")]),
        ("<@relay.example:aino@northwind.example>", [("aino@northwind.example", "")]),
        ('"aino virtanen"@northwind.example', [('"aino virtanen"@northwind.example', "")]),
        ("Aino <<aino@northwind.example>>", [("aino@northwind.example", "Aino")]),
        ("Aino [aino@northwind.example]", [("aino@northwind.example", "Aino")]),
        ('"Aino <aino@northwind.example>', [("aino@northwind.example", "Aino")]),
        ("Aino <Orders> <aino@northwind.example>", [("aino@northwind.example", "Aino Orders")]),
        ("Aino <3 Ovens <aino@northwind.example>", [("aino@northwind.example", "Aino <3 Ovens")]),
        ('"Aino <3 Ovens" <aino@northwind.example>', [("aino@northwind.example", "Aino <3 Ovens")]),
        ("Aino <x, Pavel <pavel@northwind.example>", [("pavel@northwind.example", "Aino <x, Pavel")]),
        ("aino(at)northwind", []),
        ("", []),
        ("@", []),
        ("<>", []),
        ("((((", []),
    ],
)
def test_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    assert parse_addresses([value.encode()]) == tuple(Address(email, name) for email, name in expected)


def test_thousands_of_addresses_and_brackets_are_read_up_to_the_limit() -> None:
    assert len(parse_addresses([b", ".join(b"a%d@x.example" % number for number in range(9_000))])) == 5_000
    assert parse_addresses([b"(" * 100_000]) == ()
    assert parse_addresses([b"<" * 100_000]) == ()
    assert parse_addresses([b'"' * 100_001]) == ()


@pytest.mark.parametrize(
    "piece",
    ["a@b.example ", "a@b.example,", "<a@b", "<a@b> ", "a<b ", "<(", "(a", ":", "a:", "=?", "=?a?q?b?= ", '"', "@"],
)
def test_the_work_grows_no_faster_than_the_header(piece: str) -> None:
    def work(times: int) -> int:
        return lines_run(lambda: parse_addresses([piece.encode() * times]), addresses, headers, charsets)

    assert work(400) < 5 * work(100) + 2_000


@given(st.binary(max_size=200))
def test_any_value_gives_only_whole_addresses(value: bytes) -> None:
    for address in parse_addresses([value]):
        local, _, domain = address.email.rpartition("@")
        assert local
        assert domain
        assert not any(char in address.email + address.name for char in "\n\r\x00")


def test_the_first_address_is_taken() -> None:
    assert parse_address("Aino <aino@x.example>, b@x.example") == Address("aino@x.example", "Aino")
    assert parse_address(b"nobody") is None


def test_domains_are_compared_in_punycode() -> None:
    assert ascii_email("Aino@Bäckerei.example") == "aino@xn--bckerei-5wa.example"
    assert ascii_email("aino@" + "ä" * 90 + ".example").startswith("aino@ä")


def test_a_signed_address_names_its_case() -> None:
    address = sign_reply_address("Support@desk.example", 42, KEY)
    assert address.startswith("Support+c42.")
    assert read_reply_address(address, (KEY,)) == ("support@desk.example", 42)
    assert read_reply_address(address.upper(), (OLD_KEY, KEY)) == ("support@desk.example", 42)
    assert len(address.rpartition("@")[0]) <= 64


@pytest.mark.parametrize(
    "forge",
    [
        lambda address: address.replace("c42", "c43"),
        lambda address: address.replace("support", "sales"),
        lambda address: address.replace("desk.example", "evil.example"),
        lambda address: address.replace("+c42.", "+c042."),
        lambda address: address[: address.index("@") - 1] + "@desk.example",
        lambda address: "support@desk.example",
        lambda address: "support+c42@desk.example",
        lambda address: "support+c42.@desk.example",
        lambda address: "support+c٤٢." + address.partition(".")[2],
    ],
)
def test_a_changed_address_is_worth_nothing(forge: object) -> None:
    address = sign_reply_address("support@desk.example", 42, KEY)
    assert callable(forge)
    assert read_reply_address(forge(address), (KEY,)) is None


def test_another_key_does_not_fit() -> None:
    assert read_reply_address(sign_reply_address("support@desk.example", 42, KEY), (OLD_KEY,)) is None
    assert read_reply_address(sign_reply_address("support@desk.example", 42, KEY), ()) is None


def test_a_mailbox_with_a_detail_of_its_own_is_signed_on_its_base() -> None:
    address = sign_reply_address("support+eu@desk.example", 7, KEY)
    assert read_reply_address(address, (KEY,)) == ("support@desk.example", 7)


@given(st.integers(1, 10**9), st.text(max_size=60))
def test_nothing_guessed_is_accepted(case: int, guess: str) -> None:
    assert read_reply_address(f"support+c{case}.{guess}@desk.example", (KEY,)) in (
        None,
        read_reply_address(sign_reply_address("support@desk.example", case, KEY), (KEY,))
        if f"support+c{case}.{guess}@desk.example".lower() == sign_reply_address("support@desk.example", case, KEY)
        else None,
    )
