"""The page of a list that a connection has to show, from all rows of the list in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def page_of(
    rows: Sequence[Any],
    key: Callable[[Any], Any],
    arguments: dict[str, Any],
    place: Callable[[str], Any],
    cursor_of: Callable[[Any], str],
) -> dict[str, Any]:
    """A connection by Python field name. `place` tells the sort key that a cursor stands for."""
    rows = sorted(rows, key=key)
    first: Any = arguments.get("first")
    last: Any = arguments.get("last")
    after, before = (None if arguments.get(word) is None else place(arguments[word]) for word in ("after", "before"))
    kept = [r for r in rows if (after is None or key(r) > after) and (before is None or key(r) < before)]
    page = kept[:first] if first is not None else kept[-last:]
    if first is not None:
        following = len(kept) > first or (before is not None and any(not key(r) < before for r in rows))
        preceding = after is not None and any(not key(r) > after for r in rows)
    else:
        following = before is not None and any(not key(r) < before for r in rows)
        preceding = len(kept) > last or (after is not None and any(not key(r) > after for r in rows))
    cursors = [cursor_of(row) for row in page]
    return {
        "nodes": page,
        "edges": [{"cursor": cursor, "node": row} for cursor, row in zip(cursors, page, strict=True)],
        "total_count": len(rows),
        "total_count_is_capped": False,
        "page_info": {
            "has_next_page": following,
            "has_previous_page": preceding,
            "start_cursor": cursors[0] if cursors else None,
            "end_cursor": cursors[-1] if cursors else None,
        },
    }
