"""Guesses the character set of bytes that do not say theirs, and reads the Japanese that only Windows writes."""

from __future__ import annotations

from .charset_latin import MARKS, other_latin

SAMPLE = 4096  # bytes looked at when guessing; enough for statistics, small enough to stay under a few milliseconds


def guess(data: bytes) -> str | None:
    """The codec that the bytes look like, or None. Only single-byte Cyrillic and the East Asian sets are told apart."""
    sample = data[:SAMPLE]
    high = [byte for byte in sample if byte >= 0x80]
    if not high:
        return None
    if b"\x1b$" in sample:
        return "iso2022_jp_ext"
    if (latin := other_latin(sample)) is not None:
        return latin
    letters = sum(byte >= 0xC0 for byte in high)
    if len(high) < 2 * _runs(sample) and letters * 2 > len(high):
        return "cp1252"  # accents stand alone among letters; other scripts come in runs
    best, best_score = None, 0.6
    for codec in ("cp1251", "koi8-r", "cp866", "gb18030", "cp949", "euc_jp", "cp932", "big5hkscs"):
        text = attempt(data, codec)
        if text is None:
            continue
        score = _plausible(text[:SAMPLE], codec)
        if score > best_score:
            best, best_score = codec, score
    return best


def instead_of(data: bytes, declared: str, *, label: str) -> str | None:
    """The codec that `data` is written in rather than `declared`, where its bytes leave no doubt.

    A `label` of ASCII on bytes that are none says nothing at all: then scripts that come in runs are guessed like
    unmarked ones.
    """
    if (cyrillic := cyrillic_instead(data, declared)) is not None:
        return cyrillic
    if declared == "iso8859-2" and any(0x80 <= byte < 0xA0 for byte in data):
        return "cp1250"  # what are control characters in Latin-2 are quotes, dashes and š there
    if declared not in ("cp1252", "iso8859-15"):
        return None
    sample = data[:SAMPLE]
    if (latin := other_latin(sample)) is not None:
        return latin
    high = sum(byte >= 0x80 for byte in sample)
    if label in _ASCII and high >= MARKS and high >= 3 * _runs(sample):
        guessed = guess(sample)
        return guessed if guessed != "cp1252" else None
    return None


_ASCII = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968"})


def cyrillic_instead(data: bytes, declared: str) -> str | None:
    """The Cyrillic set that `data` is written in, where it is declared as Latin or as the other Cyrillic one.

    Only where the frequency of letters leaves no doubt. Capitals count like small letters: the two sets exchange them.
    """
    sample = data[:SAMPLE]
    high = sum(byte >= 0x80 for byte in sample)
    if declared not in ("cp1252", "cp1251", "koi8-r") or high < 20 or high < 3 * _runs(sample):
        return None  # Latin accents stand alone
    shares = {codec: _frequent(sample.decode(codec, "replace")) for codec in ("cp1251", "koi8-r")}
    best = max(shares, key=lambda codec: shares[codec])
    # Koi8-r and cp1251 exchange capitals and small letters too: a text that is all capitals but where a sentence
    # begins is one read by the other set.
    swapped = declared in shares and declared != best and _turned(sample.decode(declared, "replace"))
    margin = 0.05 if swapped else 0.2
    return best if shares[best] > 0.5 and shares[best] > shares.get(declared, 0.0) + margin else None


def _turned(text: str) -> bool:
    """Whether words begin with a small letter and go on in capitals, as nobody writes."""
    words = [word for word in text.split() if len(word) > 2 and word[0].isalpha()]
    letters = [char for char in text if ord(char) >= 0x80 and char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    return capitals * 10 > len(letters) * 8 and any(word[0].islower() and word[1:3].isupper() for word in words)


def _frequent(text: str) -> float:
    """The share of the letters that make up two thirds of Russian, Ukrainian and Bulgarian texts."""
    letters = [char for char in text.lower() if ord(char) >= 0x80]
    return sum(char in "оеаинтсрвлі" for char in letters) / len(letters) if letters else 0.0


def _runs(sample: bytes) -> int:
    return sum(byte >= 0x80 and (not index or sample[index - 1] < 0x80) for index, byte in enumerate(sample))


def _plausible(text: str, codec: str) -> float:
    letters = [char for char in text if ord(char) >= 0x80]
    if codec in ("cp1251", "koi8-r", "cp866"):
        # Running Russian text is lower case with common vowels; the wrong Cyrillic codec turns the case around.
        common = sum(char in "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф" for char in letters)
        rare = sum(char in "ЪЫЬЭЩЖФЮ" for char in letters)
        return (common - 2 * rare) / len(letters)
    usual = sum(
        0x4E00 <= ord(char) <= 0x9FFF
        or 0x3040 <= ord(char) <= 0x30FF
        or 0xAC00 <= ord(char) <= 0xD7A3
        or char in "，。、！？：；（）「」　"
        for char in letters
    )
    weight = sum(0x3040 <= ord(char) <= 0x30FF or char in "的是不我一有在人了，。" for char in letters)
    return (usual * 0.8 + weight * 0.5) / len(letters) if letters else 0.0


def windows_iso_2022_jp(data: bytes) -> str:
    """ISO-2022-JP with the characters that Windows added (circled digits, the yen of Roman
    letters), which the codec refuses.

    Each shifted run is turned into Shift_JIS bytes (JIS X 0208 appendix 1) and read as cp932.
    """
    output: list[str] = []
    for index, run in enumerate(data.split(b"\x1b")):
        if index and run[:2] in (b"$B", b"$@", b"$(") and run:
            start = 3 if run[:2] == b"$(" else 2
            output.append(_jis_pairs(run[start:]))
        elif index and run[:2] == b"(I":
            output.append(bytes(byte | 0x80 for byte in run[2:]).decode("cp932", "replace"))
        elif index and run[:1] == b"(":
            output.append(run[2:].decode("cp932", "replace"))
        else:
            output.append(run.decode("cp932", "replace"))
    return "".join(output)


def _jis_pairs(run: bytes) -> str:
    shifted = bytearray()
    position = 0
    while position < len(run):
        row = run[position]
        if row < 0x21 or row > 0x7E or position + 1 >= len(run):  # a line break within the run
            shifted.append(row)
            position += 1
            continue
        cell = run[position + 1]
        lead = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E
        shifted += bytes((lead & 0xFF, trail & 0xFF))
        position += 2
    return shifted.decode("cp932", "replace")


def attempt(data: bytes, codec: str) -> str | None:
    """The text, or None if the bytes do not fit the codec."""
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None
