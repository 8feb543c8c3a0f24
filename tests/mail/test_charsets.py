"""Bytes become readable text, whatever they claim to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.charsets import codec_for, decode, tidy
from mail.oddities import ODDITIES, oddity

ROOT = Path(__file__).resolve().parents[2]
ORDER = "Здравствуйте, заказ номер семь не пришёл."
COLD = "Привет, печь не греет совсем, что делать дальше?"
POLISH = (
    "Dzień dobry, piec wciąż się nie grzeje, choć wczoraj był u nas państwa technik. Proszę o odpowiedź jeszcze dziś."
)
CZECH = (
    "Dobrý den, trouba se stále nehřeje a včera u nás přitom byl váš technik. Můžete prosím ještě dnes říct, co dál?"
)
SLOVAK = (
    "Dobrý deň, rúra stále nehreje, hoci včera u nás bol váš technik. Môžete ešte dnes povedať, čo ďalej? Ďakujeme."
)
HUNGARIAN = "Jó napot! A sütő még mindig nem melegszik, pedig tegnap járt nálunk a szerelő. Kérjük, írjanak még ma."
ROMANIAN = (
    "Bună ziua, cuptorul tot nu se încălzeşte, deşi ieri a fost la noi tehnicianul. Vă rugăm să răspundeţi astăzi."
)
TURKISH = "İyi günler, fırın hâlâ ısınmıyor, oysa dün teknisyeniniz gelmişti. Lütfen bugün cevap yazın, teşekkürler."


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [
        ("ISO-8859-1", b"\x93quoted\x94", "“quoted”"),
        ('"utf-8"', "ä".encode(), "ä"),
        ("utf8mb4", "ä".encode(), "ä"),
        ("ks_c_5601-1987", "안녕".encode("cp949"), "안녕"),
        ("x-sjis", "今日は".encode("cp932"), "今日は"),
        ("iso-2022-jp", "今日は".encode("cp932"), "今日は"),
        ("unicode-1-1-utf-7", b"+AOQ-", "ä"),
        ("utf-16", "ä".encode("utf-16"), "ä"),
        ("big5", "烤箱".encode("big5"), "烤箱"),
        (None, "Привет, как дела? Всё хорошо".encode("cp866"), "Привет, как дела? Всё хорошо"),
        (None, "烤箱整夜都在响，我们不知道为什么。".encode("gb18030"), "烤箱整夜都在响，我们不知道为什么。"),
        (None, "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
        ("ansi_x3.110-1983", "Größe".encode("cp1252"), "Größe"),
        ("iso-8859-1", ORDER.encode("cp1251"), ORDER),
        ("iso-8859-1", ORDER.encode("koi8-r"), ORDER),
        ("us-ascii", ORDER.encode(), ORDER),
        ("us-ascii", ORDER.encode("cp1251"), ORDER),
        ("us-ascii", "Привет, Анна!".encode("cp1251"), "Привет, Анна!"),
        *[
            (label, text.encode("cp1250"), text)
            for label in ("us-ascii", "iso-8859-1", None)
            for text in (POLISH, CZECH, SLOVAK, HUNGARIAN, ROMANIAN)
        ],
        ("iso-8859-1", HUNGARIAN.upper().encode("cp1250"), HUNGARIAN.upper()),
        *[(label, TURKISH.encode("cp1254"), TURKISH) for label in ("us-ascii", "iso-8859-1", None)],
        *[("iso-8859-15", text.encode("cp1250"), text) for text in (POLISH, CZECH, HUNGARIAN)],
        ("iso-8859-2", "A „sütő” – köszönjük – még hideg…".encode("cp1250"), "A „sütő” – köszönjük – még hideg…"),
        *[("iso-8859-2", text.encode("iso-8859-2"), text) for text in (POLISH, HUNGARIAN)],
        *[(label, POLISH.encode(), POLISH) for label in ("iso-8859-2", "windows-1250", "iso-8859-15")],
        ("iso-8859-15", "Größe 5 €".encode("iso-8859-15"), "Größe 5 €"),
        ("us-ascii", CZECH.upper().encode("cp1250"), CZECH.upper()),
        ("windows-1251", ORDER.encode("koi8-r"), ORDER),
        ("koi8-r", ORDER.encode("cp1251"), ORDER),
        ("koi8-r", COLD.encode("cp1251"), COLD),
        ("windows-1251", COLD.encode("koi8-r"), COLD),
        ("koi8-r", ORDER.upper().encode("koi8-r"), ORDER.upper()),
        ("windows-1251", ORDER.upper().encode("cp1251"), ORDER.upper()),
        (
            "windows-1251",
            "Здравейте, поръчката още не е пристигнала.".encode("cp1251"),
            "Здравейте, поръчката още не е пристигнала.",
        ),
        ("iso-8859-1", "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ".encode("cp1252"), "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ"),
    ],
)
def test_text_is_read_as_it_was_meant(declared: str | None, data: bytes, text: str) -> None:
    assert decode(data, declared)[0] == text


@pytest.mark.parametrize("name", ["base64", "rot13", "zlib", "idna", "unicode_escape", "../etc", "", "x" * 500, "\x00"])
def test_what_is_no_character_set_is_not_used_as_one(name: str) -> None:
    assert codec_for(name) is None


def test_control_characters_and_lone_surrogates_go() -> None:
    assert tidy("a\x00b\r\nc\rd\x1b[31m\ud800\ufeff\te") == "ab\nc\nd[31m\ufffd\te"


@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["utf-16", "iso-2022-jp", "utf-7"])),
)
def test_any_bytes_become_text_that_can_be_stored(data: bytes, declared: str | None) -> None:
    text, _ = decode(data, declared)
    stored = tidy(text).encode("utf-8")
    assert b"\x00" not in stored


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_honest_utf8_comes_back_unchanged(text: str) -> None:
    assert decode(text.encode(), "utf-8")[0] == text


@pytest.mark.parametrize("label", ["us-ascii", "iso-8859-1"])
@pytest.mark.parametrize(
    "western",
    [
        "Cet été, le four n’a plus chauffé ; où faut-il l’apporter ? Cordialement, Hélène et Dušan Šimek à Besançon",
        "¿Dónde está el horno? ¡Mañana llegarán más niños! El cajón mide 3 m³ y 20 m², según el señor Muñoz.¹",
        "Perché il forno non è più caldo? Lunedì verrà il tecnico, però non sarà così facile. Più o meno.",
        "Ovnen er ikke varm længere, og på søndag får vi gæster. Kan I måske hjælpe? Øl har vi nok af.",
        "Uunissa ei ole lämpöä. Šakki ja žanri kirjoitetaan näin, mutta yö on pitkä ja sää on hyvä. Mitä nyt?",
        "Ofninn hitnar ekki lengur og á sunnudaginn koma gestir. Getið þið hjálpað? Það væri æðislegt, við bíðum.",
        "O forno não aquece. Amanhã virão as crianças e os avós; há solução até lá? São três irmãs e um coração.",
        "Os milhões de portões põem aqui lições e botões: já são três, é só isso, não há solução também.",
        "Ahi ei lähe enam soojaks. Palun öelge, kas võite täna õhtul tulla? Külalised jõuavad pühapäeval, töö ootab.",
        "Le goûter d’août a coûté cher à la fête : sûr, dû, mûr, bûche, flûte, brûlé, coûté, goûté, dégoûté.",
    ],
    ids=[
        "French",
        "Spanish",
        "Italian",
        "Danish",
        "Finnish",
        "Icelandic",
        "Portuguese",
        "Portuguese, many õ",
        "Estonian",
        "French, many û",
    ],
)
def test_western_text_under_a_western_label_stays_what_it_is(label: str, western: str) -> None:
    assert decode(western.encode("cp1252"), label) == (western, None)


def test_what_was_read_otherwise_than_claimed_is_said() -> None:
    assert decode(POLISH.encode("cp1250"), "us-ascii")[1] == "charset_other: us-ascii → cp1250"


def test_every_oddity_has_words_in_every_language() -> None:
    for language in ("en", "ru", "fi"):
        catalogue = json.loads((ROOT / f"static/src/shared/locales/{language}.json").read_text())
        assert set(catalogue["shared"]["mail"]["oddity"]) == set(ODDITIES)


def test_only_known_oddities_are_told() -> None:
    with pytest.raises(KeyError):
        oddity("strange")
