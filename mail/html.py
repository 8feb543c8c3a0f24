"""Makes the HTML of strangers safe to show, keeps remote pictures back until asked for, and reads it as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

import nh3

from .charsets import tidy

MAXIMUM_SIZE = 2_000_000  # characters; the longest newsletters stay under 500,000
MAXIMUM_DEPTH = (
    2_000  # open elements; mail that quotes itself for years reaches hundreds, and nh3 turns quadratic past thousands
)

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_SHAPE = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "dir", "face", "height", "id", "lang", "nowrap", "size",
          "style", "title", "type", "valign", "width"}  # fmt: skip
_ATTRIBUTES = {
    "*": _SHAPE,
    "a": {"href", "name"},
    "img": {"alt", "src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "col": {"span"},
    "colgroup": {"span"},
}
_GONE = {"script", "style", "title", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math", "select", "textarea",
         "audio", "video", "noembed", "noframes", "xmp", "plaintext", "frameset", "head"}  # fmt: skip
_STYLE = {
    "background-color", "border", "border-bottom", "border-bottom-color", "border-bottom-style", "border-bottom-width",
    "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style", "border-left-width", "border-radius",
    "border-right", "border-right-color", "border-right-style", "border-right-width", "border-spacing", "border-style", "border-top",
    "border-top-color", "border-top-style", "border-top-width", "border-width", "color", "direction", "display", "font", "font-family",
    "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "table-layout", "text-align", "text-decoration", "text-indent", "text-transform",
    "vertical-align", "white-space", "width", "word-break", "word-spacing", "word-wrap",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel", "sip", "xmpp", "cid", "data"}
# Marks by which mail programs set quotes and signatures apart; everything else that names elements goes.
QUOTE_CLASSES = {"gmail_quote", "gmail_quote_container", "gmail_extra", "yahoo_quoted", "moz-cite-prefix", "moz-forward-container",
                 "protonmail_quote", "zmail_extra", "tutanota_quote", "OutlookMessageHeader", "WordSection1", "cloudmagic-smart-beak",
                 "freebirdMailQuote", "ms-outlook-mobile-reference-message"}  # fmt: skip
SIGNATURE_CLASSES = {
    "gmail_signature",
    "moz-signature",
    "moz-txt-sig",
    "protonmail_signature_block",
    "ms-outlook-mobile-signature",
}
QUOTE_IDS = {"divRplyFwdMsg", "appendonsend", "OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container", "reply-intro",
             "yahoo_quoted", "isForwardContent", "isReplyContent", "x_divRplyFwdMsg"}  # fmt: skip
SIGNATURE_IDS = {"Signature", "signature", "ms-outlook-mobile-signature", "AppleMailSignature", "x_Signature"}
_CLASSES = QUOTE_CLASSES | SIGNATURE_CLASSES
_IDS = QUOTE_IDS | SIGNATURE_IDS
_BAD_STYLE = ("expression", "javascript", "url(", "@import", "behavior", "-moz-binding", "\\", "/*")
_SAFE_DATA = ("data:image/png;base64,", "data:image/gif;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,",
              "data:image/webp;base64,")  # fmt: skip
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}


def sanitise(html: str) -> str | None:
    """HTML that can do nothing but be seen, or None if it is too large or too deeply nested to be read safely.

    Remote pictures become `<img data-remote-src="…">` and are restored by `with_remote_images`; `cid:` pictures stay.
    """
    if len(html) > MAXIMUM_SIZE or _depth(html) > MAXIMUM_DEPTH:
        return None
    clean = nh3.clean(
        tidy(html),
        tags=_TAGS,
        clean_content_tags=_GONE,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        allowed_classes=dict.fromkeys(("div", "span", "blockquote", "p", "pre", "table", "section"), _CLASSES),
        url_schemes=_SCHEMES,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=_STYLE,
    )
    return "".join(_hold_back(token) if token.tag == "img" else token.source for token in tokens(clean))


def has_remote_images(html: str) -> bool:
    """True if the safe HTML holds back pictures that live on somebody's server."""
    return " data-remote-src=" in html


def with_remote_images(html: str) -> str:
    """The safe HTML with its remote pictures in place, for a reader who asked for them."""
    return "".join(
        token.source.replace(" data-remote-src=", " src=", 1) if token.tag == "img" else token.source
        for token in tokens(html)
    )


