"""Texts that people type: trimmed, bounded, and free of what cannot be shown."""

from __future__ import annotations

from backend.errors import InvalidInput


def line(value: str, *, field: str, most: int = 200) -> str:
    """A text of one line, trimmed. Raises InvalidInput for one that is empty, too long or holds control characters."""
    found = value.strip()
    if not 1 <= len(found) <= most or not found.isprintable():
        raise InvalidInput(
            f"{field} needs 1 to {most:,} characters, on one line.", field=[field], params={"most": most}
        )
    return found


def prose(value: str, *, field: str, most: int = 10_000) -> str:
    """A text of any number of lines, trimmed. Raises InvalidInput for one that is empty or too long."""
    found = value.replace("\r\n", "\n").strip()
    if not 1 <= len(found) <= most or not all(c.isprintable() or c in "\n\t" for c in found):
        raise InvalidInput(
            f"{field} needs 1 to {most:,} characters, without control characters.", field=[field], params={"most": most}
        )
    return found
