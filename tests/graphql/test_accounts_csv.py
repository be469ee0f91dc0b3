"""The list of accounts as a file."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import asyncpg
import httpx
import pytest

from backend.accounts import views
from backend.db.engine import Database
from backend.graphql.http import accounts_csv
from tests.factories import make_account
from tests.graphql.world import World

PATH = "/export/accounts.csv"
OF_EXPORTS = "where action = 'accounts.exported'"


async def export(world: World, who: str, **asked: Any) -> httpx.Response:
    headers = {} if who == "nobody" else {"authorization": f"Bearer {world.credential(who)}"}
    given = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    return await world.client.get(PATH, params=given, headers=headers)


def table(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def test_a_file_has_the_rows_columns_and_order_that_were_asked_for(own_world: World) -> None:
    asked = {"filter": {"mrrMinor": {"gt": 0}}, "orderBy": {"field": "MRR"}}
    columns = "name,tier,score,band,category,change7,mrr,currency,renewsOn,tags,successManager,trait:seen"

    answer = await export(own_world, "EXECUTIVE", columns=columns, **asked)

    renews = str(own_world.today.fromordinal(own_world.today.toordinal() + 40))
    heading, acme, zenith = table(answer)
    assert heading == [
        *("Name", "Tier", "Score", "Band", "Category", "Change over 7 days"),
        *("MRR", "Currency", "Renews on", "Tags", "Success manager", "seen"),
    ]
    assert acme == [
        *("Acme", "Business", "61.234567", "YELLOW", "CRITICAL", "-6"),
        *("612.34", "EUR", renews, "tag-Acme", "csm", "Acme"),
    ]
    assert zenith[:6] == ["Zenith", "Starter", "30.111222", "RED", "CRITICAL", "2"]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="accounts.csv"'


async def test_a_file_goes_on_past_the_first_page_and_who_took_it_is_written_down(own_world: World) -> None:
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        for number in range(120):
            await make_account(session, f"=cmd|' /C calc'!A{number:03}" if number == 7 else f"More {number:03}")
    await database.close()

    rows = table(await export(own_world, "CSM", columns="name"))
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    entries = await owner.fetch(f"select actor, actor_person_id, subject, after from audit_entries {OF_EXPORTS}")
    await owner.close()

    assert len(rows) == 124
    assert len({row[0] for row in rows}) == 124
    assert rows[1] == ["'=cmd|' /C calc'!A007"]
    assert [(e["actor"], e["actor_person_id"], e["subject"], json.loads(e["after"])) for e in entries] == [
        ("staff", own_world.people["CSM"][0], "accounts:csv", {"accounts": 123, "columns": ["name"]})
    ]


@pytest.mark.unit
@pytest.mark.parametrize(
    "value, cell",
    [
        (None, ""),
        ("Acme", "Acme"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+49 30", "'+49 30"),
        ("-3 in all", "'-3 in all"),
        ("\tx", "'\tx"),
        ("-12.50", "-12.50"),
        (-6.5, "-6.5"),
        (True, "true"),
        (["a"], '["a"]'),
    ],
)
def test_no_cell_is_a_formula(value: Any, cell: str) -> None:
    assert accounts_csv.written(value) == cell


async def test_who_may_not_list_accounts_exports_none_and_leaves_no_entry(own_world: World) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    for who, expected in (
        ("nobody", (401, "UNAUTHENTICATED")),
        ("acme", (403, "FORBIDDEN")),
        ("acme key", (403, "FORBIDDEN")),
        ("narrow key", (403, "FORBIDDEN")),
    ):
        assert code(await export(own_world, who)) == expected
    count = await owner.fetchval(f"select count(*) from audit_entries {OF_EXPORTS}")
    await owner.close()

    assert count == 0


async def test_what_cannot_be_exported_is_refused_before_the_file_begins(world: World) -> None:
    for asked, message in (
        ({"columns": "name,scor"}, "'scor' is no column. Did you mean score? A trait is written trait:key."),
        ({"filter": "{"}, "filter is not JSON."),
        ({"order": "x"}, "'order' is unknown. Known: columns, filter, orderBy."),
    ):
        answer = await export(world, "staff", **asked)
        assert (*code(answer), answer.json()["errors"][0]["message"]) == (400, "BAD_USER_INPUT", message)
    assert code(await export(world, "staff", filter={"tier": {"in": 5}, "nope": 1})) == (400, "BAD_USER_INPUT")


async def test_the_cookie_of_the_console_exports_every_column_from_its_own_pages_alone(own_world: World) -> None:
    cookie, asked = {"cookie": f"waymark_access={own_world.credential('staff')}"}, {"columns": ",".join(views.COLUMNS)}

    own = await own_world.client.get(PATH, params=asked, headers={**cookie, "sec-fetch-site": "same-origin"})
    foreign = await own_world.client.get(PATH, params=asked, headers={**cookie, "sec-fetch-site": "cross-site"})

    heading, *rows = table(own)
    assert heading == list(views.COLUMNS.values())
    assert [row[0] for row in rows] == ["Acme", "Acme Labs", "Zenith"]
    assert accounts_csv.COLUMNS.keys() == views.COLUMNS.keys()
    assert code(foreign) == (403, "FORBIDDEN")
