"""Reading a folder of program files: bounded, UTF-8, nothing but the files that the program knows."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from backend.errors import InvalidInput
from backend.program.errors import ProgramInvalid
from backend.program.section import nearest

MAX_BYTES = 1 << 20
MAX_ENTRIES = 1_000


def read_folder(folder: Path, expected: Collection[str]) -> dict[str, str]:
    """The text of every program file of a folder, by name. Hidden files and *.md are passed over.

    Raises InvalidInput when the folder cannot be read, ProgramInvalid with all its problems at once otherwise.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise InvalidInput(f"{folder}: {error.strerror}. Name a folder of program files.") from error
    if len(names) > MAX_ENTRIES:
        raise InvalidInput(f"{folder} holds more than {MAX_ENTRIES:,} files. Name a folder of program files.")
    problems: list[str] = []
    texts: dict[str, str] = {}
    for name in names:
        if name.startswith(".") or name.endswith(".md"):
            continue
        if name not in expected:
            problems.append(f"{name}:1: is no program file. {nearest(name, expected)}")
            continue
        try:
            texts[name] = _read(folder, name)
        except ValueError as error:
            problems.append(f"{name}:{error}")
    missing = sorted(set(expected) - set(names))
    problems += [
        f"{name}:1: is missing from {folder}. Copy it from the default program and adapt it." for name in missing
    ]
    if problems:
        raise ProgramInvalid(problems)
    return texts


def _read(folder: Path, name: str) -> str:
    """The text of one file. Raises ValueError with `line: what is wrong`."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("1: is a link that leads out of the folder. Put the file itself there.")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ValueError("1: is not a regular file. Put a file there.")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"1: cannot be read ({error.strerror}). Make it a readable file.") from error
    if len(content) > MAX_BYTES:
        raise ValueError(f"1: is larger than {MAX_BYTES:,} bytes. A program file holds words and numbers, no data.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{line}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write program files into a folder that does not exist or is empty. Raises InvalidInput otherwise."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InvalidInput(f"{folder} is not empty. Name a new folder, so that no file of yours is overwritten.")
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise InvalidInput(f"{folder}: {error.strerror}. Name a folder that can be written.") from error
