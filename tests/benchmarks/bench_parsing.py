"""How many e-mails are understood in a second, against the standard library reading the same ones.

The baseline (`email.policy.default`, every part decoded, every common header read) only takes messages apart; ours also
folds quotes, sanitises HTML and looks for reports. Both run in this process, one after the other, on the same bytes.
"""

from __future__ import annotations

import base64
import email
import email.policy
import time
from collections.abc import Callable

from mail.parsing import parse

_PARAGRAPH = "The timer of oven 3 rings all night and nobody in the bakery can sleep. "
_HEAD = (
    "Received: from mx.northwind.example by mx.desk.example with ESMTP; Mon, 4 May 2026 10:12:00 +0300\r\n"
    "From: Aino Virtanen <aino@northwind.example>\r\nTo: Support <support@desk.example>\r\n"
    "Subject: =?utf-8?Q?Ovenn_=C3=A4?=\r\nDate: Mon, 4 May 2026 10:12:00 +0300\r\nMessage-ID: "
    "<bench@northwind.example>\r\n"
    "In-Reply-To: <entry-1@desk.example>\r\nReferences: <first@northwind.example> "
    "<entry-1@desk.example>\r\nMIME-Version: 1.0\r\n"
)


def small() -> bytes:
    """A reply of about 1.2 KB in plain text."""
    attribution = "On 4 May 2026 at 10:00, Support <support@desk.example> wrote:"
    body = f"{_PARAGRAPH * 3}\r\n\r\n{attribution}\r\n> {_PARAGRAPH * 4}"
    return (_HEAD + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + body + "\r\n").encode()


def large() -> bytes:
    """A letter of about 45 KB in plain text and HTML, with a picture."""
    plain = "\r\n".join(_PARAGRAPH for _ in range(60))
    rich = f"<p style='color:#333'>{_PARAGRAPH}<a href='https://northwind.example'>more</a></p>" * 110
    picture = base64.encodebytes(bytes(range(256)) * 60).decode()
    return (
        f'{_HEAD}Content-Type: multipart/mixed; boundary="A"\r\n\r\n--A\r\nContent-Type: '
        'multipart/alternative; boundary="B"\r\n\r\n'
        f"--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--B\r\nContent-Type: text/html; "
        f"charset=utf-8\r\n\r\n{rich}\r\n"
        "--B--\r\n--A\r\nContent-Type: image/png; name=oven.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{picture}\r\n--A--\r\n"
    ).encode()


def standard_library(raw: bytes) -> int:
    """The baseline: the whole tree, all parts decoded, the headers a desk needs."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    names = ("from", "to", "subject", "date", "message-id", "references", "in-reply-to")
    size = sum(len(str(message[name])) for name in names)
    for part in message.walk():
        if not part.is_multipart():
            size += len(part.get_content())
    return size


def per_second(action: Callable[[bytes], object], raw: bytes, seconds: float) -> float:
    """Calls in a second, over about `seconds`."""
    action(raw)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        action(raw)
        count += 1
    return count / (time.perf_counter() - start)


def run(seconds: float = 1.0) -> dict[str, float]:
    """Messages per second of both on both sizes, and the ratios (ours through theirs)."""
    results: dict[str, float] = {}
    for name, raw in (("small", small()), ("large", large())):
        ours, theirs = per_second(parse, raw, seconds), per_second(standard_library, raw, seconds)
        results[f"parse_{name}_per_second"] = round(ours, 1)
        results[f"baseline_{name}_per_second"] = round(theirs, 1)
        results[f"parse_{name}_ratio"] = round(ours / theirs, 2)
    return results


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=1))
