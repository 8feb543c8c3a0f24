"""Tells by its letters the Latin text that windows-1252 would turn into symbols and into letters of other languages."""

from __future__ import annotations

MARKS = 6  # letters beyond ASCII; fewer prove nothing


def other_latin(sample: bytes) -> str | None:
    """cp1250 for Polish, Czech, Slovak, Slovene, Croatian, Hungarian and Romanian, cp1254 for Turkish, else None.

    A language is told by letters that no western one has beside the others of the text: Estonian and Portuguese have
    õ, but ä or ã and ç with it; Icelandic has ð, ý and þ, but á, í and æ with them.
    """
    marks = [byte for byte in sample if byte >= 0xA1 or byte in _SMALL_MARKS]
    if len(marks) < MARKS:
        return None
    found = set(marks)
    if _is_polish(marks, found) or _has_carons(marks) or _is_hungarian(marks, found) or _is_romanian(marks, found):
        return "cp1250"
    turkish = len(found & _TURKISH_ALONE) >= 2 and _share(marks, _TURKISH_ALONE) > 0.2
    return "cp1254" if turkish and _share(marks, _TURKISH) > 0.95 else None


def _is_polish(marks: list[int], found: set[int]) -> bool:
    """What would be superscripts and inverted question marks stands within words."""
    symbols = len(found & _POLISH_SYMBOLS) >= 2 and _share(marks, _POLISH_SYMBOLS) > 0.2
    return symbols and _share(marks, _POLISH) > 0.9


def _has_carons(marks: list[int]) -> bool:
    """Czech, Slovak, Slovene, Croatian: š and ž, which both sets know, beside č, ě, ř, ů, which would be è, ì, ø, ù."""
    beside = _share(marks, _CARONS) > 0.05 and _share(marks, _BESIDE_CARONS) > 0.15
    return beside and _share(marks, _WITH_CARONS) > 0.95


def _is_hungarian(marks: list[int], found: set[int]) -> bool:
    """ő and ű, which would be õ and û, beside ö or ü, and á or é, and nothing else."""
    each = (_DOUBLE_ACUTES, _UMLAUTS, _ACUTES)
    return all(found & letters for letters in each) and _share(marks, _HUNGARIAN) > 0.95


def _is_romanian(marks: list[int], found: set[int]) -> bool:
    """ţ and ă, which would be þ and ã: no western language has both."""
    return all(found & letters for letters in (_CEDILLAS, _BREVES)) and _share(marks, _ROMANIAN) > 0.95


def _share(marks: list[int], of: frozenset[int]) -> float:
    return sum(byte in of for byte in marks) / len(marks)


def _bytes_of(letters: str, codec: str = "cp1250") -> frozenset[int]:
    return frozenset((letters + letters.upper()).encode(codec))


_SMALL_MARKS = _bytes_of("šťžśź")  # below 0xA1, where windows-1252 has quotes and dashes too
_POLISH = _bytes_of("ąćęłńóśźż")
_POLISH_SYMBOLS = frozenset("łąż".encode("cp1250"))
_CARONS = _bytes_of("šž")
_BESIDE_CARONS = _bytes_of("čďěňřůćľ")
_WITH_CARONS = _CARONS | _BESIDE_CARONS | _bytes_of("áéíóúýťđäô")
_DOUBLE_ACUTES, _UMLAUTS, _ACUTES = _bytes_of("őű"), _bytes_of("öü"), _bytes_of("áé")
_HUNGARIAN = _DOUBLE_ACUTES | _UMLAUTS | _ACUTES | _bytes_of("íóú")
_CEDILLAS, _BREVES = _bytes_of("ţ"), _bytes_of("ă")
_ROMANIAN = _CEDILLAS | _BREVES | _bytes_of("âîş")
_TURKISH_ALONE = frozenset("ğışĞİŞ".encode("cp1254"))
_TURKISH = _TURKISH_ALONE | frozenset("çöüâîûÇÖÜÂÎÛ".encode("cp1254"))
