"""What a joined socket costs while nothing happens: kilobytes of the server, beside `websockets`, up to 10,000 sockets.

Two sockets are on each case, each of another person, so that streams, seats, rights and presence are paid for too.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.benchmarks.feed.contestants import Contestant, allow_files

BESIDE = 400  # files that a process has open besides its sockets, at most


def kilobytes(kind: str, sockets: int) -> float:
    """Resident memory that each of the sockets adds to a server."""
    each = Contestant(kind, sockets=sockets, topics=sockets // 2)
    try:
        each.round(1, 1)
        return round((each.server.kilobytes() - each.empty_kilobytes) / sockets, 1)
    finally:
        each.close()


def run(*, quick: bool = False) -> dict[str, Any]:
    """2,000 sockets, and as near to 10,000 as this user may open."""
    most = min(10_000, allow_files() - BESIDE)
    sizes = [2000] if quick else [2000, most]
    measured: dict[str, Any] = {}
    for sockets in sizes:
        ours, theirs = kilobytes("casefeed", sockets), kilobytes("websockets", sockets)
        measured[f"{sockets:,} sockets"] = {
            "casefeed, KB each": ours,
            "websockets, KB each": theirs,
            "to websockets ratio": round(ours / theirs, 2),
        }
    return measured


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2))
