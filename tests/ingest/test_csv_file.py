"""The structure of CSV files: what we read is what the standard library reads, with the right lines."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.ingest import csv_file
from backend.ingest.csv_file import CsvFile

pytestmark = pytest.mark.unit
CELLS = st.text(st.sampled_from('ab ,"\n\r\t\\;ü\u2028\x0b'), max_size=6)
UNESCAPE = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def unescaped(cell: str) -> str:
    made, at = "", 0
    while at < len(cell):
        pair = cell[at : at + 2]
        made += UNESCAPE.get(pair, cell[at])
        at += 2 if pair in UNESCAPE else 1
    return made


def read(
    content: bytes, block: int, *, wanted: list[int] | None = None
) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """Line and cells of each row, and the lines that were refused."""
    with tempfile.TemporaryDirectory() as folder, patch.object(csv_file, "BLOCK_BYTES", block):
        path = Path(folder) / "data.csv"
        path.write_bytes(content)
        rows, refused = [], []
        with CsvFile(path) as file:
            for made in file.blocks(wanted or list(range(len(file.header)))):
                for line in made.payload.decode().split("\n")[:-1]:
                    number, *cells = line.split("\t")
                    rows.append((int(number), [unescaped(cell) for cell in cells]))
                refused += [refusal.line for refusal in made.refusals]
        return rows, refused


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    block=st.integers(30, 200),
)
def test_what_was_written_is_read(rows: list[list[str]], end: str, quoting: int, block: int) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # the writer leaves a lone \r bare, which no reader can tell from a line end
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["one", "two", "three"])
    lines = []
    for row in rows:
        lines.append(written.getvalue().count("\n") + 1)
        writer.writerow(row)

    found, refused = read(written.getvalue().encode(), block)

    assert found == list(zip(lines, rows, strict=True))
    assert refused == []


@given(
    rows=st.lists(
        st.sampled_from(["a,b", "a,b,c", '"a,b', 'a"b,c', '"a""",b', "", '"x\ny",z', "\x00,b", "é,b"]), max_size=12
    ),
    block=st.integers(20, 80),
)
def test_blocks_change_nothing_and_no_line_is_lost(rows: list[str], block: int) -> None:
    content = ("one,two\n" + "".join(f"{row}\n" for row in rows)).encode()

    whole = read(content, 1 << 20)

    assert read(content, block) == whole
    begun = {line for line, _ in whole[0]} | set(whole[1])
    inside = {line + extra for line, cells in whole[0] for extra in range("".join(cells).count("\n") + 1)}
    blank = {number for number, line in enumerate(content.decode().split("\n"), 1) if line == ""}
    assert begun | inside | blank >= set(range(2, content.count(b"\n") + 2)) - blank


def test_chosen_columns_come_in_their_order() -> None:
    rows, _ = read(b'a,b,c\n1,2,3\n"4",5,6\n', 1 << 20, wanted=[2, 0])

    assert rows == [(2, ["3", "1"]), (3, ["6", "4"])]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone() -> None:
    rows, refused = read(b'a,b\n"1,2\n' + b"3,4\n" * 60_000, 1 << 20)

    assert refused == [2]
    assert len(rows) == 60_000
