"""Knows the lines by which mail programs announce the mail that they quote: "On 4 May Maria wrote:" in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import words

_MAXIMUM_LINES = 4  # mail programs wrap "On … wrote:" at 76 characters; names and dates need no more lines
_LONGEST = 500  # characters of an attribution
_BEFORE_DATE = 2  # words: "пн, 1 дек.", "Երկ, դեկ 1"; a sentence has more
_BEFORE_NAME = 1  # words in lower case between time and name: "от", "lietotājs"; a sentence has more
_IN_NAME = 2  # words in lower case: "Служба технической поддержки", "van der"

_VERBS = words.read("attribution_verbs")  # stems before the colon
_STARTS = words.read("attribution_starts")

# Digits of any script; the parts of a date or an address of the internet are no time of day.
_TIME = re.compile(r"(?<![\d.:])(?:\d{1,2}[:.：]\d{2}(?::\d{2})?(?!\.?\d)|\d{1,2}時\d{1,2}分)")
_DATE = re.compile(r"(?<!\d)(?:\d{4}|\d{1,2}([./-])\d{1,2}\1\d{2})(?!\d)")
_SENDER = re.compile(r"[<(\[]\s{0,2}[^\s<>()\[\]@]{1,64}@[^\s<>()\[\]@]{1,255}\s{0,2}[>)\]]{1,3}\s{0,2}[:：]$")


def attribution(heads: Sequence[str], number: int) -> int:
    """How many lines from here announce a quote ("On … Pavel wrote:"), or 0."""
    joined = ""
    for length in range(1, _MAXIMUM_LINES + 1):
        if number + length > len(heads):
            return 0
        line = heads[number + length - 1]
        if not line or (length > 1 and (_is_marked(line, joined) or len(joined) > 400)):
            return 0
        joined = f"{joined} {line}".strip()
        if length > 1 and not _starts(joined):
            return 0
        # A line closer to the verb may begin the announcement: "On your host it fails." / "On 9 January Pavel wrote:".
        if length > 1 and _starts(line) and announces(line):
            return 0
        if announces(joined):
            return length
        following = heads[number + length] if number + length < len(heads) else ""
        if not following and number + length + 1 < len(heads):
            following = heads[number + length + 1]
        if following.startswith(">") and _announces_marks(joined):
            return length
    return 0


def announces(line: str) -> bool:
    """True for a whole attribution: one with a verb that is known here, or, in any language, one that names a moment
    and then a sender."""
    return _has_verb(line) or _names_moment_and_sender(line)


def _is_marked(line: str, above: str) -> bool:
    """Whether the line is marked as quoted; a bracket that closes the address above it is no mark."""
    return line.startswith((">", "|")) and not (line.startswith(">") and above.rfind("<") > above.rfind(">"))


def _names_moment_and_sender(line: str) -> bool:
    """True for `пн, 4 мая 2026 г. в 10:00, Maria Keller <maria@desk.example>:`, whatever the language: programs in
    Russian, Japanese and many others write no verb. A sentence that names all three has more words around them."""
    bare = line.rstrip(" *_\u200e\u200f")
    if len(bare) > _LONGEST or not bare.endswith((":", "：")) or "@" not in bare:
        return False
    sender = _SENDER.search(bare)
    if sender is None or not _begins_with_moment(bare[: sender.start()]):
        return False
    *_, time = _TIME.finditer(bare, 0, sender.start())
    small = [word[:1].islower() for word in bare[time.end() : sender.start()].split()]
    before_name = small.index(False) if False in small else len(small)
    return len(small) <= 10 and before_name <= _BEFORE_NAME and sum(small) - before_name <= _IN_NAME


def _begins_with_moment(line: str) -> bool:
    """Whether a date with its year and a time of day stand at the start, behind no more than the name of the day."""
    if _TIME.search(line) is None or _DATE.search(line) is None:
        return False
    first = next(index for index, char in enumerate(line) if char.isdigit())
    return len(line[:first].split()) <= _BEFORE_DATE


def _starts(line: str) -> bool:
    """True if the line may begin an attribution: a day, a preposition of time, a name in quotes, a digit, a date."""
    lowered = line.lower().lstrip("*_- –—")
    return lowered[:1].isdigit() or lowered.startswith(_STARTS) or _begins_with_moment(line)


def _has_verb(line: str) -> bool:
    """True for "On 3 May 2024 at 10:12, Pavel Orlov <…> wrote:" in any language known here."""
    bare = line.rstrip(" *_>\u200e\u200f")
    if len(line) > 500 or not bare.endswith((":", "：", "wrote", "schrieb", "skrev", "kirjoitti", "écrit", "---")):
        return False
    lowered = bare.lower()
    if (
        not any(char.isdigit() for char in lowered)
        and "@" not in lowered
        and not lowered.startswith(("on ", "am ", "le ", "<"))
    ):
        return False
    tail = lowered[-110:]
    return any(verb in tail for verb in _VERBS) and (_has_date(lowered) or "@" in lowered)


def _announces_marks(line: str) -> bool:
    """True for a line that announces the `>` lines right below it without a known verb: a colon,
    and an address or a date."""
    bare = line.rstrip(" *_")
    if len(line) > 300:
        return False
    if "@" in bare and bare.endswith((">", ":", ")", "]")) and _has_date(bare.lower()):
        return True
    return bare.endswith((":", "：")) and (
        ("@" in bare and _has_date(bare.lower())) or any(verb in bare.lower()[-40:] for verb in _VERBS)
    )


def _has_date(lowered: str) -> bool:
    """A year, a time of day, or a day with a separator: what every mail program puts into an attribution."""
    digits = 0
    for index, char in enumerate(lowered):
        if char.isascii() and char.isdigit():
            digits += 1
            continue
        if digits == 4 or (digits in (1, 2) and char in ":./-" and lowered[index + 1 : index + 2].isdigit()):
            return True
        if (
            digits in (1, 2)
            and char in "., "
            and index + 3 < len(lowered)
            and lowered[index + 1 : index + 4].strip().isalpha()
        ):
            return True
        digits = 0
    return digits == 4
