"""Filling in templates: {{name}} is replaced, {{#name}}…{{/name}} is kept only where the name has a value. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from app.errors import Invalid

_SECTION = re.compile(r"\{\{#([a-z_.]{1,40})\}\}((?:(?!\{\{[#/]).)*)\{\{/\1\}\}", re.DOTALL)
_NAME = re.compile(r"\{\{\s*([a-z_.]{1,40})\s*\}\}")
_LINK = re.compile(r"https?://[^\s<>\"']+")
TEMPLATE_LENGTH = 20_000  # characters of a body


def check(text: str, *, allowed: Mapping[str, str], field: str) -> None:
    """Raise Invalid when `text` names something that will never have a value, or leaves braces open."""
    left = _SECTION.sub(lambda found: found[2] if found[1] in allowed else found[0], text)
    for name in _NAME.findall(left):
        if name not in allowed:
            known = ", ".join(sorted(allowed))
            raise Invalid(f"There is no placeholder {name!r}. There are: {known}.", field=field)
    if "{{" in _NAME.sub("", left) or "}}" in _NAME.sub("", left):
        raise Invalid("A pair of braces is left open; write {{name}} or {{#name}}…{{/name}}.", field=field)


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders replaced; names without a value become nothing."""
    kept = _SECTION.sub(lambda found: found[2] if values.get(found[1]) else "", text)
    return _NAME.sub(lambda found: values.get(found[1], ""), kept)


def one_line(text: str) -> str:
    return " ".join(text.split())


def as_html(text: str) -> str:
    """Plain text as calm HTML: paragraphs, line breaks, links; everything else is escaped."""
    paragraphs = [part for part in re.split(r"\n{2,}", text.strip()) if part]
    body = "".join(f'<p style="margin:0 0 1em">{_linked(part)}</p>' for part in paragraphs)
    style = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.5"
    return f'<!doctype html><html><body style="{style}">{body}</body></html>'


def _linked(text: str) -> str:
    pieces, last = [], 0
    for found in _LINK.finditer(text):
        link = html.escape(found[0].rstrip(".,;:!?)"))
        pieces.append(html.escape(text[last : found.start()]))
        pieces.append(f'<a href="{link}">{link}</a>')
        last = found.start() + len(found[0].rstrip(".,;:!?)"))
    pieces.append(html.escape(text[last:]))
    return "".join(pieces).replace("\n", "<br>")
