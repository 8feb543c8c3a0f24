"""Where a task stands, down to the line that waits: asyncio's own `print_stack` knows the outermost coroutine only."""

from __future__ import annotations

import asyncio
from typing import Any

INSIDE = (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"))
"""How coroutines and generators name their frame and what they wait for; nothing else lets itself be looked into."""


def standing(task: asyncio.Task[Any], *, limit: int) -> str:
    """The name of a task and its `limit` innermost frames, the one that waits last."""
    lines, inner = [], task.get_coro()
    while names := next((names for names in INSIDE if hasattr(inner, names[0])), None):
        frame, inner = (getattr(inner, name) for name in names)
        if frame is not None:  # it has ended
            lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}")
    return "\n    ".join([task.get_name(), *lines[-limit:]])
