"""Reading the mapping file of an import."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from backend.ingest.errors import UnusableMapping
from backend.ingest.mapping import Mapping
from backend.program.document import Path as Place
from backend.program.document import read


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises UnusableMapping naming file, line and field of everything that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UnusableMapping(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableMapping(f"{path}: is not UTF-8; save it as UTF-8.") from error
    document = read(text)
    if document.flaws:
        raise UnusableMapping(
            "\n".join(f"{path}:{flaw.line}: {_field(flaw.path)}{flaw.message}" for flaw in document.flaws)
        )
    try:
        return Mapping.model_validate(document.value)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            line, found = document.place(fault["loc"])
            missing = fault["type"] == "missing"
            place = (*found, fault["loc"][-1]) if missing else found
            lines.append(f"{path}:{line}: {_field(place)}{fault['msg'].removeprefix('Value error, ')}.")
        raise UnusableMapping("\n".join(dict.fromkeys(lines))) from error


def _field(place: Place) -> str:
    return ".".join(map(str, place)) + ": " if place else ""
