"""Turns bytes of a claimed, wrong or missing character set into text that can be stored and shown."""

from __future__ import annotations

import codecs
from functools import lru_cache

from .charset_guess import SAMPLE, attempt, guess, instead_of, windows_iso_2022_jp
from .oddities import oddity

# What mail programs write, and the codec that reads what they mean. The Latin ones follow the WHATWG Encoding Standard:
# "iso-8859-1" in the wild is windows-1252, because the 0x80–0x9f range holds quotes and dashes, never control
# characters.
ALIASES = {
    "ascii": "windows-1252",
    "us-ascii": "windows-1252",
    "ansi_x3.4-1968": "windows-1252",
    "iso-8859-1": "windows-1252",
    "iso8859-1": "windows-1252",
    "latin1": "windows-1252",
    "latin-1": "windows-1252",
    "l1": "windows-1252",
    "iso-ir-100": "windows-1252",
    "8859_1": "windows-1252",
    "ansi": "windows-1252",
    "ansi_x3.110-1983": "windows-1252",
    "iso-8859-9": "windows-1254",
    "iso-8859-11": "windows-874",
    "tis-620": "windows-874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "cn-gb": "gb18030",
    "euc-cn": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "x-euc-jp": "euc_jis_2004",
    "euc-jp": "euc_jis_2004",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc-kr": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "koi8-ru": "koi8-u",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "x-koi8-r": "koi8-r",
    "windows1251": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "x-cp1251": "cp1251",
    "x-cp1252": "windows-1252",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16-be",
    "cp-850": "cp850",
    "ibm850": "cp850",
    "dos-862": "cp862",
    "hz-gb-2312": "hz",
    "windows-1250": "cp1250",
}

# Codecs that Python registers but that are not character sets (or unpack data); a message must not be able to name
# them.
_NOT_TEXT = frozenset(
    {
        "base64",
        "bz2",
        "hex",
        "quopri",
        "rot13",
        "uu",
        "zlib",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "mbcs",
        "oem",
        "unicode-escape",
        "raw-unicode-escape",
    }
)

_TIDY = dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0x80, 0xA0), 0xFEFF))
_TIDY[0x0B] = _TIDY[0x0C] = 0x0A  # vertical tab and form feed separate lines
# Surrogates cannot be stored as UTF-8; a stray one becomes the replacement character.
_TIDY.update(dict.fromkeys(range(0xD800, 0xE000), 0xFFFD))


_LATIN = frozenset({"cp1252", "iso8859-15", "iso8859-2", "cp1250"})  # as Python names the codecs


def tidy(text: str) -> str:
    """The text with newlines as LF and without NUL, other control characters (but newline and tab) and lone
    surrogates."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TIDY)


@lru_cache(maxsize=512)
def codec_for(name: str) -> str | None:
    """The codec that reads what `name` means, or None if nobody knows."""
    name = name.strip().strip("\"'").strip().lower().replace(" ", "")[:60]
    if not name:
        return None
    for candidate in (name, name.replace("_", "-"), name.removeprefix("x-"), name.removeprefix("charset=")):
        try:
            info = codecs.lookup(ALIASES.get(candidate, candidate))
        except (LookupError, ValueError, UnicodeError):
            continue
        if info.name not in _NOT_TEXT and getattr(info, "_is_text_encoding", True):
            return info.name
    return None


def decode(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """Text of `data`, and a warning if the declared character set was not good enough.

    Order: the declared set, UTF-8, a guess from the bytes, windows-1252. Never raises; the text is not yet tidied.
    """
    codec = codec_for(declared) if declared else None
    if data.isascii() and (codec is None or not _is_escaping(codec)):
        if b"\x1b$" in data or b"\x1b(" in data:
            return attempt(data, "iso2022_jp_ext") or windows_iso_2022_jp(data), None
        return data.decode("ascii"), None
    if codec is not None:
        # UTF-8 mail labelled as Latin or ASCII is far more common than Latin text that happens to be valid UTF-8.
        if codec in _LATIN and (text := attempt(data, "utf-8")) is not None:
            return text, None
        if (other := instead_of(data, codec, label=_label(declared).lower())) is not None and (
            text := attempt(data, other)
        ) is not None:
            return text, _read_as(declared, other)
        if codec.startswith("utf-16") and (len(data) % 2 or b"\x00" not in data):
            codec = None
        elif (text := attempt(data, codec)) is not None:
            return text, None
    if codec is not None and codec.startswith("iso2022_jp"):
        if b"\x1b" in data:
            return windows_iso_2022_jp(data), None
        if (text := attempt(data, "cp932")) is not None:  # Japanese senders who say "JIS" and send Shift_JIS
            return text, _read_as(declared, "cp932")
    if (text := attempt(data, "utf-8")) is not None:
        return text, _read_as(declared, "utf-8") if declared else None
    if codec == "utf-8" or codec is None:
        text = data.decode("utf-8", "replace")
        if _mostly_utf8(data, text):
            return text, oddity("charset_broken", "utf-8")
    elif codec != "cp1252":
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 20 <= len(text):
            return text, oddity("charset_unreadable", _label(declared))
    if codec == "cp1252":
        return _windows_1252(data), None
    guessed = guess(data)
    if guessed is not None and (text := attempt(data, guessed)) is not None:
        return text, _read_as(declared, guessed)
    return _windows_1252(data), _read_as(declared, "windows-1252")


def _mostly_utf8(data: bytes, text: str) -> bool:
    good = sum(ord(char) >= 0x80 and char != "\ufffd" for char in text[:SAMPLE])
    bad = text[:SAMPLE].count("\ufffd")
    return good > bad


def _is_escaping(codec: str) -> bool:
    return codec in ("utf-7", "hz") or codec.startswith(("iso2022", "utf-16", "utf-32"))


def _windows_1252(data: bytes) -> str:
    # Five bytes are undefined in windows-1252; read them as Latin-1 controls, which tidy() drops.
    text = attempt(data, "cp1252")
    return text if text is not None else data.decode("latin-1").translate(_C1)


_C1 = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}


def _read_as(declared: str | None, codec: str) -> str:
    return oddity("charset_other", f"{_label(declared)} → {codec}")


def _label(declared: str | None) -> str:
    return tidy(declared or "none").strip()[:40]
