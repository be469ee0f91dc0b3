"""Which ordering a list of the tests' schema has for some arguments, and what the sort key of a row is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
KeyOf = Callable[[Row], Any]


class Descending:
    """Turns an ordering of one key round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Descending) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and bool(other.value == self.value)

    def __hash__(self) -> int:
        return hash(self.value)


def ordering_of(parent: str, field: str, arguments: dict[str, Any]) -> str:
    """The name of the ordering that a connection has."""
    order = arguments.get("orderBy")
    direction = "" if order is None else " down" if order.get("descending") else " up"
    if field == "accounts":
        return "accounts" if order is None else f"accounts {order['field']}{direction}"
    if field == "members":
        return "members" if order is None else f"members {order['field']}{direction}"
    if field == "happenings":
        return "happenings up" if arguments.get("oldestFirst") else "happenings down"
    return "badges" if field == "badgeAwards" else field


def _accounts(key: KeyOf) -> dict[str, KeyOf]:
    return {
        "up": lambda row: (key(row), row["created_at"], row["id"]),
        "down": lambda row: (Descending(key(row)), row["created_at"], row["id"]),
    }


def _nulls_last(value: Any, *, down: bool) -> tuple[bool, Any]:
    return value is None, Descending(value) if down else value


def _happening(row: Row) -> tuple[Any, str]:
    """When a milestone or an award happened, and what it is called."""
    return (row["achieved_at"], row["title"]) if "title" in row else (row["awarded_at"], row["badge"])


KEYS: dict[str, KeyOf] = {
    "accounts": lambda row: (row["name"], row["id"]),
    **{
        f"accounts {word} {direction}": found
        for word, key in {
            "NAME": lambda row: row["name"],
            "MRR": lambda row: row["mrr_minor"],
            "SCORE": lambda row: -1.0 if row["score"] is None else row["score"],
        }.items()
        for direction, found in _accounts(key).items()
    },
    "children": lambda row: (Descending(row["created_at"]), Descending(row["id"])),
    "badges": lambda row: (Descending(row["awarded_at"]), Descending(row["id"])),
    "members": lambda row: (row["name"], row["id"]),
    "members SEATS up": lambda row: (row["seats"], row["name"], row["id"]),
    "members SEATS down": lambda row: (Descending(row["seats"]), row["name"], row["id"]),
    "members LAST_SEEN up": lambda row: (*_nulls_last(row["last_seen_at"], down=False), row["name"], row["id"]),
    "members LAST_SEEN down": lambda row: (*_nulls_last(row["last_seen_at"], down=True), row["name"], row["id"]),
    "happenings down": lambda row: (*_nulls_last(_happening(row)[0], down=True), _happening(row)[1], row["id"]),
    "happenings up": lambda row: (
        _happening(row)[0] is not None,
        _happening(row)[0],
        Descending(_happening(row)[1]),
        Descending(row["id"]),
    ),
    "ranking": lambda row: (
        row["score"] is None,
        Descending(-1.0 if row["score"] is None else row["score"]),
        Descending(row["id"]),
    ),
    "named": lambda row: (row["name"], row["id"]),
}
"""The sort key of a row in each ordering."""
