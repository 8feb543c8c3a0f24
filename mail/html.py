"""Makes the HTML of strangers safe to show, keeps remote pictures back until asked for, and reads it as plain text."""

from __future__ import annotations

from html import unescape

import nh3

from .charsets import tidy
from .html_load import lighten
from .html_tokens import Token, tokens

MAXIMUM_SIZE = 2_000_000  # characters; the longest newsletters stay under 500,000
MAXIMUM_DEPTH = (
    2_000  # open elements; mail that quotes itself for years reaches hundreds, and nh3 turns quadratic past thousands
)

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code",
    "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
    "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre",
    "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr",
    "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_SHAPE = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "dir", "face", "height", "id", "lang",
"nowrap", "size",
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
_GONE = {"script", "style", "title", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math",
"select", "textarea",
         "audio", "video", "noembed", "noframes", "xmp", "plaintext", "frameset", "head"}  # fmt: skip
_STYLE = {
    "background-color", "border", "border-bottom", "border-bottom-color", "border-bottom-style", "border-bottom-width",
    "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style", "border-left-width",
    "border-radius",
    "border-right", "border-right-color", "border-right-style", "border-right-width", "border-spacing",
    "border-style", "border-top",
    "border-top-color", "border-top-style", "border-top-width", "border-width", "color", "direction", "display",
    "font", "font-family",
    "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "table-layout", "text-align", "text-decoration", "text-indent",
    "text-transform",
    "vertical-align", "white-space", "width", "word-break", "word-spacing", "word-wrap",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel", "sip", "xmpp", "cid", "data"}
# Marks by which mail programs set quotes and signatures apart; everything else that names elements goes.
QUOTE_CLASSES = {"gmail_quote", "gmail_quote_container", "gmail_extra", "yahoo_quoted", "moz-cite-prefix",
"moz-forward-container",
                 "protonmail_quote", "zmail_extra", "tutanota_quote", "OutlookMessageHeader", "WordSection1",
                 "cloudmagic-smart-beak",
                 "freebirdMailQuote", "ms-outlook-mobile-reference-message"}  # fmt: skip
SIGNATURE_CLASSES = {
    "gmail_signature",
    "moz-signature",
    "moz-txt-sig",
    "protonmail_signature_block",
    "ms-outlook-mobile-signature",
}
QUOTE_IDS = {"divRplyFwdMsg", "appendonsend", "OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container",
"reply-intro",
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
        lighten(tidy(html)),
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
    if "<img" not in clean:
        return clean
    return "".join(_hold_back(token) if token.tag == "img" else token.source for token in tokens(clean))


def has_remote_images(html: str) -> bool:
    """True if the safe HTML holds back pictures that live on somebody's server."""
    return " data-remote-src=" in html


def remote_images(html: str) -> list[str]:
    """The addresses of the pictures that the safe HTML holds back, in their order."""
    if not has_remote_images(html):
        return []
    pictures = (token.attributes().get("data-remote-src") for token in tokens(html) if token.tag == "img")
    return [unescape(source) for source in pictures if source is not None]


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
    source = token.attributes().get("src", "").strip().lower()
    if source.startswith(("http:", "https:", "//")):
        return token.source.replace(' src="', ' data-remote-src="', 1)
    return token.source


def _depth(html: str) -> int:
    """The deepest nesting of elements, counted over the raw source; what HTML closes by itself is
    counted too high at most."""
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
