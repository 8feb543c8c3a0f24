"""Lists of words in many languages, one phrase a line, so that anybody can add theirs without reading the code.

Phrases are in lower case. A line that begins with `#` is a remark; quotation marks keep spaces at either end.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read(name: str) -> tuple[str, ...]:
    """The phrases of one list, in order."""
    lines = files(__name__).joinpath(f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(_unquoted(line.strip()) for line in lines if line.strip() and not line.startswith("#"))


@cache
def read_kinds(name: str) -> dict[str, str]:
    """The kind of each phrase, for a list written as `kind: phrase`."""
    pairs = (line.partition(":") for line in read(name))
    return {phrase.strip(): kind for kind, _, phrase in pairs}


def _unquoted(line: str) -> str:
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' else line