def _filter(tag: str, attribute: str, value: str) -> str | None:
    lowered = "".join(value.split()).lower()
    if attribute == "style":
        return None if any(bad in lowered for bad in _BAD_STYLE) else value
    if attribute == "id":
        return value if value in _IDS else None
    if attribute == "src":
        return value if lowered.startswith(("http:", "https:", "cid:", "//", *_SAFE_DATA)) else None
    if attribute == "href":
        return None if lowered.startswith(("data:", "cid:", "javascript:", "vbscript:")) or not lowered else value
    if attribute == "type":
        return value if value in ("cite", "disc", "circle", "square", "1", "a", "A", "i", "I") else None
    return value


def _hold_back(token: Token) -> str:
    source = token.attributes.get("src", "").strip().lower()
    if source.startswith(("http:", "https:", "//")):
        return token.source.replace(' src="', ' data-remote-src="', 1)
    return token.source


@dataclass(frozen=True, slots=True)
class Token:
    """A tag (`tag` with its name, `/name` when closing) or a stretch of text (`tag` empty) of sanitised HTML."""

    source: str
    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def tokens(html: str) -> Iterator[Token]:
    """The tags and texts of HTML as nh3 writes it: every `<` in text is escaped and every attribute value is quoted."""
    position, size = 0, len(html)
    while position < size:
        start = html.find("<", position)
        if start == -1:
            yield Token(html[position:])
            return
        if start > position:
            yield Token(html[position:start])
        end, attributes = _tag_end(html, start + 1)
        name = html[start + 1 : end].split(None, 1)[0].rstrip("/>").lower() if end > start + 1 else ""
        yield Token(html[start:end], name or "?", attributes)
        position = end


def _tag_end(html: str, position: int) -> tuple[int, dict[str, str]]:
    """Where the tag ends, and its attributes as written."""
    attributes: dict[str, str] = {}
    name_start = position
    while True:
        close = html.find(">", position)
        quote = html.find('"', position, close if close != -1 else len(html))
        if quote == -1:
            return (close + 1 if close != -1 else len(html)), attributes
        end = html.find('"', quote + 1)
        if end == -1:
            return len(html), attributes
        name = html[name_start:quote].rstrip("=").rsplit(None, 1)[-1:] or [""]
        attributes[name[0].lower()] = html[quote + 1 : end]
        position = name_start = end + 1


def _depth(html: str) -> int:
    """The deepest nesting of elements, counted over the raw source; what HTML closes by itself is counted too high at most."""
    depth = deepest = 0
    lowered = html.lower()
    position = lowered.find("<")
    closes_itself = {"p", "li", "td", "th", "tr", "dt", "dd", "option", "o:p"}
    while position != -1:
        if lowered.startswith("</", position):
            depth = max(0, depth - 1)
        elif lowered[position + 1 : position + 2].isalpha():
            end = position + 1
            while end < len(lowered) and end - position < 20 and lowered[end] not in " \t\n\r/>":
                end += 1
            name = lowered[position + 1 : end]
            if name not in _VOID and name not in closes_itself:
                depth += 1
                deepest = max(deepest, depth)
        position = lowered.find("<", position + 1)
    return deepest


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
    """What a reader sees in sanitised HTML, as plain text: quotes with `> `, links with their target, hidden text left out."""
    writer = _Writer()
    hidden = 0  # open elements inside a hidden one
    link: list[tuple[str, int]] = []
    for token in tokens(clean):
        tag = token.tag
        attributes = token.attributes
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
            alt = unescape(attributes.get("alt", "")).strip()
            if alt:
                writer.write(f"[{alt}]")
        elif tag in ("td", "th"):
            writer.cell()
        elif tag not in _VOID and not tag.startswith("/") and _is_hidden(attributes.get("style", "")):
            hidden = 1
        elif tag == "blockquote":
            writer.block(blank=True)
            writer.quote += 1
        elif tag == "/blockquote":
            writer.block(blank=True)
            writer.quote = max(0, writer.quote - 1)
        elif tag == "a":
            link.append((unescape(attributes.get("href", "")), writer.length))
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


def _is_hidden(style: str) -> bool:
    style = style.replace(" ", "").lower()
    return "display:none" in style


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
