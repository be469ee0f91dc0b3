"""Search over accounts and people."""

from __future__ import annotations

import asyncpg

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.planner.plan import Plan
from backend.graphql.schema import schema
from backend.permissions import Permission
from backend.settings import Settings
from backend.viewer import Viewer
from tests.factories import make_account, make_member, make_person
from tests.graphql.world import World

QUERY = """query ($text: String!, $kinds: [SearchKind!]) { search(first: 10, text: $text, kinds: $kinds) {
  nodes { kind title subtitle account { name } person { email } } } }"""


async def found(world: World, text: str, kinds: list[str] | None = None) -> list[tuple[str, str]]:
    """Kind and title of what is found."""
    nodes = (await world.data("staff", QUERY, {"text": text, "kinds": kinds}))["search"]["nodes"]
    return [(node["kind"], node["title"]) for node in nodes]


async def test_what_is_meant_most_likely_comes_first(own_world: World) -> None:
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        for name in ("Ana", "Banana", "Anatol & Sons", "Big Ana"):
            account = await make_account(session, name, external_id=f"crm-{name}")
        await make_member(session, account, await make_person(session, "ana@x.example", name="Ana Left"), state="LEFT")
        await make_member(session, account, await make_person(session, "tiana@x.example", name=None))
        erased = await make_person(session, "ana@gone.example", name="Ana Gone")
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    await owner.execute(
        "update persons set name = null, email = null, email_key = null, erased_at = now() where id = $1",
        erased.id,
    )
    await owner.close()
    await database.close()

    assert await found(own_world, " aNa ") == [
        ("ACCOUNT", "Ana"),
        ("ACCOUNT", "Anatol & Sons"),
        ("PERSON", "Ana Left"),
        ("ACCOUNT", "Big Ana"),
        ("ACCOUNT", "Banana"),
        ("PERSON", "tiana@x.example"),
    ]
    assert await found(own_world, "an") == [
        ("ACCOUNT", "Ana"),
        ("ACCOUNT", "Anatol & Sons"),
        ("PERSON", "Ana Left"),
    ]
    assert await found(own_world, "crm-Banana") == [("ACCOUNT", "Banana")]
    assert await found(own_world, "ana", ["PERSON"]) == [("PERSON", "Ana Left"), ("PERSON", "tiana@x.example")]
    assert await found(own_world, "  ") == []
    assert await found(own_world, "%") == []


async def test_a_hit_says_what_tells_it_from_others_and_leads_to_its_account(world: World) -> None:
    account = (await world.data("staff", QUERY, {"text": "zenith", "kinds": ["ACCOUNT"]}))["search"]["nodes"]
    people = (await world.data("staff", QUERY, {"text": "admin@zen"}))["search"]["nodes"]

    assert account == [
        {"kind": "ACCOUNT", "title": "Zenith", "subtitle": "Starter", "account": {"name": "Zenith"}, "person": None}
    ]
    address = "admin@zenith.example"
    assert [{**each, "title": ""} for each in people] == [
        {
            "kind": "PERSON",
            "title": "",
            "subtitle": address,
            "account": {"name": "Zenith"},
            "person": {"email": address},
        }
    ]


async def test_an_index_finds_a_rare_part_of_a_name_among_many_accounts(settings: Settings, database: Database) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute(
        "insert into accounts (name, customer_since) select 'Account ' || md5(n::text), '2026-01-01'"
        " from generate_series(1, 20000) n"
    )
    await owner.execute(
        "insert into persons (name, email, email_key) select 'Person ' || md5(n::text), k, k"
        " from generate_series(1, 20000) n, lateral (select md5(n || 'x') || '@example.com' as k)"
    )
    await owner.execute("analyze persons, accounts")
    await owner.close()
    staff = Viewer("staff", permissions=frozenset({Permission.ACCOUNTS_INTERNAL, Permission.PEOPLE_READ}))
    query = "query ($text: String!) { search(first: 10, text: $text) { nodes { title } } }"
    prepared = Planner(schema()).prepare(query, None, {"text": "lovelace"}, staff)
    assert isinstance(prepared.plan, Plan)

    explained = await database.read["staff"].fetch(f"explain (costs off) {prepared.plan.sql}", *prepared.arguments)

    text = "\n".join(row[0] for row in explained)
    for index in ("accounts_name", "persons_name", "persons_email"):
        assert f"Bitmap Index Scan on ix_{index}_trigrams" in text
