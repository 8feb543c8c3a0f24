"""What was odd about a message, as codes that every reader's language has words for: `code`, or `code: detail`."""

from __future__ import annotations

ODDITIES = {
    "charset_other": "the text is not in the character set that it claims; what it was read as",
    "charset_broken": "some characters of the text are broken",
    "charset_unreadable": "some characters do not exist in the character set that the text claims",
    "transfer_encoding": "nobody knows the way in which a part says it is encoded; shown as it is",
    "parts_missing": "a part promises parts and has none; shown as text",
    "winmail_unopened": "a winmail.dat that could not be opened; kept as a file",
    "html_unshown": "HTML too large or too deeply nested to be shown; read as text",
    "text_cut": "more text than is shown; the mail is kept whole",
    "step_failed": "a step of reading the message failed; what it should have found is missing",
}


def oddity(code: str, detail: str = "") -> str:
    """The line in `Message.warnings` for a code of ODDITIES."""
    if code not in ODDITIES:
        raise KeyError(code)
    return f"{code}: {detail}" if detail else code
