"""Prepares HTML of strangers for nh3, so that cleaning it takes time in proportion to its length.

Its parser (html5ever) copies the text it is in at every character reference, compares every attribute of a tag with all
others, and those of every further `<html>` with all that came before: 400,000 characters of `<html a1><html a2>…` take
a minute. No real mail comes near these limits, and what is cut away here is never shown.
"""

from __future__ import annotations

import re

MOST_REFERENCES = 256
"""Character references (or bare ampersands) in one text node."""
MOST_ATTRIBUTES = 256
"""Of one tag; the ones beyond go."""
FEW_ATTRIBUTES = 10_000
"""Of a whole document: comparing each with all others takes some hundredths of a second, less than finding them."""

_TEXT_BREAK = "<!---->"  # ends a text node, and is dropped by the cleaning
_ROOT = re.compile(r"<html(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^\s/>]*+")
# HTML, section 13.2.5.32 and following: a name, and a value that is quoted or not.
_ATTRIBUTE = re.compile(r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+""")
_SEPARATORS = (" ", "\n", "\t", "\r", "\f", "/", '"', "'")  # one of them stands before every attribute


def lighten(html: str) -> str:
    """The same HTML, without what would take more than linear time to read."""
    return _split_texts(_few_attributes(html))


def _split_texts(html: str) -> str:
    first, *others = html.split("&")
    if len(others) <= MOST_REFERENCES:
        return html
    written, in_a_row = [first], 0
    for piece in others:
        if in_a_row == MOST_REFERENCES:
            written.append(_TEXT_BREAK)
            in_a_row = 0
        written.append("&" + piece)
        in_a_row = 0 if "<" in piece or ">" in piece else in_a_row + 1
    return "".join(written)


def _few_attributes(html: str) -> str:
    if sum(map(html.count, _SEPARATORS)) <= FEW_ATTRIBUTES and len(_ROOT.findall(html)) <= 1:
        return html
    written: list[str] = []
    position = 0
    while (tag := _TAG.search(html, position)) is not None:
        written.append(html[position : tag.end()])
        position, kept = _after_attributes(html, tag.end())
        if tag.group().lower() != "<html":
            written.append(html[tag.end() : kept])
    written.append(html[position:])
    return "".join(written)


def _after_attributes(html: str, position: int) -> tuple[int, int]:
    """Where the attributes of a tag end, and where the last one that is kept ends."""
    count, kept = 0, position
    while (attribute := _ATTRIBUTE.match(html, position)) is not None:
        position = attribute.end()
        count += 1
        if count <= MOST_ATTRIBUTES:
            kept = position
    return position, kept
