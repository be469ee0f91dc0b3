"""What names a person in texts that are not theirs alone, and how it is taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

INSTEAD = "[erased]"
SHORTEST_IDENTIFIER = 6
"""A source's id of fewer characters is a number or a word of any text, and is not searched for."""
ADDRESS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
TELEPHONE = r"(?<![\w-])(?:(?:\+|\(|0)[\d][\d ()./-]{5,}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])"
_contacts = re.compile(f"{ADDRESS}|{TELEPHONE}")


@dataclass(frozen=True)
class Sought:
    """What names a person: addresses, full names, ids of sources."""

    words: tuple[str, ...]

    def pattern(self, *, in_json: bool = False) -> str:
        """A regular expression that PostgreSQL and Python read alike, to be matched without regard to case."""
        parts = []
        for word in self.words:
            shown = json.dumps(word, ensure_ascii=False)[1:-1] if in_json else word
            inside = r"\w.+-" if "@" in word else r"\w-"
            after = r"(?![\w-]|\.\w)" if "@" in word else r"(?![\w-])"
            parts.append(rf"(?<![{inside}])" + r"\s+".join(re.escape(part) for part in shown.split()) + after)
        return "|".join(parts)

    def redacted(self, value: object) -> object:
        """The value with every name of the person replaced, in texts at any depth.

        In a text that names them other addresses and telephone numbers go too: they may be theirs.
        """
        return _redacted(re.compile(self.pattern(), re.IGNORECASE), value)


def sought(name: str | None, addresses: Iterable[str], identifiers: Iterable[str]) -> Sought:
    """What to search for. A name of one word is not: it is a word like any other."""
    words = {address.lower() for address in addresses}
    words |= {identifier for identifier in identifiers if len(identifier) >= SHORTEST_IDENTIFIER}
    if name and len(name.split()) > 1:
        words.add(name)
    return Sought(tuple(sorted(words)))


def _redacted(pattern: re.Pattern[str], value: object) -> object:
    if isinstance(value, str):
        without, count = pattern.subn(INSTEAD, value)
        return _contacts.sub(INSTEAD, without) if count else value
    if isinstance(value, list):
        return [_redacted(pattern, each) for each in value]
    if isinstance(value, dict):
        return {str(_redacted(pattern, key)): _redacted(pattern, each) for key, each in value.items()}
    return value
