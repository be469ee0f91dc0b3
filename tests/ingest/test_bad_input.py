"""Each bad row is named with line, field and reason; the good ones beside it are kept."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest

from backend.ingest.errors import UnusableFile
from tests.ingest.files import Importer

HEAD = "account,day,metric,n\n"
GOOD = "zeta,2024-03-01,logins,7\n"
KEPT = ("zeta", "2024-03-01", "logins", "2024-03-01", 7, 0)


@pytest.mark.parametrize(
    "row,field,reason",
    [
        ("acme,2024-03-01,logins,many", "amount", "is not a number: many"),
        ("acme,2024-03-01,logins,", "amount", "is empty"),
        ("acme,2024-03-01,logins,1.5", "amount", "is not a whole number, and its metric has no decimals: 1.5"),
        ("acme,2024-03-01,logins,-1", "amount", "is less than 0: -1"),
        ("acme,2024-03-01,logins,NaN", "amount", "is not a finite number: NaN"),
        ("acme,2024-03-01,logins,Infinity", "amount", "is not a finite number: Infinity"),
        ("acme,2024-03-01,revenue,nan", "amount", "is not a finite number: nan"),
        (
            "acme,2024-03-01,logins,9223372036854775808",
            "amount",
            "is more than 9007199254740991 units of its metric: 9223372036854775808",
        ),
        (
            "acme,2024-03-01,revenue,90071992547409.92",
            "amount",
            "is more than 9007199254740991 units of its metric: 90071992547409.92",
        ),
        ("acme,2024-03-01,logins,1e400", "amount", "is more than 9007199254740991 units of its metric: 1e400"),
        ("acme,0001-01-01,logins,1", "day", "lies before 1970-01-01: 0001-01-01"),
        ("acme,9999-12-31,logins,1", "day", "lies too far ahead: 9999-12-31"),
        ("acme,2024-02-30,logins,1", "day", "is not a date that can be read: 2024-02-30"),
        ("acme,today,logins,1", "day", "is not a date that can be read: today"),
        ("acme,,logins,1", "day", "is empty"),
        ("nobody,2024-03-01,logins,1", "account", "there is no account nobody; import accounts first"),
        (",2024-03-01,logins,1", "account", "is empty"),
        (
            "acme,2024-03-01,dreams,1",
            "metric",
            "the program has no metric dreams; add it to the program or map it to another",
        ),
        ("acme,2024-03-01,logins", "", "has 3 cells where the header has 4"),
        ("acme,2024-03-01,logins,1,2", "", "has 5 cells where the header has 4"),
        ("acme,2024-03-01,log\x00ins,1", "", "holds a NUL byte"),
        ('"acme"x,2024-03-01,logins,1', "", "the quotes are broken: ',' expected after '\"'"),
        ('"acme,2024-03-01,logins,1', "", "a quote opens on this line and is never closed"),
    ],
)
async def test_a_bad_row_is_named_and_its_neighbours_are_kept(
    load: Importer, row: str, field: str, reason: str
) -> None:
    summary = await load(HEAD + GOOD + row + "\n" + "zeta,2024-03-02,logins,8\n")

    assert load.rejected == [(3, field, reason)]
    assert (summary.rows_read, summary.rows_taken, summary.rows_rejected) == (3, 2, 1)
    assert await load.usage() == [KEPT, ("zeta", "2024-03-02", "logins", "2024-03-02", 8, 0)]


async def test_the_day_after_tomorrow_is_refused_and_tomorrow_is_not(load: Importer) -> None:
    today = await load.value("select waymark_today()")

    await load(HEAD + f"zeta,{today + timedelta(days=1)},logins,1\nzeta,{today + timedelta(days=2)},logins,1\n")

    assert [reject[:2] for reject in load.rejected] == [(3, "day")]


async def test_every_wrong_field_of_a_row_is_named(load: Importer) -> None:
    summary = await load(HEAD + "nobody,someday,logins,some\n")

    assert [reject[:2] for reject in load.rejected] == [(2, "account"), (2, "amount"), (2, "day")]
    assert summary.rows_rejected == 1


@pytest.mark.parametrize("quote", ['"', ""])
async def test_a_string_of_ten_mebibytes_is_refused_alone(load: Importer, quote: str) -> None:
    long = quote + "x" * (10 << 20) + quote

    await load(HEAD + GOOD + f"{long},2024-03-01,logins,1\n" + "zeta,2024-03-02,logins,8\n")

    assert [(line, field) for line, field, _ in load.rejected] == [(3, "")]
    assert "longer than" in load.rejected[0][2]
    assert [row[4] for row in await load.usage()] == [7, 8]


async def test_the_second_of_two_rows_with_one_key_is_refused_only_when_it_says_something_else(load: Importer) -> None:
    summary = await load(HEAD + GOOD + GOOD + "zeta,2024-03-01,logins,9\n")

    assert load.rejected == [(4, "metric", "line 2 has the same account, day, metric with other values")]
    assert (summary.rows_taken, summary.rows_unchanged, summary.rows_rejected) == (1, 1, 1)
    assert await load.usage() == [KEPT]


async def test_a_refused_row_does_not_stand_for_its_key(load: Importer) -> None:
    await load(HEAD + "zeta,2024-03-01,logins,-7\n" + GOOD)

    assert [reject[:2] for reject in load.rejected] == [(2, "amount")]
    assert await load.usage() == [KEPT]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + (HEAD + GOOD).encode(),
        (HEAD + GOOD).replace("\n", "\r\n").encode(),
        (HEAD + GOOD).rstrip("\n").encode(),
        b'"account","day","metric","n"\n"zeta","2024-03-01","logins","7"\n',
        b" account , day ,metric,n\n zeta , 2024-03-01 ,logins, 7 \n",
        (HEAD + "\n\n" + GOOD + "\n").encode(),
        b"note,account,day,metric,n\n,zeta,2024-03-01,logins,7\n",
        b'note,account,day,metric,n\n"two\nlines, one ""cell""",zeta,2024-03-01,logins,7\n',
    ],
    ids=["byte order mark", "Windows lines", "no last line end", "quotes", "blanks", "empty lines", "extra", "newline"],
)
async def test_forms_of_the_same_file_are_read_alike(load: Importer, content: bytes) -> None:
    await load(content)

    assert load.rejected == []
    assert await load.usage() == [KEPT]


