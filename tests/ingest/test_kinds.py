"""Accounts, members, subscriptions, invoices, tickets and events from files."""

from __future__ import annotations

from datetime import date

import pytest

from backend.ingest.errors import UnusableMapping
from backend.settings import Settings
from tests.ingest.files import Importer
from tests.ingest.test_usage_files import move_clock

ACCOUNTS = {
    "external_id": "id",
    "name": "name",
    "parent": "parent",
    "tier": "tier",
    "customer_since": "since",
}
TERMS = {
    "account": "account",
    "external_id": "id",
    "plan": "plan",
    "starts_on": "from",
    "ends_on": "to",
    "mrr": "mrr",
    "seats": "seats",
}
TERM_HEAD = "account,id,plan,from,to,mrr,seats\n"


async def with_tiers(load: Importer) -> None:
    await load.execute(
        """insert into tiers (key, name, rank, health_visibility, plans)
           values ('small', 'Small', 1, 'WORDS', '{s_month,s_year}'), ('large', 'Large', 2, 'WORDS', '{l_month}')"""
    )


async def test_accounts_with_parents_in_any_order(load: Importer) -> None:
    head = "id,name,parent,tier,since\n"
    content = head + (
        "child,Child,top,,2024-01-01\ntop,Top,,,2024-01-01\norphan,Orphan,nobody,,2024-01-01\n"
        "grandchild,G,orphan,,2024-01-01\nself,Self,self,,2024-01-01\none,One,two,,2024-01-01\ntwo,Two,one,,2024-01-01\n"
    )

    summary = await load(content, "accounts", ACCOUNTS)

    assert load.rejected == [
        (4, "parent", "there is no account nobody, neither stored nor in this file"),
        (5, "parent", "there is no account orphan, neither stored nor in this file"),
        (6, "parent", "an account cannot be its own parent"),
        (7, "parent", "the account would be its own ancestor through two"),
        (8, "parent", "the account would be its own ancestor through one"),
    ]
    assert (summary.rows_taken, summary.rows_rejected) == (2, 5)
    assert await load.rows(
        """select a.external_id, p.external_id from accounts a left join accounts p on p.id = a.parent_id
           where a.external_id in ('child', 'top', 'orphan', 'grandchild', 'self', 'one', 'two') order by 1"""
    ) == [("child", "top"), ("top", None)]


async def test_accounts_again_change_only_what_is_said(load: Importer, settings: Settings) -> None:
    await with_tiers(load)
    head = "id,name,parent,tier,since,size\n"
    columns = {**ACCOUNTS, "industry": "size"}
    await load(
        head + "a,First,acme,small,2024-01-01,big\nb,Second,,,2024-01-01,\n", "accounts", columns, extras=["size"]
    )
    await move_clock(load, settings, date(2025, 6, 15))

    same = await load(head + "a,,,,2024-01-01,\nb,Second,,,2024-01-01,\n", "accounts", columns, extras=["size"])
    changed = await load(head + "a,Renamed,,large,2024-01-01,\n", "accounts", columns, extras=["size"])

    assert (same.rows_taken, same.rows_unchanged) == (0, 2)
    assert (changed.rows_taken, changed.rows_unchanged) == (1, 0)
    assert await load.rows(
        """select a.name, a.industry, a.tier_key, p.external_id, i.traits from accounts a
           join account_internals i on i.account_id = a.id left join accounts p on p.id = a.parent_id
           where a.external_id = 'a'"""
    ) == [("Renamed", "big", "large", "acme", {"size": "big"})]
    assert await load.rows(
        """select tier_key, valid_from::text, valid_to::text, known_on::text, superseded_on::text from account_tiers
           order by known_on, valid_from"""
    ) == [
        ("small", "2024-01-01", None, "2024-01-01", "2025-06-15"),
        ("small", "2024-01-01", "2025-06-15", "2025-06-15", None),
        ("large", "2025-06-15", None, "2025-06-15", None),
    ]


async def test_an_unknown_tier_is_refused(load: Importer) -> None:
    await load("id,name,parent,tier,since\na,A,,gold,2024-01-01\n", "accounts", ACCOUNTS)

    assert load.rejected == [(2, "tier", "the program has no tier gold; add it to the program or map it with `values`")]


