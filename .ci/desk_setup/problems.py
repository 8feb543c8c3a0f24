"""Turns what can go wrong during set-up into one sentence that says what to do."""

from __future__ import annotations

import errno
import re


class SetupProblem(Exception):
    """Set-up cannot go on; the message is one sentence for the person at the terminal."""


NO_SPACE = "The disk is full: free some space (a first set-up needs about 1 GB) and start again."
NO_NETWORK = (
    "The {what} could not be fetched because their registry cannot be reached: "
    "check the network or proxy of this machine and start again."
)
WRONG_HASH = (
    "A downloaded package differs from the one that was locked, so nothing of it was installed: "
    "try again, and ask who runs your package mirror if it stays."
)
NO_BUILD = (
    "There is no ready-made build of the {what} for this machine ({detail}): use Python 3.11 to 3.13 on Linux or macOS."
)

_NETWORK_SIGNS = re.compile(
    r"NewConnectionError|Failed to establish|name resolution|ConnectTimeout|ReadTimeout|Max retries exceeded|ProxyError"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|EHOSTUNREACH|SSLError"
    r"|network request .* failed|HTTP error 5\d\d|50[234] Server Error",
)
_SPACE_SIGNS = re.compile(r"No space left on device|ENOSPC|Disk quota exceeded|EDQUOT")
_HASH_SIGNS = re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY")
_BUILD_SIGNS = re.compile(r"No matching distribution found for (\S+)|EBADPLATFORM|Failed building wheel for (\S+)")


def explain(output: str, *, what: str) -> str | None:
    """The sentence for an installer's output, or None where no known cause is recognised.

    `what` names in the plural what was being installed, such as "Python packages".
    """
    if _SPACE_SIGNS.search(output):
        return NO_SPACE
    if _HASH_SIGNS.search(output):
        return WRONG_HASH
    # An unreachable index makes pip end with "No matching distribution", so the network is looked at first.
    if _NETWORK_SIGNS.search(output):
        return NO_NETWORK.format(what=what)
    if found := _BUILD_SIGNS.search(output):
        return NO_BUILD.format(what=what, detail=next((name for name in found.groups() if name), found[0]))
    return None


def explain_os_error(error: OSError) -> str:
    """The sentence for a failed file operation of ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NO_SPACE
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{error.filename} cannot be written: make that folder writable, or clone Casefeed into one of yours."
    return f"Set-up failed: {error}."
