"""identify, group and alias: what a server may say about people, and that a page may not."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import text

from backend.db.engine import Database
from backend.ingest.resolution import resolve_all, resolve_recent
from backend.program.assemble import DEFAULT, files, parse
from backend.program.folder import read_folder
from backend.program.service import apply
from backend.settings import Settings
from jobs import actors
from jobs.runner import Runner
from tests.erasure.erasing import dump, erase
from tests.factories import make_account, make_member, make_person
from tests.ingest.files import Importer
from tests.ingest.sending import Sender

assert actors.MODULES
SHOP = {"external_id": "id", "name": "name", "customer_since": "since"}
BUYER = {"account": "account", "external_id": "id", "joined_on": "since"}
PEOPLE = """
select i.external_id, p.name, p.email, coalesce(array_agg(a.external_id || ':' || m.state || ':' || m.joined_on
       || coalesce(':' || m.title, '') order by a.external_id) filter (where a.id is not null), '{}')
from person_identities i join persons p on p.id = i.person_id left join members m on m.person_id = p.id
left join accounts a on a.id = m.account_id group by i.id, p.id order by 1
"""
ACCOUNTS = """
select a.external_id, a.name, a.industry, a.customer_since::text, i.traits from accounts a
join account_internals i on i.account_id = a.id order by 1
"""
EVENTS = """
select e.message_id, a.external_id, i.external_id from events e join accounts a on a.id = e.account_id
left join person_identities i on i.person_id = e.person_id order by 1, 3
"""


def said(kind: str, day: int, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "userId": "u1",
        "messageId": f"{kind} {day} {more.get('userId', '')}",
        "timestamp": f"2026-01-{day:02}T12:00:00Z",
        **more,
    }


STATEMENTS = [
    said("identify", 1, traits={"firstName": "Ada", "lastName": "King", "email": "ada@example.com", "title": "CTO"}),
    said("group", 2, groupId="acme", traits={"name": "Acme", "seats": 3, "nested": {"a": 1}}),
    said("group", 3, groupId="acme", traits={"name": "Acme Ltd", "industry": "software", "createdAt": "2025-06-01"}),
    said("identify", 4, traits={"name": "Ada Lovelace", "title": "Countess"}),
    said("group", 5, groupId="acme", traits={"seats": 5}),
    said("identify", 6, userId="u2", context={"groupId": "beta"}, traits={"email": "no address"}),
]


async def test_statements_make_people_accounts_and_traits_whatever_their_order(sender: Sender) -> None:
    shuffled = STATEMENTS * 2
    random.Random(4).shuffle(shuffled)  # noqa: S311 - an order
    for statement in shuffled:
        await sender.batch([statement])

    assert await sender.rows(PEOPLE) == [
        ("u1", "Ada Lovelace", "ada@example.com", ["acme:ACTIVE:2026-01-02:Countess"]),
        ("u2", None, None, ["beta:ACTIVE:2026-01-06"]),
    ]
    assert await sender.rows(ACCOUNTS) == [
        ("acme", "Acme Ltd", "software", "2025-06-01", {"seats": 5, "createdAt": "2025-06-01"}),
        ("beta", "beta", None, "2026-01-06", {}),
    ]


MAPPED = """
traits:
  numberOfAgents: support_agents
  launch: go_live_on