async def test_a_person_is_one_across_accounts_and_sources(load: Importer) -> None:
    columns = {"account": "account", "external_id": "user", "email": "email", "name": "name", "joined_on": "since"}
    head = "account,user,email,name,since\n"
    await load(
        head + "acme,u1,Ada@Example.com,Ada,2024-01-01\nzeta,u1,,,2024-02-01\nzeta,,ada@example.com ,Ada,2024-02-01\n"
        "acme,,,Nobody,2024-01-01\nacme,u2,not-an-address,X,2024-01-01\n",
        "members",
        columns,
    )
    assert load.rejected == [
        (5, "email", "a person needs an e-mail address or an external_id"),
        (6, "email", "is not an e-mail address: not-an-address"),
    ]
    load.source = "other"
    again = await load(head + "acme,77,ADA@example.com,Ada,2024-01-01\n", "members", columns)

    assert (again.rows_taken, again.rows_unchanged) == (1, 0)  # the address is written another way now
    assert await load.rows("select name, email, email_key from persons") == [
        ("Ada", "ADA@example.com", "ada@example.com")
    ]
    assert await load.value("select count(*) from person_identities") == 2
    assert await load.rows("select joined_on::text, state from members order by 1") == [
        ("2024-01-01", "ACTIVE"),
        ("2024-02-01", "ACTIVE"),
    ]


async def test_a_person_who_has_a_row_already_is_refused_under_other_words(load: Importer) -> None:
    columns = {"account": "account", "external_id": "id", "email": "email", "joined_on": "joined"}
    rows = (
        "acme,77,ada@example.com,2024-01-01\nacme,77,other@example.com,2024-01-01\nacme,78,ADA@example.com,2024-01-01\n"
    )
    good = "acme,,bob@example.com,2024-01-01\nzeta,77,ada@example.com,2024-01-01\nacme,77,ada@example.com,2024-01-01\n"

    summary = await load("account,id,email,joined\n" + rows + good, "members", columns)

    assert load.rejected == [
        (3, "external_id", "line 2 has the same account, external_id with another email"),
        (4, "email", "line 2 has the same account, email with another external_id"),
    ]
    assert (summary.rows_taken, summary.rows_rejected) == (3, 2)
    assert await load.rows("select email from persons where email is not null order by 1") == [
        ("ada@example.com",),
        ("bob@example.com",),
    ]


async def test_a_member_who_left(load: Importer) -> None:
    columns = {"account": "account", "email": "email", "joined_on": "since", "left_on": "left", "role": "role"}
    head = "account,email,since,left,role\n"
    await load(head + "acme,a@example.com,2024-01-01,,admin\n", "members", columns)
    await load(
        head + "acme,a@example.com,2024-01-01,2024-05-01,\nacme,b@example.com,2024-01-01,2023-01-01,king\n",
        "members",
        columns,
    )

    assert load.rejected == [
        (3, "left_on", "lies before joined_on"),
        (3, "role", "is none of ADMIN, MEMBER, BILLING, VIEWER: king"),
    ]
    assert await load.rows("select state, left_on::text, role from members") == [("LEFT", "2024-05-01", "ADMIN")]


async def test_terms_are_revisions_and_the_account_follows(load: Importer, settings: Settings) -> None:
    await with_tiers(load)
    await move_clock(load, settings, date(2024, 6, 15))
    first = TERM_HEAD + (
        "acme,1,s_month,2024-01-01,2024-03-01,10,5\nacme,2,l_month,2024-03-01,2025-03-01,99.50,20\n"
        "zeta,3,s_year,2023-01-01,2024-01-01,8,5\n"
    )
    await load(first, "subscriptions", TERMS)
    same = await load(first, "subscriptions", TERMS)
    await move_clock(load, settings, date(2024, 7, 1))
    changed = await load(first.replace("99.50,20", "120,25"), "subscriptions", TERMS)

    assert (same.rows_taken, same.rows_unchanged) == (0, 3)
    assert (changed.rows_taken, changed.rows_unchanged) == (1, 2)
    assert await load.rows(
        """select external_id, revision, mrr_minor, seats, known_on::text, superseded_on::text
           from subscriptions order by 1, 2"""
    ) == [
        ("1", 1, 1000, 5, "2024-01-01", None),
        ("2", 1, 9950, 20, "2024-03-01", "2024-07-01"),
        ("2", 2, 12000, 25, "2024-07-01", None),
        ("3", 1, 800, 5, "2023-01-01", None),
    ]
    assert await load.rows(
        """select a.external_id, a.tier_key, i.mrr_minor, i.seats, i.renews_on::text, i.churned_on::text
           from accounts a join account_internals i on i.account_id = a.id order by 1"""
    ) == [
        ("acme", "large", 12000, 25, "2025-03-01", None),
        ("zeta", "small", 0, None, None, "2024-01-01"),
    ]
    assert await load.rows(
        """select a.external_id, t.tier_key, t.valid_from::text, t.valid_to::text, t.known_on::text
           from account_tiers t join accounts a on a.id = t.account_id where superseded_on is null order by 1, 3"""
    ) == [
        ("acme", "small", "2024-01-01", "2024-03-01", "2024-01-01"),
        ("acme", "large", "2024-03-01", "2025-03-01", "2024-03-01"),
        ("zeta", "small", "2023-01-01", "2024-01-01", "2023-01-01"),
    ]