async def test_extra_columns_are_told_and_ignored(load: Importer) -> None:
    summary = await load("colour,account,day,metric,n,size\nred,zeta,2024-03-01,logins,7,1\n")

    assert summary.ignored_columns == ("colour", "size")


async def test_bytes_that_are_not_utf_8_refuse_their_rows(load: Importer) -> None:
    await load((HEAD + GOOD).encode() + "zürich,2024-03-01,logins,1\n".encode("latin-1"))

    assert load.rejected == [
        (3, "", "is not UTF-8 (byte 0xfc); save the file as UTF-8 or write its `encoding` in the mapping")
    ]
    assert await load.usage() == [KEPT]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "cp1252"])
async def test_a_named_encoding_is_read(load: Importer, encoding: str) -> None:
    await load((HEAD + GOOD + "zürich,2024-03-01,logins,1\n").encode(encoding), encoding=encoding)

    assert load.rejected == [(3, "account", "there is no account zürich; import accounts first")]
    assert await load.usage() == [KEPT]


@pytest.mark.parametrize(
    "content,told",
    [
        (b"", "is empty; a file begins with a line that names its columns."),
        ((HEAD + GOOD).encode("utf-16"), "is UTF-16. Save it as UTF-8, or write `encoding: utf-16` in the mapping."),
        (
            b"account,day,n\nzeta,2024-03-01,7\n",
            "lacks the column metric. It has: account, day, n.",
        ),
        (
            b"account;day;metric;n\n",
            "lacks the columns account, day, metric, n. It has: account;day;metric;n. The header looks separated by "
            "';': set `delimiter` in the mapping.",
        ),
        (b"account,day,metric,n,n\n", "has more than one column n; rename all but one."),
        (b"acc\x00ount,day\n", "the header holds NUL bytes."),
        ("zähler,day\n".encode("latin-1"), "the header is not UTF-8."),
    ],
    ids=["empty", "UTF-16", "a column missing", "semicolons", "a column twice", "NUL", "latin-1"],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(load: Importer, content: bytes, told: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        await load(content)

    assert told in str(refused.value)
    assert await load.usage() == []
    assert await load.value("select count(*) from imports") == 0


async def test_a_header_alone_is_a_file_without_rows(load: Importer) -> None:
    summary = await load(HEAD)

    assert (summary.rows_read, summary.rows_taken, summary.rows_rejected) == (0, 0, 0)
    assert await load.rows("select state, rows_read from imports") == [("FINISHED", 0)]


async def test_a_gzip_file_that_is_cut_off_stores_nothing(load: Importer) -> None:
    whole = gzip.compress(
        (HEAD + GOOD * 1).encode()
        + b"".join(f"zeta,2024-03-01,logins{number},7\n".encode() for number in range(200_000))
    )

    with pytest.raises(UnusableFile, match="cannot be read to its end"):
        await load(whole[: len(whole) // 2], name="data.csv.gz")

    assert await load.usage() == []
    assert [row.state for row in await load.rows("select state from imports")] == ["FAILED"]


async def test_of_many_rejects_the_table_keeps_ten_thousand_and_the_file_all(load: Importer) -> None:
    summary = await load(HEAD + "nobody,2024-03-01,logins,1\n" * 6_000 + "x\n" * 6_000 + GOOD)

    assert summary.rows_rejected == 12_000
    assert await load.value("select count(*) from import_rejects") == 10_000
    lines = (load.folder / "rejects.csv").read_text().splitlines()
    assert len(lines) == 12_001
    assert lines[0] == "file,line,field,reason,row"
    assert lines[1] == (
        'data.csv,2,account,there is no account nobody; import accounts first,"nobody,2024-03-01,logins,1"'
    )
    assert lines[-1] == "data.csv,12001,,has 1 cells where the header has 4,x"
    assert await load.usage() == [KEPT]
