"""Names of topics: what a client may ask for, before anybody looks up whether it exists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import BadFrame

# One kind, one key. Lower-case kinds and plain keys keep names safe in Redis channels, logs and URLs without quoting.
_NAME = re.compile(r"([a-z][a-z_]{0,31})/([A-Za-z0-9][A-Za-z0-9._-]{0,63})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic name in its two parts: ``case/42`` is kind ``case`` and key ``42``."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"


def parse_topic(name: str) -> Topic:
    """The parts of a topic name; BadFrame (``bad_topic``) when it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise BadFrame("A topic is named kind/key, such as case/42.", code="bad_topic")
    return Topic(found[1], found[2])