async def test_a_term_that_is_cut_short_changes_its_tier_from_today(load: Importer, settings: Settings) -> None:
    await with_tiers(load)
    await load(TERM_HEAD + "acme,1,s_month,2024-01-01,,10,5\n", "subscriptions", TERMS)
    await move_clock(load, settings, date(2025, 6, 15))
    await load(TERM_HEAD + "acme,1,s_month,2024-01-01,2025-05-01,10,5\n", "subscriptions", TERMS)

    assert await load.rows(
        """select tier_key, valid_to::text, known_on::text, superseded_on::text from account_tiers
           order by known_on"""
    ) == [("small", None, "2024-01-01", "2025-06-15"), ("small", "2025-05-01", "2025-06-15", None)]


@pytest.mark.parametrize(
    "row,field,reason",
    [
        (
            "acme,1,p,2024-01-01,9999-12-31,10,5",
            "ends_on",
            "lies too far ahead: 9999-12-31; leave it empty when there is no end",
        ),
        ("acme,1,p,2024-01-01,2024-01-01,10,5", "ends_on", "does not lie after starts_on"),
        ("acme,1,p,0001-01-01,,10,5", "starts_on", "lies before 1970-01-01: 0001-01-01"),
        ("acme,1,p,2024-01-01,,-10,5", "mrr", "is less than 0: -10"),
        ("acme,1,p,2024-01-01,,,5", "mrr", "is empty, and so is price"),
        ("acme,1,p,2024-01-01,,10,2.5", "seats", "is not a whole number: 2.5"),
        ("acme,1,p,2024-01-01,,10,99999999999", "seats", "is more than 2147483647: 99999999999"),
        ("acme,,p,2024-01-01,,10,5", "external_id", "is empty"),
    ],
)
async def test_a_term_that_cannot_be_is_refused(load: Importer, row: str, field: str, reason: str) -> None:
    await load(TERM_HEAD + row + "\nzeta,2,p,2024-01-01,,10,5\n", "subscriptions", TERMS)

    assert load.rejected == [(2, field, reason)]
    assert await load.value("select count(*) from subscriptions") == 1


async def test_invoices_and_tickets_are_revisions(load: Importer, settings: Settings) -> None:
    await move_clock(load, settings, date(2024, 6, 15))
    invoices = {
        "account": "account",
        "external_id": "id",
        "amount": "sum",
        "issued_on": "on",
        "due_on": "due",
        "settled_on": "paid",
    }
    head = "account,id,sum,on,due,paid\n"
    await load(head + "acme,1,19.99,2024-05-01,2024-05-15,\nacme,2,1,2024-05-01,2024-04-15,\n", "invoices", invoices)
    assert load.rejected == [(3, "due_on", "lies before issued_on")]
    await load(head + "acme,1,19.99,2024-05-01,2024-05-15,2024-06-14\n", "invoices", invoices)
    tickets = {"account": "account", "external_id": "id", "opened_at": "at", "resolved_at": "done", "sentiment": "mood"}
    head = "account,id,at,done,mood\n"
    await load(head + "acme,7,2024-05-01 23:30,,\nacme,8,2024-05-01 10:00,2024-05-01 09:00,2\n", "tickets", tickets)
    assert load.rejected == [(3, "resolved_at", "lies before opened_at"), (3, "sentiment", "is more than 1: 2")]
    await load(head + "acme,7,2024-05-01T23:30:00Z,2024-05-02 08:00,-0.25\n", "tickets", tickets)

    assert await load.rows(
        "select revision, amount_minor, settled_on::text, known_on::text, superseded_on::text from invoices order by 1"
    ) == [(1, 1999, None, "2024-05-01", "2024-06-15"), (2, 1999, "2024-06-14", "2024-06-15", None)]
    assert await load.rows(
        "select revision, sentiment, opened_on::text, superseded_on::text from tickets order by 1"
    ) == [
        (1, None, "2024-05-01", "2024-06-15"),
        (2, -0.25, "2024-05-01", None),
    ]
    assert await load.rows("select feed, since::text, until::text from source_feeds order by 1") == [
        ("invoices", "2024-05-01", "2024-06-14"),
        ("tickets", "2024-05-01", "2024-05-01"),
    ]


