"""HTML made to keep the parser busy is cut down to what it reads in linear time, and shows the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.html import sanitise
from mail.html_load import MOST_ATTRIBUTES, MOST_REFERENCES, lighten

SIZE = 400_000


def filled(piece: str) -> str:
    """`piece` again and again, with a number that differs each time in the place of {}."""
    return "".join(piece.replace("{}", str(number)) for number in range(SIZE // len(piece)))


def longest_text_node(html: str) -> int:
    return max(text.count("&") for text in re.split(r"<[^>]*>", html))


@pytest.mark.parametrize("reference", ["&", "&amp;", "&a", "&#65;", "&x;", "& "])
def test_no_text_node_has_more_than_so_many_references(reference: str) -> None:
    html = "<table>" + reference * 20_000
    light = lighten(html)
    assert longest_text_node(light) <= MOST_REFERENCES + 1
    assert nh3.clean(light) == nh3.clean(html)


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        ("<a", " x{}=1"),
        ("</a", " x{}=1"),
        ("<a", "/x{}"),
        ("<a ", 'x{}="<b>"'),
        ("<a ", "x{}='<b x=1>'"),
        ("<a", ' x{}"="><c""'),
        ("<a", ' x{} = "1"'),
    ],
)
def test_no_tag_keeps_more_than_so_many_attributes(start: str, piece: str) -> None:
    light = lighten(start + filled(piece) + ">Hello")
    assert len(set(re.findall(r"x\d+", light))) <= MOST_ATTRIBUTES
    assert light.endswith("Hello")


@pytest.mark.parametrize("piece", ["<html x{}=1>", "<HTML/x{}=1>", '<html x{}="<html">'])
def test_only_one_root_brings_attributes(piece: str) -> None:
    assert re.findall(r"x\d+", lighten(filled(piece))) == []


@pytest.mark.parametrize("same", [str.upper, str.lower, str.title])
def test_what_real_mail_holds_stays_as_it_is(same: Callable[[str], str]) -> None:
    html = same('<html lang="en"><a href="https://desk.example/?a=1&amp;b=2" title=\'x > y\'>Tom & Jerry</a> &lt;b&gt;')
    assert lighten(html) == html


@given(st.text(alphabet="<>/\"'= abhtml&;!-\n", max_size=80))
def test_any_tag_soup_is_cleaned_to_the_same(soup: str) -> None:
    crowd = "<p title='" + " " * 10_001 + "'>"  # so many separators that every tag is looked at
    assert nh3.clean(lighten(crowd + soup)) == nh3.clean(crowd + soup)


def test_cutting_is_part_of_cleaning() -> None:
    roots, crowd = filled("<html x{}=1></html>"), filled("y{}=1 ")
    clean = sanitise(f'<html>{roots}<p title="kept" {crowd}>Hello & goodbye')
    assert clean == '<p title="kept">Hello &amp; goodbye</p>'
