"""Finding people by a part of their name or address."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import update

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.planner.plan import Plan
from backend.graphql.schema import schema
from backend.identity.models import Member
from backend.permissions import Permission
from backend.settings import Settings
from backend.viewer import Viewer
from tests.factories import make_person
from tests.graphql.test_customer_home import changing
from tests.graphql.world import World, public

QUERY = "query ($text: String) { people(first: 50, text: $text) { nodes { displayName } } }"
NAMES = ("Ada 100% King", "Ada 100 King", "a_b", "axb", "back\\slash", "Łucja Müller", "%", "王伟")


FOUND = {
    "100%": ["Ada 100% King"],
    "100% k": ["Ada 100% King"],
    "ADA 100": ["Ada 100% King", "Ada 100 King"],
    "A_B": ["a_b"],
    "\\": ["back\\slash"],
    "ck\\sl": ["back\\slash"],
    "łUCJA mü": ["Łucja Müller"],
    "%": ["Ada 100% King", "%"],
    "伟": ["王伟"],
    "n2@search.": ["a_b"],
    "nobody has this": [],
}


async def test_people_are_found_by_any_part_as_it_is_written(own_world: World) -> None:
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        for number, name in enumerate(NAMES):
            await make_person(session, f"n{number}@search.example", name=name)
    await database.close()

    answers = {part: (await own_world.data("staff", QUERY, {"text": part}))["people"]["nodes"] for part in FOUND}

    found = {
        part: [node["displayName"] for node in nodes if node["displayName"] in NAMES] for part, nodes in answers.items()
    }
    assert found == FOUND


async def test_staff_are_told_from_everybody_else(world: World) -> None:
    asked = "nodes { displayName } totalCount"
    found = await world.data(
        "staff",
        f"""{{ all: people(first: 100) {{ {asked} }} staff: people(first: 100, isStaff: true) {{ {asked} }}
            others: people(first: 100, isStaff: false) {{ {asked} }}
            staffs: staff(first: 100) {{ nodes {{ displayName }} }} }}""",
    )
    names = {which: sorted(each["displayName"] for each in people["nodes"]) for which, people in found.items()}

    assert names["staff"] == names["staffs"] != []
    assert sorted(names["staff"] + names["others"]) == names["all"]
    assert found["others"]["totalCount"] == len(names["others"]) > 0


async def test_a_rare_part_is_found_by_an_index_among_many(settings: Settings, database: Database) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute(
        "insert into persons (name, email, email_key) select 'Person ' || md5(n::text), k, k"
        " from generate_series(1, 20000) n, lateral (select md5(n || 'x') || '@example.com' as k)"
    )
    await owner.execute("analyze persons")
    await owner.close()
    staff = Viewer("staff", permissions=frozenset({Permission.ACCOUNTS_INTERNAL, Permission.PEOPLE_READ}))
    prepared = Planner(schema()).prepare(QUERY, None, {"text": "lovelace"}, staff)
    assert isinstance(prepared.plan, Plan)

    explained = await database.read["staff"].fetch(f"explain (costs off) {prepared.plan.sql}", *prepared.arguments)

    text = "\n".join(row[0] for row in explained)
    assert "Bitmap Index Scan on ix_persons_name_trigrams" in text
    assert "Bitmap Index Scan on ix_persons_email_trigrams" in text


async def test_everybody_reads_what_they_do_at_the_account_that_they_are_signed_in_for(own_world: World) -> None:
    query = "{ viewer { profile { title } } }"
    async with changing(own_world) as session:
        await session.execute(update(Member).values(title="Head of support"))

    told = {who: await own_world.data(who, query) for who in ("acme", "acme viewer", "staff")}

    title = {"viewer": {"profile": {"title": "Head of support"}}}
    assert told == {"acme": title, "acme viewer": title, "staff": {"viewer": {"profile": {"title": None}}}}


@pytest.mark.parametrize("who", ["staff", "acme", "acme viewer"])
async def test_everybody_who_signed_in_learns_who_they_are_themselves(world: World, who: str) -> None:
    found = await world.data(who, "{ viewer { personId } }")

    assert found == {"viewer": {"personId": public("prsn", world.people[who][0])}}


async def test_a_key_is_no_person(world: World) -> None:
    assert await world.data("acme key", "{ viewer { personId } }") == {"viewer": {"personId": None}}
