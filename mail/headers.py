"""Reads header values as people wrote them: encoded words, parameters, message ids and dates, however broken."""

from __future__ import annotations

import binascii

from .charsets import codec_for, decode, tidy

_SPACE = b" \t\r\n"


def unfold(value: bytes) -> bytes:
    """The value on one line (RFC 5322 2.2.3)."""
    if b"\n" not in value and b"\r" not in value:
        return value.strip(_SPACE)
    return b" ".join(
        line.strip(_SPACE) for line in value.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    ).strip()


def text(value: bytes) -> str:
    """Unstructured header text: RFC 2047 words decoded, raw 8-bit bytes guessed, on one line and without controls."""
    return " ".join(tidy(decode_words(unfold(value))).split("\n")).replace("\t", " ").strip()


def decode_words(value: bytes) -> str:
    """RFC 2047 encoded words, tolerant of what is sent: inside quotes, touching text, split within
    a character, spaces inside.

    Neighbouring words of one character set are joined as bytes first, because senders cut characters in two.
    """
    pieces: list[str] = []
    pending: bytearray = bytearray()
    pending_charset = ""
    position = 0

    def flush() -> None:
        if pending:
            pieces.append(decode(bytes(pending), pending_charset)[0])
            pending.clear()

    while (start := value.find(b"=?", position)) != -1:
        word = _word(value, start)
        if word is None:
            flush()
            pieces.append(_plain(value[position : start + 2]))
            position = start + 2
            continue
        charset, data, end = word
        between = value[position:start]
        if between.strip(_SPACE) or not pending:
            flush()
            pieces.append(_plain(between))
        elif charset != pending_charset:
            flush()
        pending_charset = charset
        pending += data
        position = end
    flush()
    pieces.append(_plain(value[position:]))
    return "".join(pieces)


def _plain(value: bytes) -> str:
    return value.decode("ascii") if value.isascii() and b"\x1b" not in value else decode(value)[0]


def _word(value: bytes, start: int) -> tuple[str, bytes, int] | None:
    """Character set, bytes and end of the encoded word at `start`, or None if it is none."""
    charset_end = value.find(b"?", start + 2, start + 80)
    if charset_end == -1 or value[charset_end + 2 : charset_end + 3] != b"?":
        return None
    charset = (
        value[start + 2 : charset_end].partition(b"*")[0].decode("ascii", "replace").lower()
    )  # RFC 2231 5: language
    encoding = value[charset_end + 1 : charset_end + 2].lower()
    body_start = charset_end + 3
    end = value.find(b"?=", body_start)
    # In Q encoding "=" may follow "?" only as the end; "?==41?=" is the one ambiguity: an escape just after the second
    # mark.
    if end == body_start and encoding == b"q" and value[end + 2 : end + 3] == b"=" and value.find(b"?=", end + 2) != -1:
        end = value.find(b"?=", end + 2)
    if (
        end == -1
        or encoding not in (b"q", b"b")
        or (charset and codec_for(charset) is None and b" " in value[start:body_start])
    ):
        return None
    body = value[body_start:end]
    if encoding == b"q":
        data = binascii.a2b_qp(body.replace(b"_", b" "), header=False) if b"\n" not in body else body
    else:
        data = base64_bytes(body)
        if not data and body.strip():
            return None
    return charset, data, end + 2


