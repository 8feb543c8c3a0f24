"""Words by which mail programs head and part an old mail, and people take leave, in many languages."""

from __future__ import annotations

from . import words

_LABEL_OF = words.read_kinds("labels")

_SEPARATOR_WORDS = words.read("separator_words")

_REPLY_MARKS = words.read("reply_marks")

_PROGRAM_LINES = words.read("program_lines")

_FAREWELLS = words.read("farewells")
_FAREWELL_SET = frozenset(_FAREWELLS)
# Words of thanks also open a letter; they take leave only with a comma, or with nothing but a name below.
_THANKS = frozenset(words.read("thanks"))

_LIST_FOOTER = words.read("list_footers")


def label(line: str) -> str:
    """The kind of header that a line like "*Gesendet:* Montag …" or "De : Aino" carries, or an empty string."""
    plain = line.lstrip("*_ >|•").replace("：", ":")
    name, colon, _ = plain[:60].partition(":")
    if not colon:
        return ""
    return _LABEL_OF.get(name.strip(" *_\u00a0\u200e\u200f").lower(), "")


def labels_on_one_line(line: str) -> bool:
    """True for "From: Maria Sent: Monday To: Aino Subject: Oven": a program joined the block into one line."""
    pieces = line.split(":", 8)[:-1]
    kinds = {_LABEL_OF.get(words_[-1].strip("*_").lower(), "") for piece in pieces if (words_ := piece.split())}
    return label(line) == "from" and len(kinds - {""}) >= 3


def is_separator(line: str) -> bool:
    """True for "-----Original Message-----" and its relatives in other languages."""
    if len(line) > 120 or (
        line[:1] not in "-_=*—–#+>~"
        and not line.lower().startswith(
            (
                "begin forwarded",
                "début du message",
                "anfang der weitergeleiteten",
                "inizio messaggio inoltrato",
                "inicio del mensaje",
                "início da mensagem",
                "vidarebefordrat brev",
                "videresendt besked",
                "начало переадресованного",
                "edelleenlähetetty viesti",
                "begin doorgestuurd bericht",
                "początek przekazywanej",
            )
        )
    ):
        return False
    if line[:1].isalpha():
        return line.rstrip().endswith(":")
    inner = line.strip("-_=*—–#+>~ ")
    dashes = len(line) - len(inner)
    return (
        dashes >= 4
        and bool(inner)
        and line[:2].strip("-_=*—–#+>~ ") == ""
        and any(word in inner.lower() for word in _SEPARATOR_WORDS)
    )


def is_rule(line: str) -> bool:
    """True for a line of dashes or underscores."""
    return len(line) >= 5 and not line.strip("_-=*—–─ ")


def reply_marks_in(text: str) -> tuple[str, ...]:
    """Which marks of desks occur in the (lower-case) text at all: mostly none, which spares looking at every line."""
    return tuple(mark for mark in _REPLY_MARKS if mark in text)


def list_footers_in(text: str) -> tuple[str, ...]:
    """Which words of list footers occur in the (lower-case) text at all."""
    return tuple(mark for mark in _LIST_FOOTER if mark in text)


def is_reply_mark(line: str, marks: tuple[str, ...] = _REPLY_MARKS) -> bool:
    """True for the line by which desks ask to write above it."""
    lowered = line.lower()
    return len(line) < 200 and any(mark in lowered for mark in marks)


def is_list_footer(line: str, marks: tuple[str, ...] = _LIST_FOOTER) -> bool:
    """True for the first line of what list servers and forges add below a mail."""
    lowered = line.lower()
    found = len(line) < 200 and any(mark in lowered for mark in marks)
    return found and not lowered.startswith(("i ", "we ", "how "))


def is_signature_mark(line: str) -> bool:
    """True for `-- ` (RFC 3676 4.3) and what is written instead of it."""
    bare = line.strip()
    return (
        bare in ("--", "---", "—", "–", "__", "___", "-", "- -", "-- --", "--=20")
        or is_rule(line)
        or (bare.startswith("-- ") and len(bare) < 60)
    )


def is_program_line(line: str) -> bool:
    """True for "Sent from my iPhone" and its relatives: one short line without a sentence around it."""
    bare = line.strip(" <>[]()*_.")
    lowered = bare.lower().replace("’", "'")
    if (
        len(bare) > 90
        or "," in bare[:-1]
        or (
            not lowered.startswith(_PROGRAM_LINES)
            and not lowered.endswith(("から送信", "gönderildi", "にて送信", "에서 보냄"))
        )
    ):
        return False
    return len(lowered.split("<")[0].split("http")[0].split()) <= 9 and not lowered.endswith("?")


def is_farewell(line: str, below: list[str]) -> bool:
    """True if the line takes leave ("Best regards,") and what stands below looks like a name and an
    address, not a letter."""
    lowered = line.strip(" *_").lower().replace("’", "'")
    bare = lowered.rstrip(" ,.!;:-–—")
    short = [text for text in below if len(text) <= 70]
    if bare in _FAREWELL_SET:
        if bare in _THANKS:
            return (len(below) <= 1 and len(short) == len(below) and (not below or _is_name(below[0]))) or (
                lowered.endswith(",") and bool(below) and _is_name(below[0])
            )
        return not below or len(below[0]) <= 60
    # "Best regards, Aino Virtanen" and "Mvh Johan" on one line.
    if len(lowered) > 60:
        return False
    for cut in (lowered.find(","), lowered.rfind(" "), lowered.find(" "), _second_space(lowered)):
        if (
            cut > 0
            and lowered[:cut].rstrip(" ,.!") in _FAREWELL_SET - _THANKS
            and _is_name(line.strip(" *_")[cut:].lstrip(" ,/-"))
        ):
            return not below or len(below[0]) <= 60
    return False


def _second_space(text: str) -> int:
    return text.find(" ", text.find(" ") + 1)


def _is_name(text: str) -> bool:
    """One to four words that begin with a capital letter, without a sentence's full stop."""
    parts = text.strip(" *_.,/-–").split()
    return (
        0 < len(parts) <= 4
        and all(
            part[0].isupper()
            or not part[0].isascii()
            or part.lower() in ("von", "van", "de", "der", "af", "la", "&", "und", "and")
            for part in parts
        )
        and "?" not in text
        and len(text) < 50
    )


def is_dashed_name(line: str) -> bool:
    """True for `-Pavel`, `/Pavel` and `– Pavel` as the last line."""
    return len(line) > 1 and (
        line[0] in "/-~–—"
        and _is_name(line[1:])
        and (line[1] != " " or line[0] in "/–—")
        and len(line) < 40
        and not line[1:2].isdigit()
    )
