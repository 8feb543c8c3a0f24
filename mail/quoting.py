"""Finds what a person newly wrote in a reply: quotes, headers of quoted mail and signatures are
folded away, line by line.

Every rule looks at one line and at most a handful after it, so that the time is linear in the length of the text.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from . import quote_words as words
from .attributions import attribution

_LONG = 600  # characters of a line that are looked at; attributions and labels are far shorter
_MAXIMUM_FORWARDS = 3  # forwards of forwards that are looked through
_MAXIMUM_MARKED = 5  # marked lines of an attribution, with empty ones


@dataclass(frozen=True, slots=True)
class Folded:
    """A text taken apart: what is new, and the numbers of the lines that were folded as quote or as signature."""

    new: str
    quoted: tuple[int, ...] = ()
    signature: tuple[int, ...] = ()


def newly_written(text: str) -> str:
    """The new part of `text`; the whole text where nothing would be left, for then the quote is the message."""
    return fold(text).new


def fold(text: str) -> Folded:
    """Tells the lines of `text` apart into new, quoted and signature.

    Where everything is quote (a forward without a word above it), the forwarded words are what is new.
    """
    lines = text.split("\n")
    folded = _fold(lines)
    start = 0
    for _ in range(_MAXIMUM_FORWARDS):
        if folded.new:
            return folded
        start = _after_labels(lines, start)
        if start >= len(lines):
            break
        inner = _fold(lines[start:])
        folded = Folded(
            inner.new,
            (*range(start), *(number + start for number in inner.quoted)),
            tuple(number + start for number in inner.signature),
        )
    return folded if folded.new else Folded(text.strip())


def _after_labels(lines: list[str], start: int) -> int:
    """The line after the separator and the header labels at the top."""
    number = start
    while number < len(lines) and (
        not lines[number].strip() or words.is_rule(_head(lines[number])) or words.is_separator(_head(lines[number]))
    ):
        number += 1
    labels = number
    while number < len(lines) and lines[number].strip():
        number += 1
    return number if labels < len(lines) and words.label(_head(lines[labels])) else len(lines)


def _head(line: str) -> str:
    return line[:_LONG].replace("\u00a0", " ").replace("\u200b", "").strip()


def _fold(lines: list[str]) -> Folded:
    heads = [_head(line) for line in lines]
    quoted = _quoted(heads)
    kept = [number for number in range(len(lines)) if number not in quoted]
    signature = _signature(heads, kept)
    new = _join([lines[number] for number in kept if number not in signature])
    if not new:
        new = _join([lines[number] for number in kept])
    return Folded(new, tuple(sorted(quoted)), tuple(sorted(signature)))


def _join(lines: Sequence[str]) -> str:
    output: list[str] = []
    for line in lines:
        if line.strip() or (output and output[-1].strip()):
            output.append(line.rstrip())
    return "\n".join(output).strip("\n").strip()


def _quoted(heads: list[str]) -> set[int]:
    """Numbers of the lines that repeat an earlier mail, with the lines that announce them."""
    quoted: set[int] = set()
    number, size = 0, len(heads)
    whole = "\n".join(heads).lower()
    marks, footers = words.reply_marks_in(whole), words.list_footers_in(whole)
    last_marked = next((index for index in reversed(range(size)) if heads[index].startswith(">")), -1)
    own_words = False  # whether anything newly written stands above
    while number < size:
        head = heads[number]
        if _is_marked(heads, number):
            starts_run = not number or number - 1 not in quoted
            if own_words and starts_run and _is_marked_attribution(heads, number, last_marked):
                quoted.update(range(number, size))
                break
            quoted.add(number)
        elif head and (length := attribution(heads, number)):
            following = _next_text(heads, number + length)
            empty_mark = own_words and following == last_marked and heads[following] == ">"
            if following is not None and heads[following].startswith((">", "|")) and not empty_mark:
                quoted.update(range(number, following))
                number = following
                continue
            if own_words:
                quoted.update(range(number, size))  # quoted without marks: everything below is old
                break
            number += length
            continue
        elif head and _starts_old_mail(heads, number, marks, footers):
            start = number
            while start and (not heads[start - 1] or words.is_rule(heads[start - 1])):
                start -= 1
            quoted.update(range(start, size))
            break
        else:
            own_words = own_words or bool(head)
        number += 1
    return quoted


def _is_arrow(head: str) -> bool:
    return head.startswith((">>>", ">=", ">-")) and not head.startswith((">>>>", ">>> "))


def _is_bar_quote(heads: list[str], number: int) -> bool:
    """`|` marks a quote only in a run; tables have bars at both ends."""
    run = heads[number : number + 3]
    return len(run) > 1 and all(line.startswith("|") and not line.rstrip().endswith("|") for line in run)


def _next_text(heads: list[str], start: int) -> int | None:
    return next((number for number in range(start, min(start + 4, len(heads))) if heads[number]), None)


def _is_marked(heads: list[str], number: int) -> bool:
    head = heads[number]
    return (head.startswith((">", "&gt;")) and not _is_arrow(head)) or (
        head.startswith("|") and _is_bar_quote(heads, number)
    )


def _is_marked_attribution(heads: list[str], number: int, last_marked: int) -> bool:
    """True where the last run of marked lines is nothing but an attribution: the program that wrote it marked the
    announcement and left what it announces unmarked."""
    run = list(itertools.takewhile(lambda head: head.startswith(">"), heads[number : number + _MAXIMUM_MARKED]))
    texts = [text for head in run if (text := head.lstrip("> "))]
    return number + len(run) > last_marked and bool(texts) and attribution(texts, 0) == len(texts)


def _starts_old_mail(heads: list[str], number: int, marks: tuple[str, ...], footers: tuple[str, ...]) -> bool:
    """True where everything below is an earlier mail: a separator with words, a block of header labels, or the mark
    of a desk ("reply above this line")."""
    head = heads[number]
    if (marks and words.is_reply_mark(head, marks)) or words.is_separator(head):
        return True
    if words.is_rule(head):
        following = _next_text(heads, number + 1)
        return following is not None and (
            _is_label_block(heads, following) or words.is_list_footer(heads[following], footers)
        )
    return (bool(footers) and words.is_list_footer(head, footers)) or _is_label_block(heads, number)


def _is_label_block(heads: list[str], number: int) -> bool:
    """At least three header labels within eight lines, the first on this one, or "From:" with an address or a date
    below it."""
    first = words.label(heads[number])
    if not first:
        return False
    if words.labels_on_one_line(heads[number]):
        return True
    found = {first}
    gap = 0
    for line in heads[number + 1 : number + 9]:
        if kind := words.label(line):
            found.add(kind)
            gap = 0
        elif line:
            gap += 1
            if gap > 2:  # a long list of recipients goes over some lines
                break
    return len(found) >= 3 or (first == "from" and len(found) >= 2 and bool(found & {"date", "subject"}))


_MAXIMUM_SIGNATURE = 40  # lines with text; company footers with legal notes reach some thirty
_MAXIMUM_FAREWELL = 25  # lines with text below words of farewell


def _signature(heads: list[str], kept: list[int]) -> set[int]:
    """Numbers of the lines of a signature: below `-- `, below words of farewell, or a mail program's own line."""
    texts = [number for number in kept if heads[number]]
    signature = {number for number in texts if words.is_program_line(heads[number])}
    runs = _run_ends(kept)
    for position, number in enumerate(texts):
        if position == 0 or number in signature:
            continue
        head = heads[number]
        if words.is_signature_mark(head) and _is_short(texts, position, runs[number]):
            signature.update(range(number, runs[number] + 1))
            break
        rest = len(texts) - position - 1
        if rest > _MAXIMUM_FAREWELL:
            continue
        below = [heads[other] for other in texts[position + 1 :]]
        ends_with_name = rest <= 2 and words.is_dashed_name(head) and all(len(line) < 60 for line in below)
        if ends_with_name or words.is_farewell(head, below):
            signature.update(other for other in kept if other >= number)
            break
    return signature


def _run_ends(kept: list[int]) -> dict[int, int]:
    """For each line, the last one before a folded line: new text below a quote is no part of the signature above."""
    ends: dict[int, int] = {}
    end = -1
    for number in reversed(kept):
        end = end if number + 1 in ends else number
        ends[number] = end
    return ends


def _is_short(texts: list[int], position: int, end: int) -> bool:
    """A signature mark counts if what follows it, up to a quote or the end, is not a whole letter."""
    beyond = position + 1 + _MAXIMUM_SIGNATURE
    return beyond >= len(texts) or texts[beyond] > end
