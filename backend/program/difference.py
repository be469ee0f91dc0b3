"""What changes between two sets of program files, told per object: `~ leaf daily_active_rate: weight 25 → 20`.

Works on plain values, not on the grammar, so that files of an older grammar can still be compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.program.document import read

SINGULAR = {"leaves": "leaf"}
LONGEST = 80


@dataclass(frozen=True)
class Change:
    """One changed object or setting of a file."""

    file: str
    sign: str
    """`+` new, `-` gone, `~` changed."""
    what: str
    """The object, for example `tier business`."""
    details: tuple[str, ...] = ()
    """What changed in it: `monthly_price.amount 99 → 109`."""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}" + (f": {', '.join(self.details)}" if self.details else "")


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """All changes, file by file, in the order of the files after."""
    changes: list[Change] = []
    for file in [*after, *(name for name in before if name not in after)]:
        old = read(before[file]).value if file in before else None
        new = read(after[file]).value if file in after else None
        if file not in before or file not in after:
            changes.append(Change(file, "+" if file in after else "-", "file"))
        changes += _file(file, _object(old), _object(new))
    return changes


def told(changes: list[Change]) -> str:
    """The changes as text, a heading a file."""
    lines: list[str] = []
    for file in dict.fromkeys(change.file for change in changes):
        lines.append(file)
        lines += [f"  {change}" for change in changes if change.file == file]
    return "\n".join(lines)


def _file(file: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for field in [*new, *(name for name in old if name not in new)]:
        before, after = _members(old.get(field)), _members(new.get(field))
        if before is not None and after is not None and (before or after):
            yield from _collection(file, SINGULAR.get(field, field.removesuffix("s")), before, after)
        elif field not in new:
            yield Change(file, "-", field)
        else:
            sign = "~" if field in old else "+"
            details = _details({field: old[field]} if field in old else {}, {field: new[field]})
            yield from (Change(file, sign, detail) for detail in details)


def _collection(file: str, noun: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key, value in new.items():
        if key not in old:
            yield Change(file, "+", f"{noun} {key}")
        elif details := tuple(_details(old[key], value)):
            yield Change(file, "~", f"{noun} {key}", details)
    yield from (Change(file, "-", f"{noun} {key}") for key in old if key not in new)
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        yield Change(file, "~", f"order of {noun}", (", ".join(new),))


def _members(value: Any) -> dict[str, Any] | None:
    """Objects by key, where a value is empty, a mapping of objects or a list of objects with a `key`; else None."""
    if value is None or value in ({}, []):
        return {}
    if isinstance(value, dict) and all(isinstance(member, dict) for member in value.values()):
        return value
    if isinstance(value, list) and all(isinstance(m, dict) and isinstance(m.get("key"), str) for m in value):
        return {member["key"]: {name: part for name, part in member.items() if name != "key"} for member in value}
    return None


def _details(old: Any, new: Any) -> Iterator[str]:
    before, after = _flat(old), _flat(new)
    for path in [*after, *(path for path in before if path not in after)]:
        was, now = before.get(path), after.get(path)
        if was == now and isinstance(was, bool) == isinstance(now, bool):
            continue
        if isinstance(was, list) and isinstance(now, list):
            yield _lists(path, was, now)
        elif path not in before or was is None:
            yield f"{path} {_shown(now)}"
        elif path not in after or now is None:
            yield f"{path} {_shown(was)} → none"
        else:
            yield f"{path} {_shown(was)} → {_shown(now)}"


def _lists(path: str, was: list[Any], now: list[Any]) -> str:
    added = [f"+{_shown(value)}" for value in now if value not in was]
    gone = [f"-{_shown(value)}" for value in was if value not in now]
    return f"{path} {' '.join([*added, *gone])}" if added or gone else f"{path} {_shown(was)} → {_shown(now)}"


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Scalars and lists of scalars by dotted path."""
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        value = _members(value) or {f"[{place}]": part for place, part in enumerate(value)}
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for name, part in value.items():
        found |= _flat(part, f"{path}{name}" if name.startswith("[") else f"{path}.{name}".removeprefix("."))
    return found


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