@pytest.mark.parametrize(
    "kind, columns, content",
    [
        ("subscriptions", TERMS, TERM_HEAD + "acme,1,small,2024-01-01,,10,5\n"),
        (
            "invoices",
            {"account": "account", "external_id": "id", "amount": "amount", "issued_on": "on"},
            "account,id,amount,on\nacme,1,19.99,2024-05-01\n",
        ),
    ],
)
async def test_accounts_with_news_of_what_they_pay_for_are_scored_anew(
    load: Importer, kind: str, columns: dict[str, str], content: str
) -> None:
    marked = "select a.external_id from account_marks m join accounts a on a.id = m.account_id"

    await load(content, kind, columns)
    after_news = await load.rows(marked)
    await load.execute("delete from account_marks")
    await load(content, kind, columns)

    assert after_news == [("acme",)]
    assert await load.rows(marked) == []


async def test_events_count_once_and_by_the_mapping(load: Importer) -> None:
    await load.execute(
        """insert into event_mappings (event_name, metric_id, amount_property)
           select 'signed in', id, null from metrics where key = 'logins'
           union all select 'paid', id, 'sum' from metrics where key = 'revenue'"""
    )
    columns = {"account": "account", "name": "event", "occurred_at": "at", "email": "who"}
    head = "account,event,at,who,sum\n"
    content = head + (
        "acme,signed in,2024-03-01 10:00,ada@example.com,\nacme,signed in,2024-03-01 11:00,ADA@example.com,\n"
        "acme,paid,2024-03-01 12:00,,2.50\nacme,paid,2024-03-01 13:00,,soon\nacme,looked,2024-03-01 12:00,,\n"
        "acme,signed in,9999-03-01 11:00,,\nnobody,looked,2024-03-01 12:00,,\n"
    )

    first = await load(content, "events", columns, extras=["sum"])
    again = await load(content, "events", columns, extras=["sum"])

    assert load.rejected == [
        (7, "occurred_at", "lies too far ahead: 9999-03-01 11:00"),
        (8, "account", "there is no account nobody; import accounts first"),
    ]
    assert (first.rows_taken, first.rows_unchanged, first.rows_rejected) == (5, 0, 2)
    assert (again.rows_taken, again.rows_unchanged, again.rows_rejected) == (0, 5, 2)
    assert [row[2:] for row in await load.usage()] == [
        ("logins", "2024-03-01", 2, 0),
        ("revenue", "2024-03-01", 250, 0),
    ]
    assert await load.value("select count(*) from member_days") == 1
    assert await load.value("select count(*) from events") == 5


async def test_events_with_ids_of_their_own(load: Importer) -> None:
    columns = {"account": "account", "name": "event", "occurred_at": "at", "message_id": "id"}
    head = "account,event,at,id\n"
    await load(head + "acme,looked,2024-03-01 10:00,1\nacme,looked,2024-03-01 11:00,1\n", "events", columns)
    assert load.rejected == [(3, "message_id", "line 2 has the same message_id with other values")]

    await load(head + "acme,looked,2024-03-01 12:00,1\n", "events", columns)
    assert load.rejected == [(2, "message_id", "the source has sent 1 before, with other values")]
    assert await load.value("select count(*) from events") == 1


async def test_a_mapping_that_does_not_fit_its_kind_is_refused(load: Importer) -> None:
    for columns, told in (
        ({"account": "a"}, "usage: the mapping does not say where metric, day, amount comes from."),
        ({"colour": "a"}, "usage: there is no field colour. Fields: account, metric, day, amount, users."),
    ):
        with pytest.raises(UnusableMapping) as refused:
            await load("a\n1\n", "usage", columns)
        assert str(refused.value).startswith(told)
