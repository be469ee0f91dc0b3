"""Drafting a change of the health model as files: the running ones with other numbers in place, and nothing else.

A number is replaced where it stands, so that comments, order and layout stay. What cannot be said so is refused: the
files that come out have to mean exactly the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

from backend.errors import Conflict
from backend.health.definition import WHOLE
from backend.health.program import FILE, Health
from backend.health.tuning import Change
from backend.program.assemble import parse
from backend.program.difference import difference, told
from backend.program.errors import ProgramInvalid


def draft(files: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """The program files that differ, by name, with a change that `tuning.changed` has found well-formed.

    Raises Conflict where a number of the files cannot be replaced in place, as one that stands behind an alias.
    """
    wanted = {(change.leaf, name): value for change in changes for name, value in _numbers(change)}
    text = files[FILE]
    before = parse(files).section(Health)
    places = {
        (key, name): node
        for key, leaf in _pairs(_entry(YAML(typ="safe", pure=True).compose(text), "leaves"))
        for name, node in _pairs(leaf)
    }
    for place in sorted(wanted, key=lambda place: -places[place].start_mark.index):
        node = places[place]
        if Decimal(node.value) != Decimal(wanted[place]):
            text = text[: node.start_mark.index] + wanted[place] + text[node.end_mark.index :]
    made = {**files, FILE: text}
    expected = before.model_copy(
        update={
            "leaves": {
                key: leaf.model_copy(
                    update={
                        name: (Decimal if name == "weight" else float)(value)
                        for (of, name), value in wanted.items()
                        if of == key
                    }
                )
                for key, leaf in before.leaves.items()
            }
        }
    )
    try:
        says_so = parse(made).section(Health) == expected
    except ProgramInvalid:  # an anchor went with its number
        says_so = False
    if not says_so:
        raise Conflict(f"{FILE} shares these numbers by an alias, so that they cannot change alone. Edit it by hand.")
    return {name: text for name, text in made.items() if text != files[name]}


def spelled(files: Mapping[str, str], drafted: Mapping[str, str]) -> str:
    """The difference in words, as `waymark program plan` tells it; empty where there is none."""
    return told(difference(files, {**files, **drafted}))


def _numbers(change: Change) -> Iterator[tuple[str, str]]:
    if change.weight is not None:
        yield "weight", _plain(Decimal(round(change.weight * WHOLE)) * 100 / WHOLE)
    for name, value in (("poor", change.poor), ("healthy", change.healthy)):
        if value is not None:
            yield name, _plain(Decimal(repr(value)))


def _plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no idle zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _entry(node: Any, key: str) -> Any:
    return next(value for name, value in _pairs(node) if name == key)


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key.value, value
