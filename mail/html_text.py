"""Reads HTML as plain text, the way a browser would lay it out: lines, quotes, rules, and nothing that is hidden."""

from __future__ import annotations

from html import escape, unescape

from .html_tokens import Token, tokens

_VOID = {"br", "col", "hr", "img", "wbr"}


def text_to_html(text: str) -> str:
    """Plain text as HTML, for a message that mixes both."""
    return f'<div style="white-space: pre-wrap">{escape(text, quote=False)}</div>' if text.strip() else ""


_BLOCKS = {
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tr",
    "ul",
    "caption",
}


_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "dl"}


RULE = "_" * 32  # what Outlook writes for the line above a quoted message


def to_text(clean: str) -> str:
    """What a reader sees in sanitised HTML, as plain text: quotes with `> `, links with their
    target, hidden text left out."""
    writer = _Writer()
    hidden = 0  # open elements inside a hidden one
    link: list[tuple[str, int]] = []
    for token in tokens(clean):
        tag = token.tag
        if hidden:
            if tag and tag not in _VOID:
                hidden += -1 if tag.startswith("/") else 1
            continue
        if not tag:
            writer.write(unescape(token.source))
        elif tag == "br":
            writer.newline(force=True)
        elif tag == "hr":
            writer.block()
            writer.write(RULE)
            writer.block()
        elif tag == "img":
            alt = unescape(token.attributes().get("alt", "")).strip()
            if alt:
                writer.write(f"[{alt}]")
        elif tag in ("td", "th"):
            writer.cell()
        elif tag not in _VOID and not tag.startswith("/") and _is_hidden(token):
            hidden = 1
        elif tag == "blockquote":
            writer.turn(1)
        elif tag == "/blockquote":
            writer.turn(-1)
        elif tag == "a":
            link.append((unescape(token.attributes().get("href", "")), writer.length))
        elif tag == "/a" and link:
            target, since = link.pop()
            _write_target(writer, target, since)
        elif tag.lstrip("/") in _BLOCKS:
            writer.block(blank=tag.lstrip("/") in _SPACED)
            if tag == "pre":
                writer.preformatted += 1
            elif tag == "/pre":
                writer.preformatted = max(0, writer.preformatted - 1)
            elif tag == "li":
                writer.write("* ")
    return writer.text()


def _write_target(writer: _Writer, target: str, since: int) -> None:
    shown = writer.since(since)
    plain = target.removeprefix("mailto:").removeprefix("tel:")
    if target and shown and plain.rstrip("/") not in shown and shown.rstrip("/") not in plain and len(target) < 300:
        writer.write(f" <{plain}>")


def _is_hidden(token: Token) -> bool:
    return "display" in token.source and "display:none" in token.attributes().get("style", "").replace(" ", "").lower()


class _Writer:
    """Collects lines the way a browser breaks them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.quote = 0
        self.preformatted = 0
        self.length = 0

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.split("\n")
            self._put(first)
            for line in rest:
                self.newline(force=True)
                self._put(line)
            return
        words = text.replace("\u00a0", " ").split()
        joined = " ".join(words)
        if text[:1].isspace() or text[:1] == "\u00a0":
            joined = " " + joined
        if words and (text[-1:].isspace() or text[-1:] == "\u00a0"):
            joined += " "
        self._put(joined)

    def _put(self, text: str) -> None:
        if not text:
            return
        if not self.preformatted and text[0] == " " and (not self.current or self.current[-1].endswith(" ")):
            text = text[1:]
        if text:
            self.current.append(text)
            self.length += len(text)

    def since(self, length: int) -> str:
        """What was written on this line since `length`."""
        wanted = self.length - length
        return "".join(self.current)[-wanted:].strip() if wanted > 0 else ""

    def cell(self) -> None:
        if self.current and "".join(self.current).strip():
            self.write(" ")

    def newline(self, *, force: bool = False) -> None:
        line = "".join(self.current).rstrip()
        if line or force:
            self.lines.append("> " * self.quote + line if self.quote else line)
        self.current = []

    def block(self, *, blank: bool = False) -> None:
        self.newline()
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * self.quote).rstrip())

    def turn(self, step: int) -> None:
        """One quote level more or less; the blank line between belongs to the outer one."""
        self.newline()
        if self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        outer = self.quote if step > 0 else max(0, self.quote - 1)
        if self.lines:
            self.lines.append(("> " * outer).rstrip())
        self.quote = max(0, self.quote + step)

    def text(self) -> str:
        self.newline()
        output: list[str] = []
        for line in self.lines:
            if line.strip("> ") or (output and output[-1].strip("> ")):
                output.append(line.rstrip())
        return "\n".join(output).strip("\n")


def strip_tags(html: str) -> str:
    """Text of HTML that is too large or too deep to be cleaned: everything between brackets goes, in one pass."""
    pieces: list[str] = []
    position = 0
    lowered = html.lower()
    while (start := html.find("<", position)) != -1:
        pieces.append(html[position:start])
        skipped = next((name for name in ("script", "style", "title") if lowered.startswith(name, start + 1)), None)
        end = lowered.find(f"</{skipped}", start) if skipped else start
        end = html.find(">", end) if end != -1 else -1
        if end == -1:
            position = len(html)
            break
        position = end + 1
        pieces.append("\n" if lowered.startswith(("br", "p", "/p", "div", "/div", "tr", "li"), start + 1) else " ")
    pieces.append(html[position:])
    lines = (" ".join(line.split()) for line in unescape("".join(pieces)).split("\n"))
    return "\n".join(line for line in lines if line)
