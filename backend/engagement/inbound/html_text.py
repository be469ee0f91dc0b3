"""The text of HTML, for mails that have nothing else: what is shown, line by line, and no markup.

The standard library's parser reads it; what it costs is bounded by how much it is given.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

MOST = 128 * 1024
"""Characters that are looked at."""
HIDDEN = frozenset({"head", "noscript", "script", "style", "template", "title"})
LINES = frozenset(
    {"blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "table", "tr", "ul"}
)


def text_of(html: str) -> str:
    """The text that HTML shows."""
    body = re.search(r"<body\b", html, re.IGNORECASE)
    reader = _Reader()
    reader.feed(html[body.start() if body else 0 :][:MOST])
    reader.close()
    lines = ("".join(reader.parts)).split("\n")
    text = "\n".join(" ".join(line.split()) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self._hidden += 1
        elif tag in LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in LINES and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # A line ends where the markup says so, not where the source does.
            self.parts.append(re.sub(r"\s+", " ", data))