_BASE64 = bytes(byte for byte in range(256) if not (chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/")))


def base64_bytes(data: bytes) -> bytes:
    """Whatever can be read of base64: foreign characters dropped, padding mended, each padded run
    decoded on its own."""
    output = bytearray()
    for run in data.replace(b"==", b"=").split(b"="):
        clean = run.translate(None, _BASE64)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        if clean:
            output += binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    return bytes(output)


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first semicolon in lower case, and its parameters decoded (RFC 2045 5.1,
    RFC 2231, RFC 2047)."""
    pieces = _split_parameters(unfold(value))
    # "text/plain charset=…" without its semicolon is common enough to be read as meant.
    main, _, rest = (
        text(pieces[0]).lower().partition(" ") if "=" in text(pieces[0]) else (text(pieces[0]).lower(), "", "")
    )
    if "=" in rest:
        pieces.insert(1, unfold(value)[len(main) :].lstrip(_SPACE).split(b";")[0])
    simple: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for piece in pieces[1:]:
        name_bytes, equals, raw = piece.partition(b"=")
        if not equals:
            continue
        name = name_bytes.strip(_SPACE).decode("ascii", "ignore").lower()
        data = _unquote(raw.strip(_SPACE))
        if "*" not in name:
            simple.setdefault(name, _plain_parameter(data))
            continue
        base, _, tail = name.partition("*")
        encoded = tail.endswith("*") or tail == ""
        number = tail.rstrip("*")
        if number == "" or (number.isdigit() and len(number) < 5):
            sections.setdefault(base, {}).setdefault(int(number or 0), (data, encoded))
    for base, parts in sections.items():
        simple[base] = _join_sections(parts) or simple.get(base, "")
    return main, simple


def _split_parameters(value: bytes) -> list[bytes]:
    pieces, start, position, quoted = [], 0, 0, False
    size = len(value)
    while position < size:
        byte = value[position]
        if quoted and byte == 0x5C:
            position += 1
        elif byte == 0x22:
            quoted = not quoted
        elif byte == 0x3B and not quoted:
            pieces.append(value[start:position])
            start = position + 1
        position += 1
    if quoted and b'"' in value[start:] and b";" in value[start:]:
        pieces += value[start:].split(b";")  # a quote that never ends: cut at every semicolon rather than lose the rest
    else:
        pieces.append(value[start:])
    return pieces


def _unquote(data: bytes) -> bytes:
    if data[:1] != b'"':
        return data.strip(b"'") if data[:1] == b"'" == data[-1:] else data
    output = bytearray()
    position = 1
    while position < len(data) and data[position] != 0x22:
        # Windows paths are written with bare backslashes; only a quote or another backslash is really escaped.
        if data[position] == 0x5C and data[position + 1 : position + 2] in (b'"', b"\\"):
            position += 1
        output.append(data[position])
        position += 1
    return bytes(output)


def _plain_parameter(data: bytes) -> str:
    return tidy(decode_words(data)).replace("\n", " ").strip()


def _join_sections(parts: dict[int, tuple[bytes, bool]]) -> str:
    order = sorted(parts)
    first, encoded = parts[order[0]]
    charset = ""
    if encoded and first.count(b"'") >= 2:
        charset_bytes, _, first = first.split(b"'", 2)
        charset = charset_bytes.decode("ascii", "ignore")
    data = bytearray()
    for index in order:
        section, is_encoded = parts[index]
        if index == order[0]:
            section = first
        data += _percent(section) if is_encoded else section
    joined = bytes(data)
    if not charset and b"=?" in joined:
        return _plain_parameter(joined)
    return tidy(decode(joined, charset or None)[0]).replace("\n", " ").strip()


def _percent(data: bytes) -> bytes:
    first, *rest = data.split(b"%")
    output = bytearray(first)
    for piece in rest:
        try:
            output += bytes.fromhex(piece[:2].decode("ascii")) + piece[2:] if len(piece) >= 2 else b"%" + piece
        except ValueError:
            output += b"%" + piece
    return bytes(output)


def message_ids(values: list[bytes], limit: int = 200) -> tuple[str, ...]:
    """Message ids in angle brackets, in order and once each; a bare word with an @ counts where
    brackets are missing."""
    found: dict[str, None] = {}
    for value in values:
        line = tidy(_plain(unfold(value))).replace("\n", " ")
        position = 0
        bracketed = False
        while (start := line.find("<", position)) != -1 and len(found) < limit:
            end = line.find(">", start)
            if end == -1:
                break
            start = line.rfind("<", start, end)
            inner = "".join(line[start + 1 : end].split())
            if inner and len(inner) <= 998:  # RFC 5322 2.1.1: a line is never longer
                found.setdefault(f"<{inner}>")
                bracketed = True
            position = end + 1
        if not bracketed:
            for word in line.replace("<", " ").replace(">", " ").replace(",", " ").replace('"', " ").split():
                if "@" in word.strip("@") and len(word) <= 998 and len(found) < limit:
                    found.setdefault(f"<{word}>")
    return tuple(found)
