"""The structure of a CSV file: encoding, lines, quotes, columns. What a cell means is not decided here.

A file is read in blocks of whole lines, each turned into rows for PostgreSQL's COPY (text format) with the number of
the line on which the row begins. A block without quotes and without anything odd is converted as a whole; any
other block goes line by line. Memory is bounded by a block and the longest record, whatever the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO

from backend.ingest.errors import UnusableFile

BLOCK_BYTES = 1 << 20
LONGEST_RECORD = 1 << 20
"""Characters. A record that is longer is refused; so is all that a quote swallows which is never closed."""
MOST_COLUMNS = 5_000
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that could not even be split into its columns, or holds what no database stores."""

    line: int
    field: str
    reason: str
    cells: Sequence[str]


@dataclass
class Block:
    """Rows ready for COPY and the lines that were refused beside them."""

    payload: bytes
    rows: int
    refusals: list[Refusal] = field(default_factory=list)


class CsvFile:
    """An open CSV file, positioned behind its header. Use it as a context manager."""

    def __init__(self, path: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> None:
        self.path = path
        self.encoding = encoding
        self.delimiter = delimiter
        self.header: tuple[str, ...] = ()
        self._raw: IO[bytes] | None = None
        self._text: Iterator[str] = iter(())
        self._line = 1

    def __enter__(self) -> CsvFile:
        try:
            self._raw = self.path.open("rb")
        except OSError as error:
            raise UnusableFile(f"{self.path}: {error.strerror}.") from error
        try:
            self._text = self._decoded(self._raw)
            self._read_header()
        except BaseException:
            self._raw.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._raw:
            self._raw.close()

    @property
    def size(self) -> int:
        """Bytes of the file as it lies on disk."""
        return self.path.stat().st_size

    @property
    def position(self) -> int:
        """Bytes read so far, of the file as it lies on disk."""
        return self._raw.tell() if self._raw and not self._raw.closed else self.size

    def blocks(self, wanted: Sequence[int]) -> Iterator[Block]:
        """The rows as blocks, with the columns at the positions `wanted`. Raises UnusableFile for broken gzip."""
        reader = _Rows(self.delimiter, len(self.header), wanted)
        for text in self._text:
            block = reader.block(text, self._line, last=False)
            self._line += text.count("\n")
            yield block
        yield reader.block("", self._line, last=True)

    def _decoded(self, raw: IO[bytes]) -> Iterator[str]:
        """The text in pieces that end at a line end; only the last may lack one."""
        stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
        decoder = codecs.getincrementaldecoder(self.encoding)(
            "surrogateescape" if codecs.lookup(self.encoding).name == "utf-8" else "strict"
        )
        parts: list[str] = []
        held, skipping, first = 0, False, True
        while True:
            try:
                data = stream.read(BLOCK_BYTES)
                if first and data.startswith(UTF_16_MARKS) and "16" not in self.encoding:
                    raise UnusableFile(
                        f"{self.path}: is UTF-16. Save it as UTF-8, or write `encoding: utf-16` in the mapping."
                    )
                text = decoder.decode(data, final=not data)
            except (OSError, EOFError, zlib.error) as error:
                raise UnusableFile(f"{self.path}: cannot be read to its end: {error}.") from error
            except UnicodeDecodeError as error:
                raise UnusableFile(
                    f"{self.path}: is not {self.encoding}: {error.reason} near byte {error.start} of a block. "
                    "Correct `encoding` in the mapping."
                ) from error
            if first:
                text = text.removeprefix("\ufeff")
                first = False
            cut = text.rfind("\n") + 1
            if cut:
                whole = "".join((*parts, text[:cut])) if not skipping else "\x00" + text[text.find("\n") : cut]
                parts, held, skipping = [], 0, False
                yield whole
            rest = text[cut:]
            if rest and not skipping:
                parts.append(rest)
                held += len(rest)
                if held > 2 * LONGEST_RECORD:  # nothing bounds a line but this
                    parts, held, skipping = [], 0, True
            if not data:
                if skipping:
                    yield "\x00\n"
                elif parts:
                    yield "".join(parts) + "\n"
                return

    def _read_header(self) -> None:
        first = next(self._text, "")
        reader = csv.reader(io.StringIO(first, newline="\n"), delimiter=self.delimiter)
        try:
            names = next(reader, None)
        except csv.Error as error:
            raise UnusableFile(f"{self.path}:1: the header cannot be read: {error}.") from error
        if not names:
            raise UnusableFile(f"{self.path}: is empty; a file begins with a line that names its columns.")
        if "\x00" in "".join(names):
            raise UnusableFile(
                f"{self.path}:1: the header holds NUL bytes. Save the file as UTF-8, or write its `encoding` "
                "(for example utf-16-le) in the mapping."
            )
        if any("\udc80" <= letter <= "\udcff" for letter in "".join(names)):
            raise UnusableFile(
                f"{self.path}:1: the header is not UTF-8. Save the file as UTF-8, or write its `encoding` "
                "(for example latin-1) in the mapping."
            )
        if len(names) > MOST_COLUMNS:
            raise UnusableFile(f"{self.path}:1: has {len(names):,} columns; {MOST_COLUMNS:,} are the most.")
        self.header = tuple(name.strip() for name in names)
        consumed = "".join(islice(io.StringIO(first, newline="\n"), reader.line_num))
        self._line = 1 + consumed.count("\n")
        self._text = chain([first[len(consumed) :]], self._text)

    def missing(self, needed: Sequence[str]) -> None:
        """Refuse the file when it lacks columns or has a needed one twice. Raises UnusableFile naming them."""
        absent = [name for name in needed if name not in self.header]
        if absent:
            other = next((mark for mark in ";\t|" if len(self.header) == 1 and mark in self.header[0]), None)
            hint = f" The header looks separated by {other!r}: set `delimiter` in the mapping." if other else ""
            raise UnusableFile(
                f"{self.path}:1: lacks the {'column' if len(absent) == 1 else 'columns'} {', '.join(absent)}. "
                f"It has: {', '.join(self.header)}.{hint}"
            )
        twice = [name for name in needed if self.header.count(name) > 1]
        if twice:
            raise UnusableFile(f"{self.path}:1: has more than one column {', '.join(twice)}; rename all but one.")


class _Rows:
    """Turns text into COPY rows; remembers a record that the end of a block cut in two."""

    def __init__(self, delimiter: str, columns: int, wanted: Sequence[int]) -> None:
        self._delimiter = delimiter
        self._columns = columns
        self._wanted = tuple(wanted)
        self._all = self._wanted == tuple(range(columns))
        self._held: list[str] = []
        self._held_line = 0

    def block(self, text: str, line: int, *, last: bool) -> Block:
        """Rows of the text, which ends at a line end; `line` is the number of its first line."""
        if not self._held and (payload := self._plain(text, line)) is not None:
            return payload
        lines = _split(text)
        if self._held:
            lines, line = self._held + lines, self._held_line
            self._held = []
        return self._careful(lines, line, last=last)

    def _plain(self, text: str, line: int) -> Block | None:
        """The whole text at once, if it has nothing that needs a look at each line."""
        if not text:
            return Block(b"", 0)
        if '"' in text or "\x00" in text:
            return None
        if "\r" in text:
            text = text.replace("\r\n", "\n")
            if "\r" in text:
                return None
        separators = self._columns - 1
        if separators == 0 or not self._all:
            return None
        delimiter = self._delimiter
        if delimiter != "\t" and "\t" in text:
            return None
        if "\\" in text:
            text = text.replace("\\", "\\\\")
        lines = text.split("\n")
        lines.pop()
        if any([row.count(delimiter) != separators for row in lines]):  # noqa: C419 - a list is twice as fast here
            return None
        rows = "\n".join([f"{number}{delimiter}{row}" for number, row in enumerate(lines, line)])
        if delimiter != "\t":
            rows = rows.replace(delimiter, "\t")
        try:
            return Block(f"{rows}\n".encode(), len(lines))
        except UnicodeEncodeError:  # bytes that are not UTF-8: name the lines
            return None

    def _careful(self, lines: list[str], line: int, *, last: bool) -> Block:
        made: list[str] = []
        refusals: list[Refusal] = []
        at = 0
        while at < len(lines):
            number = line + at
            text = lines[at]
            if '"' not in text:
                cells, took = text.rstrip("\r\n").split(self._delimiter), 1
            else:
                found = self._quoted(lines, at, last=last)
                if found is None:
                    self._held, self._held_line = lines[at:], number
                    break
                if isinstance(found, str):
                    refusals.append(Refusal(number, "", found, [text.rstrip("\r\n")]))
                    at += 1
                    continue
                cells, took = found
            at += took
            if cells == [""]:
                continue
            if refusal := self._refused(cells, number):
                refusals.append(refusal)
            else:
                picked = [cells[place].translate(ESCAPES) for place in self._wanted]
                made.append(f"{number}\t" + "\t".join(picked) + "\n")
        return Block("".join(made).encode(), len(made), refusals)

    def _quoted(self, lines: list[str], at: int, *, last: bool) -> tuple[list[str], int] | str | None:
        """The cells of a record and the lines it takes; a reason when it is broken; None when it needs more lines."""
        reader = csv.reader(islice(lines, at, None), delimiter=self._delimiter, strict=True)
        try:
            return next(reader), reader.line_num
        except csv.Error as error:
            took = reader.line_num
            if "unexpected end" in str(error):
                if not last and sum(map(len, lines[at:])) < LONGEST_RECORD:
                    return None
                return "a quote opens on this line and is never closed"
            if "field larger" in str(error):
                return (
                    "a cell is longer than 131,072 characters"
                    if took == 1
                    else "a quote opens on this line and is not closed within 131,072 characters"
                )
            return f"the quotes are broken: {error}"

    def _refused(self, cells: list[str], number: int) -> Refusal | None:
        if cells[0].startswith("\x00") and len(cells) == 1:
            return Refusal(number, "", f"the line is longer than {2 * LONGEST_RECORD:,} characters", [])
        if len(cells) != self._columns:
            reason = f"has {len(cells)} cells where the header has {self._columns}"
            return Refusal(number, "", reason, cells)
        joined = "".join(cells)
        if len(joined) > LONGEST_RECORD:
            return Refusal(number, "", f"the row is longer than {LONGEST_RECORD:,} characters", cells)
        if "\x00" in joined:
            return Refusal(number, "", "holds a NUL byte", cells)
        try:
            joined.encode()
        except UnicodeEncodeError as error:
            byte = ord(joined[error.start]) - 0xDC00
            reason = f"is not UTF-8 (byte 0x{byte:02x}); save the file as UTF-8 or write its `encoding` in the mapping"
            return Refusal(number, "", reason, cells)
        return None


def _split(text: str) -> list[str]:
    """Lines at line feeds alone: a lone carriage return is part of a cell."""
    return [f"{line}\n" for line in text.split("\n")[:-1]]