"""
SENT: list[dict[str, Any]] = [
    {"numberOfAgents": "12", "region": "EUROPE", "decision_maker_known": "true", "plan_note": 7},
    {"launch": "2026-05-01T08:00:00Z", "support_agents": 14},
    {"numberOfAgents": "a dozen", "region": "Mars", "launch": "soon", "decision_maker_known": "perhaps"},
]


async def test_traits_of_accounts_have_the_names_and_kinds_that_the_program_gives_them(
    sender: Sender, database: Database
) -> None:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Test')"))
        texts = read_folder(DEFAULT, files())
        mapped = texts["mapping.yaml"].replace("person_as_account: false\n", f"person_as_account: false{MAPPED}")
        await apply(session, parse({**texts, "mapping.yaml": mapped}, applied_by="test"))

    for day in (3, 1, 2):  # as they are not sent in order
        await sender.batch([said("group", day, groupId="acme", traits=SENT[day - 1])])

    assert await sender.rows("select traits from account_internals") == [
        (
            {
                "support_agents": 14,
                "go_live_on": "2026-05-01",
                "region": "Europe",
                "decision_maker_known": True,
                "plan_note": 7,
            },
        )
    ]
    assert await sender.rows("select properties from events where occurred_at > '2026-01-03'") == [(SENT[2],)]


async def test_an_event_waits_until_its_account_is_known(sender: Sender) -> None:
    waiting = await sender.batch(
        [
            said("track", 1, event="by group", groupId="acme", messageId="1"),
            said("track", 1, event="by person", messageId="2"),
            said("track", 1, event="by visitor", userId=None, anonymousId="a1", messageId="3"),
            said("track", 1, event="by another name", userId="old", messageId="4"),
            said("track", 1, event="nobody knows", userId="u9", messageId="5"),
        ]
    )
    before = await sender.rows(EVENTS)
    await sender.batch([said("group", 2, groupId="acme", messageId="6")])
    after_group = [row[0] for row in await sender.rows(EVENTS)]
    await sender.batch([said("identify", 3, anonymousId="a1", messageId="7")])
    await sender.batch([said("alias", 4, previousId="old", messageId="8")])
    await sender.batch([said("track", 5, event="later", userId="old", messageId="9")])

    assert (waiting["stored"], waiting["unresolved"], before) == (0, 5, [])
    assert after_group == ["1", "2", "6"]
    names = ("anonymous:a1", "anonymous:old", "old", "u1")
    assert await sender.rows(EVENTS) == [(str(n), "acme", name) for n in (1, 2, 3, 4, 6, 7, 8, 9) for name in names]
    assert await sender.rows("select message_id from unresolved_events") == [("5",)]
    late = await sender.rows(
        "select occurred_at::date::text, known_at = received_at from events where message_id = '2'"
    )
    assert late == [("2026-01-01", True)]


async def test_an_import_resolves_what_waits_at_the_next_sweep(sender: Sender, database: Database) -> None:
    await sender.batch([said("track", 1, event="e", groupId="acme", messageId="1")])
    async with database.begin() as session:
        await make_account(session, external_id="acme")
        recent = await resolve_recent(session, 5)
        await session.execute(text("update unresolved_events set received_at = received_at - interval '1 hour'"))

    await sender.batch([said("track", 1, event="e", groupId="beta", messageId="2")])
    async with database.begin() as session:
        await make_account(session, external_id="beta")
        await session.execute(text("update unresolved_events set received_at = received_at - interval '1 hour'"))
        too_old = await resolve_recent(session, 5)
        swept = await resolve_all(session)

    assert (recent, too_old, swept) == (1, 0, 1)
    assert [row[:2] for row in await sender.rows(EVENTS)] == [("1", "acme"), ("2", "beta")]


async def test_a_person_of_two_accounts_must_say_which(sender: Sender) -> None:
    await sender.batch([said("group", 1, groupId="acme"), said("group", 2, groupId="beta")])

    unsaid = await sender.batch([said("track", 3, event="e", messageId="1")])
    named = await sender.batch([said("track", 3, event="e", groupId="beta", messageId="2")])

    assert (unsaid["unresolved"], named["stored"]) == (1, 1)


async def test_an_address_leads_to_the_person_that_has_it(sender: Sender, database: Database) -> None:
    async with database.begin() as session:
        account = await make_account(session, external_id="acme")
        person = await make_person(session, "Ada@example.com")
        await make_member(session, account, person)

    answer = await sender.batch(
        [
            said("identify", 1, traits={"email": " ada@EXAMPLE.com "}),
            said("track", 2, event="e", messageId="1"),
            said("identify", 1, userId="u2", traits={"email": "eve@example.com"}),
        ]
    )
    await sender.batch([said("identify", 2, userId="u2", traits={"email": "ada@example.com"})])

    assert (answer["stored"], answer["unresolved"]) == (2, 1)
    assert [(row[0], row[2]) for row in await sender.rows(PEOPLE)] == [
        ("u1", "ada@EXAMPLE.com"),
        ("u2", "eve@example.com"),
    ]


async def test_who_has_left_is_not_let_in_again(sender: Sender, database: Database) -> None:
    await sender.batch([said("group", 1, groupId="acme")])
    async with database.begin() as session:
        await session.execute(text("update members set state = 'LEFT', left_on = '2026-01-02'"))

    await sender.batch([said("group", 3, groupId="acme")])

    assert await sender.rows("select state, left_on::text from members") == [("LEFT", "2026-01-02")]


async def test_a_page_changes_nothing_about_anybody(sender: Sender) -> None:
    await sender.batch(STATEMENTS)
    before = [await sender.rows(PEOPLE), await sender.rows(ACCOUNTS), await sender.rows("select * from person_traits")]

    for body in (
        said("identify", 20, messageId="p1", anonymousId="a", traits={"email": "evil@example.com", "name": "Eve"}),
        said("identify", 20, messageId="p2", context={"groupId": "beta"}),
        said("group", 20, messageId="p3", groupId="beta", traits={"name": "Evil"}),
        said("group", 20, messageId="p4", groupId="new", traits={"name": "New"}),
    ):
        answer = await sender.from_page(body["type"], body)
        assert answer.status_code == 200
    alias = await sender.from_page("alias", said("alias", 20, previousId="u2", messageId="p5"))

    assert alias.json()["rejected"][0]["code"] == "NOT_ALLOWED"
    after = [await sender.rows(PEOPLE), await sender.rows(ACCOUNTS), await sender.rows("select * from person_traits")]
    assert after == before


async def test_people_are_accounts_where_the_program_says_so(sender: Sender, database: Database) -> None:
    await sender.batch([said("track", 2, event="before", messageId="1")])
    async with database.begin() as session:
        await session.execute(text("insert into ingest_rules (person_as_account) values (true)"))
        company = await make_account(session, external_id="u7")

    answer = await sender.batch(
        [
            said("track", 3, event="e", messageId="2"),
            said("track", 1, event="e", messageId="3"),
            said("track", 1, event="e", userId="u7", messageId="4"),
            said("track", 1, event="e", userId=None, anonymousId="a", messageId="5"),
        ]
    )
    page = await sender.from_page("track", said("track", 1, event="e", userId="u8", messageId="6"))
    async with database.begin() as session:
        await resolve_all(session)

    assert (answer["stored"], answer["unresolved"]) == (2, 2)
    assert page.json()["unresolved"] == 1
    assert await sender.rows("select external_id, customer_since::text from accounts order by 1") == [
        ("u1", "2026-01-01"),
        ("u7", company.customer_since.isoformat()),
    ]
    assert [row[0] for row in await sender.rows(EVENTS)] == ["1", "2", "3"]
    assert await sender.rows("select a.external_id from members m join accounts a on a.id = m.account_id") == [("u1",)]


async def test_what_an_erased_person_does_counts_and_who_they_are_stays_unknown(
    sender: Sender, database: Database, settings: Settings
) -> None:
    await sender.batch([*STATEMENTS, said("track", 7, event="e", userId="u2", messageId="1", properties={"a": "b"})])
    (person,) = (row[0] for row in await sender.rows("select id from persons where email = 'ada@example.com'"))
    await erase(database, settings, person)
    another_name = said("identify", 9, userId="u3", traits={"email": "ada@example.com", "name": "Ada"}, messageId="4")

    answer = await sender.batch(
        [
            said("track", 8, event="e", messageId="2", properties={"note": "Ada says hello"}),
            said("identify", 9, messageId="3", traits={"name": "Ada", "title": "Countess"}, anonymousId="visitor-0815"),
            another_name,
            said("track", 9, event="e", userId="u3", messageId="5"),
            said("alias", 9, previousId="ada-of-old", messageId="6"),
        ]
    )

    assert (answer["stored"], answer["rejected"]) == (5, [])
    assert await sender.rows(
        "select message_id, person_id = :p, properties from events where occurred_at >= '2026-01-08' order by 1",
        p=person,
    ) == [(str(n), True, {}) for n in (2, 3, 4, 5, 6)]
    dumped = (await dump(settings)).lower()
    marks = ("ada@example.com", "lovelace", "countess", "'u3'", "\tu3\t", "ada-of-old", "visitor-0815", "says hello")
    assert [mark for mark in marks if mark in dumped] == []


async def test_an_import_that_tells_whose_they_are_ends_the_waiting_of_events(sender: Sender, load: Importer) -> None:
    load.source = "product"  # whose names of people its events use
    await sender.batch(
        [
            {"type": "track", "event": "Sold", "userId": "u8", "messageId": "m1", "context": {"groupId": "shop"}},
            {"type": "track", "event": "Sold", "userId": "u9", "messageId": "m2"},
        ]
    )
    waiting = "select message_id from unresolved_events order by 1"
    asked = "select count(*) from work_items where kind = 'ingest.resolve' and finished_at is null"

    await load("account,day,metric,n\nacme,2026-01-01,logins,1\n")
    assert await sender.rows(asked) == [(0,)]
    await load("id,name,since\nshop,Shop,2026-01-01\n", "accounts", SHOP)
    await Runner(load.database).answer("ingest.resolve")
    assert await sender.rows(waiting) == [("m2",)]
    await load("account,id,since\nshop,u9,2026-01-01\n", "members", BUYER)
    await Runner(load.database).answer("ingest.resolve")

    assert await sender.rows(waiting) == []
    assert await sender.rows(EVENTS) == [("m1", "shop", "u8"), ("m2", "shop", "u9")]


async def test_an_event_of_somebody_in_two_accounts_waits_until_it_names_one(sender: Sender) -> None:
    await sender.batch([said("group", 1, groupId="acme"), said("group", 2, groupId="beta")])
    track = {"type": "track", "event": "Sold", "userId": "u1"}

    silent = await sender.batch([track])
    naming = await sender.batch([{**track, "context": {"groupId": "beta"}}])

    assert (silent["unresolved"], naming["unresolved"]) == (1, 0)
