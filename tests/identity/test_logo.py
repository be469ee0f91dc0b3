"""Logos: what pages may show, how large it is, and what is refused with its place."""

from __future__ import annotations

import struct
from base64 import b64encode

import pytest

from backend.identity.face import coloured, named
from backend.identity.logo import MOST_CHARACTERS, read

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">2I", 300, 100)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><style>.a{fill:url(#b)}</style><path d="M0 0"/></svg>'
)
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (199).to_bytes(3, "little") + (99).to_bytes(3, "little")
LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 49 | 99 << 14)
LOSSY = b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<2H", 80, 80)

pytestmark = pytest.mark.unit


def address(body: bytes | str, kind: str = "svg+xml") -> str:
    body = body.encode() if isinstance(body, str) else body
    return f"data:image/{kind};base64,{b64encode(body).decode()}"


def drawn(inside: str, more: str = "") -> str:
    return address(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" {more}>{inside}</svg>')


@pytest.mark.parametrize(
    "logo, proportion",
    [
        (address(PNG, "png"), 3.0),
        (address(EXTENDED, "webp"), 2.0),
        (address(LOSSLESS, "webp"), 0.5),
        (address(LOSSY, "webp"), 1.0),
        (address(SVG), 4.0),
        (address('<svg width="30px" height="20"/>'), 1.5),
        (address('<svg viewBox="0 0 1000 1"/>'), 6.0),
        (drawn('<use href="#a"/><image href="data:image/png;base64,AAAA"/>'), 1.0),
    ],
)
def test_a_picture_is_taken_and_its_place_is_known_before_it_has_come(logo: str, proportion: float) -> None:
    assert read(logo).proportion == proportion


@pytest.mark.parametrize(
    "logo, reason",
    [
        ("javascript:alert(1)", "should match data:image/png;base64"),
        ("https://elsewhere.example/x.png", "should match data:image/png;base64"),
        ("data:text/html;base64,PGI+", "should match data:image/png;base64"),
        ("data:image/gif;base64,R0lG", "should match data:image/png;base64"),
        ("data:image/png;base64," + "A" * MOST_CHARACTERS, "has more than 50,000 characters"),
        (address(PNG[:20], "png"), "is no image of image/png"),
        (address(b"\xff\xd8\xff\xe0" + bytes(40), "png"), "is no image of image/png"),
        (address(PNG, "webp"), "is no image of image/webp"),
        (address(PNG), "is no image of image/svg"),
        (address("<svg viewBox='0 0 1 1'>"), "is no image of image/svg"),
        (address("<html/>"), "is no SVG"),
        (address("<svg/>"), "without a viewBox"),
        (address('<svg viewBox="0 0 0 1"/>'), "no width or no height"),
        (drawn("<script>alert(1)</script>"), "<script>"),
        (drawn('<x:script xmlns:x="http://www.w3.org/2000/svg"/>'), "<script>"),
        (drawn("<foreignObject><b/></foreignObject>"), "<foreignobject>"),
        (drawn("", 'onload="alert(1)"'), "whose onload runs or fetches"),
        (drawn('<a href="javascript:alert(1)"/>'), "whose href runs or fetches"),
        (drawn('<image href="https://elsewhere.example/x.png"/>'), "whose href runs or fetches"),
        (drawn("<path style=\"fill: url( 'https://elsewhere.example/x')\"/>"), "whose style runs or fetches"),
        (drawn("<style>@import 'https://elsewhere.example/x.css'</style>"), "a style that fetches"),
        (address('<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1">&a;</svg>'), "DOCTYPE"),
        (address('<?xml-stylesheet href="x.css"?><svg viewBox="0 0 1 1"/>'), "style sheet of elsewhere"),
    ],
)
def test_what_is_no_harmless_picture_is_refused_with_the_reason(logo: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(logo)


@pytest.mark.parametrize(
    "words", ["blue", "#fff", "#2f6fed;", "url(https://elsewhere.example)", "#2f6feg", "", "#" * 99]
)
def test_what_is_no_colour_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="should match # and six letters or digits"):
        coloured(words)


@pytest.mark.parametrize("words", ["", "  ", "a" * 101, "one\ntwo", "\0"])
def test_a_name_is_one_line_that_fits(words: str) -> None:
    with pytest.raises(ValueError, match="1 to 100 characters, on one line"):
        named(words)


def test_a_colour_and_a_name_are_taken_as_they_are_meant() -> None:
    assert (coloured(" #2F6FED "), named(" Beacon ")) == ("#2f6fed", "Beacon")
