"""What each mutation is tried with: by whom it is allowed, and where it is refused.

A new mutation gets its row here; `test_cases.py` runs all of them and fails for one that has none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.graphql.world import World, public

UNKNOWN = "0" * 32
STAFF_ALONE = ("EXECUTIVE", "acme", "acme viewer", "acme key")
Input = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mutation."""

    selection: str
    """What is selected of the payload, beside userErrors."""
    allowed: str = "CSM"
    """Who may do it; a word of `World.credential`."""
    forbidden: tuple[str, ...]
    """Who lack its permission."""
    input: Callable[[World], Awaitable[Input]]
    """What the allowed one sends. It may make what it needs, through the API, before."""
    wrong: Callable[[World, Input], Input] | None = None
    """The same for something of another account, or for something that nobody may see."""
    wrong_as: str = ""
    """Who tries that; the allowed one by default."""
    never_wrong: str = ""
    """Why there is no wrong account."""


def staff_only(selection: str, given: Callable[[World], Awaitable[Input]], **more: Any) -> Case:
    """A mutation on an account that CSMs may do, executives may not, and members not even for their own account."""

    def wrong(world: World, sent: Input) -> Input:
        return {**sent, "accountId": f"acct_{UNKNOWN}"}

    return Case(**{"selection": selection, "forbidden": STAFF_ALONE, "input": given, "wrong": wrong, **more})


async def _touchpoint(world: World) -> Input:
    return {
        "accountId": public("acct", world.acme.account),
        "kind": "CALL",
        "summary": "They like the new report.",
        "personId": public("prsn", world.acme.persons[0]),
    }


CASES: dict[str, Case] = {
    "logTouchpoint": staff_only("touchpoint { id summary person { email } loggedBy { displayName } }", _touchpoint),
}


def document(name: str, selection: str) -> str:
    """The mutation with one variable for its input."""
    kind = name[0].upper() + name[1:] + "Input"
    return (
        f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    )
