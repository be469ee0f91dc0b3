"""Every kind of file refuses each field that cannot be, by line, field and reason, and stores nothing of such rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from backend.commands.imports import KINDS
from backend.ingest import imports
from backend.ingest.errors import UnusableFile
from backend.ingest.fields import Field, Type
from backend.tables import metadata
from tests.ingest.files import Importer
from tests.ingest.test_kinds import with_tiers

UNTOUCHED = ("imports", "import_rejects", "sources")
"""Tables that say what was tried; all others hold facts."""


@dataclass(frozen=True)
class Form:
    """A good row of a kind: field → cell, where `{n}` tells rows apart."""

    row: dict[str, str]
    other: str
    """A field that the second of two rows with one key says otherwise, and how."""
    otherwise: str

    def cells(self, number: int, **changed: str) -> dict[str, str]:
        return {name: cell.format(n=number) for name, cell in self.row.items()} | changed


FORMS = {
    "accounts": Form(
        {
            "external_id": "n{n}",
            "name": "N",
            "parent": "acme",
            "tier": "small",
            "industry": "i",
            "use_case": "u",
            "customer_since": "2024-03-0{n}",
            "success_manager": "",
            "churn_reason": "c",
        },
        "name",
        "Another",
    ),
    "members": Form(
        {
            "account": "zeta",
            "external_id": "u{n}",
            "email": "u{n}@example.com",
            "name": "N",
            "role": "admin",
            "state": "active",
            "title": "t",
            "is_champion": "yes",
            "joined_on": "2024-03-0{n}",
            "left_on": "",
        },
        "title",
        "another",
    ),
    "subscriptions": Form(
        {
            "account": "zeta",
            "external_id": "s{n}",
            "plan": "s_month",
            "starts_on": "2024-03-0{n}",
            "ends_on": "2025-03-01",
            "mrr": "19.50",
            "price": "",
            "quantity": "2",
            "currency": "EUR",
            "is_add_on": "no",
            "status": "active",
            "seats": "5",
            "limit_metric": "logins",
            "limit_quantity": "100",
            "bill_period_months": "1",
            "contract": "c",
            "product": "p",
            "renews_on": "2025-03-01",
            "auto_renews": "yes",
        },
        "seats",
        "6",
    ),
    "invoices": Form(
        {
            "account": "zeta",
            "external_id": "i{n}",
            "amount": "19.50",
            "currency": "EUR",
            "issued_on": "2024-03-0{n}",
            "due_on": "2024-03-20",
            "settled_on": "2024-03-15",
            "settled_as": "paid",
        },
        "amount",
        "20",
    ),
    "tickets": Form(
        {
            "account": "zeta",
            "external_id": "t{n}",
            "opened_at": "2024-03-0{n} 10:00",
            "answered_at": "2024-03-10 11:00",
            "resolved_at": "2024-03-11 11:00",
            "sentiment": "0.5",
            "rating": "4",
            "rating_scale": "5",
        },
        "sentiment",
        "-0.5",
    ),
    "events": Form(
        {
            "account": "zeta",
            "name": "looked",
            "occurred_at": "2024-03-0{n} 10:00",
            "message_id": "m{n}",
            "person": "u{n}",
            "email": "u{n}@example.com",
        },
        "name",
        "left",
    ),
    "usage": Form(
        {"account": "zeta", "metric": "logins", "day": "2024-03-0{n}", "amount": "7", "users": "3"}, "amount", "8"
    ),
}
NUMBERS = {Type.WHOLE, Type.AMOUNT, Type.DECIMAL, Type.MONEY}


def wrong(field: Field) -> Iterator[tuple[str, str]]:
    """Cells that a field refuses, each with what is said of it (without what is repeated of the cell)."""
    if field.required and not field.otherwise:
        yield "", "is empty"
    match field.type:
        case Type.TEXT:
            yield "x" * (field.longest + 1), f"is longer than {field.longest} characters: "
        case Type.ACCOUNT:
            yield "nobody", "there is no account nobody; import accounts first"
        case Type.METRIC:
            yield "dreams", "the program has no metric dreams; "
        case Type.TIER:
            yield "gold", "the program has no tier gold; "
        case Type.TRUTH:
            yield "perhaps", "is neither yes nor no: perhaps"
        case Type.CHOICE:
            yield "KING", f"is none of {', '.join(field.choices)}: KING"
        case Type.EMAIL:
            yield "nobody", "is not an e-mail address: nobody"
        case Type.CURRENCY:
            yield "money", "is not a currency code such as USD: money"
        case Type.DAY | Type.MOMENT:
            time = "" if field.type is Type.DAY else " 10:00"
            word = "date" if field.type is Type.DAY else "time"
            yield "someday", f"is not a {word} that can be read: someday"
            yield f"2024-02-30{time}", f"is not a {word} that can be read: 2024-02-30"
            yield f"0001-01-01{time}", "lies before 1970-01-01: 0001-01-01"
            yield f"9999-12-31{time}", "lies too far ahead: 9999-12-31"
    if field.type in NUMBERS:
        yield "many", "is not a number: many"
        for text in ("NaN", "Infinity", "-infinity"):
            yield text, f"is not a finite number: {text}"
        yield "1e400", "is more than "
        yield "-1e400", "is less than "


def written(rows: list[dict[str, str]]) -> str:
    return "".join(",".join(cells) + "\n" for cells in ([*rows[0]], *(row.values() for row in rows)))


async def state(load: Importer) -> dict[str, Any]:
    """All facts that are stored, table by table, as one number each."""
    return {
        table: await load.value(
            f"select count(*) || coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {table} t"
        )
        for table in metadata.tables
        if table not in UNTOUCHED
    }


@pytest.fixture(params=FORMS)
async def kind(request: pytest.FixtureRequest, load: Importer) -> str:
    await with_tiers(load)
    return str(request.param)


async def put(load: Importer, kind: str, content: str | bytes, **mapping: Any) -> Any:
    return await load(content, kind, {name: name for name in FORMS[kind].row}, **mapping)


def test_every_kind_and_every_field_of_it_is_tried() -> None:
    assert {name: {field.name for field in kind.fields} for name, kind in KINDS.items()} == {
        name: set(form.row) for name, form in FORMS.items()
    }


async def test_every_wrong_cell_is_named_and_its_row_leaves_nothing(load: Importer, kind: str) -> None:
    form = FORMS[kind]
    tried = [(field.name, *each) for field in KINDS[kind].fields for each in wrong(field)]
    bad = [form.cells(1, **{name: cell}) for name, cell, _ in tried]
    before = await state(load)

    alone = await put(load, kind, written(bad))
    after_bad = await state(load)
    named = list(load.rejected)
    beside = await put(load, kind, written([form.cells(1), *bad, form.cells(2)]))
    after_both = await state(load)
    again = await put(load, kind, written([form.cells(1), form.cells(2)]))

    assert len(tried) >= 10
    for line, (name, cell, reason) in enumerate(tried, 2):
        said = [why for at, field, why in named if (at, field) == (line, name)]
        assert len(said) == 1, (line, name, cell[:60])
        assert said[0].startswith(reason), (name, cell[:60], said)
    assert (alone.rows_taken, alone.rows_rejected) == (0, len(tried))
    assert after_bad == before
    assert (beside.rows_taken, beside.rows_rejected) == (2, len(tried))
    assert after_both != before
    assert (again.rows_unchanged, again.rows_rejected) == (2, 0)


async def test_rows_that_are_no_rows_are_named_and_leave_nothing(load: Importer, kind: str) -> None:
    first, last = (written([FORMS[kind].cells(number)]).split("\n")[1] for number in (1, 2))
    head = ",".join(FORMS[kind].row)
    cells = len(FORMS[kind].row)
    bad = [
        (f"{first},x", f"has {cells + 1} cells where the header has {cells}"),
        (first.rpartition(",")[0], f"has {cells - 1} cells where the header has {cells}"),
        (first[:3] + "\x00" + first[3:], "holds a NUL byte"),
        (first + "x" * (10 << 20), "the line is longer than "),
        ("\udcfc" + first, "is not UTF-8 (byte 0xfc); "),
    ]
    content = "\n".join([head, first, *(row for row, _ in bad), last, ""]).encode("utf-8", "surrogateescape")

    summary = await put(load, kind, content)

    assert [
        (line, field, said[: len(reason)]) for (line, field, said), (_, reason) in zip(load.rejected, bad, strict=True)
    ] == [(line, "", reason) for line, (_, reason) in enumerate(bad, 3)]
    assert (summary.rows_taken, summary.rows_rejected) == (2, len(bad))


async def test_the_second_row_of_a_key_with_another_body_is_refused(load: Importer, kind: str) -> None:
    form = FORMS[kind]

    summary = await put(
        load, kind, written([form.cells(1), form.cells(1), form.cells(1, **{form.other: form.otherwise})])
    )

    key = KINDS[kind].key
    assert load.rejected == [(4, key[-1], f"line 2 has the same {', '.join(key)} with other values")]
    assert (summary.rows_taken, summary.rows_unchanged, summary.rows_rejected) == (1, 1, 1)


async def test_forms_of_one_file_are_read_alike_and_unusable_files_leave_nothing(load: Importer, kind: str) -> None:
    rows = [FORMS[kind].cells(1), FORMS[kind].cells(2)]
    plain = written(rows)
    alike: list[tuple[bytes, dict[str, Any]]] = [
        (b"\xef\xbb\xbf" + plain.encode(), {}),
        (plain.replace("\n", "\r\n").encode(), {}),
        (plain.encode("utf-16"), {"encoding": "utf-16"}),
        (written([{"more": "x"} | row for row in rows]).encode(), {}),
    ]
    unusable = [
        (b"", "is empty"),
        (plain.encode("utf-16"), "is UTF-16"),
        (written([dict(list(row.items())[1:]) for row in rows]).encode(), f"lacks the column {next(iter(rows[0]))}"),
    ]
    before = await state(load)

    for content, told in unusable:
        with pytest.raises(UnusableFile, match=told):
            await put(load, kind, content)
    after_unusable = await state(load)
    first = await put(load, kind, plain)
    after_first = await state(load)
    for content, mapping in alike:
        same = await put(load, kind, content, **mapping)
        assert (same.rows_taken, same.rows_unchanged, same.rows_rejected) == (0, 2, 0), content[:40]

    assert after_unusable == before
    assert (first.rows_taken, first.rows_rejected) == (2, 0)
    assert await state(load) == after_first


async def test_an_interrupted_import_leaves_nothing(load: Importer, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop(*_: Any) -> None:
        raise RuntimeError("pulled the plug")

    content = written([FORMS[kind].cells(1), FORMS[kind].cells(2)])
    before = await state(load)

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_finish", stop)  # everything is stored by then, and nothing is committed
        with pytest.raises(RuntimeError):
            await put(load, kind, content)
    after = await state(load)
    states = await load.rows("select state, error from imports")
    summary = await put(load, kind, content)

    assert after == before
    assert [tuple(row) for row in states] == [("FAILED", "pulled the plug")]
    assert (summary.rows_taken, summary.rows_rejected) == (2, 0)
