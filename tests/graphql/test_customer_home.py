"""What customers see first: people active, why health moved, what happened, and their invoices."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import delete, insert, select, text, update

from backend.accounts.models import Account, AccountTier, Tier
from backend.billing.models import Invoice
from backend.db.engine import Database, WriteSession
from backend.health.models import CustomerHealthSnapshot, HealthModel
from backend.identity.models import Member
from backend.usage.models import MemberDay, Metric, UsageDaily
from tests.factories import make_member
from tests.graphql.world import World


@asynccontextmanager
async def changing(world: World) -> AsyncIterator[WriteSession]:
    """A transaction of the system login in a world of the test's own."""
    database = Database(world.settings)
    await database.open()
    async with database.begin() as session:
        yield session
    await database.close()


async def test_people_active_are_the_distinct_ones_of_28_days_of_the_account_alone(own_world: World) -> None:
    acme, zenith, today = own_world.acme, own_world.zenith, own_world.today
    async with changing(own_world) as session:
        metric = await session.scalar(select(Metric.id).where(Metric.key == "margin"))
        third = (await make_member(session, acme.account)).person_id
        rows = [(acme.account, acme.persons[0], 0), (acme.account, acme.persons[0], 3), (acme.account, third, 27)]
        rows += [(acme.account, acme.persons[1], 28), *((zenith.account, zenith.persons[0], ago) for ago in (1, 2))]
        await session.execute(
            insert(MemberDay),
            [
                {
                    "account_id": account, "person_id": person, "day": today - timedelta(days=ago),
                    "metric_id": metric, "known_on": today,
                }
                for account, person, ago in rows
            ],
        )  # fmt: skip
        counted = {"account_id": zenith.account, "metric_id": metric, "source_id": own_world.source, "delta": 0}
        for ago, users in ((4, 5), (40, 900)):
            day = today - timedelta(days=ago)
            await session.execute(insert(UsageDaily).values(**counted, day=day, known_on=day, users=users))

    query = "{ viewer { account { peopleActive { active seats since } } } }"
    found = {who: await own_world.data(who, query) for who in ("acme", "zenith")}

    since = str(today - timedelta(days=27))
    assert found["acme"]["viewer"]["account"]["peopleActive"] == {"active": 2, "seats": 12, "since": since}
    # Named once, counted as five on another day: at least five.
    assert found["zenith"]["viewer"]["account"]["peopleActive"] == {"active": 5, "seats": 12, "since": since}


async def test_a_member_counts_nobody_of_another_account(own_world: World) -> None:
    database = Database(own_world.settings, ("member",))
    await database.open()
    asked = text("select waymark_active_people(:of, '2020-01-01', '2030-01-01')")

    async with database.begin("member", account_id=own_world.acme.account) as session:
        own = await session.scalar(asked, {"of": own_world.acme.account})
        other = await session.scalar(asked, {"of": own_world.zenith.account})
    async with database.begin("member") as session:
        nobodys = await session.scalar(asked, {"of": own_world.acme.account})
    await database.close()

    assert (own, other, nobodys) == (0, None, None)


CHANGE = """query($from: Date!, $to: Date!) { viewer { account { healthChange(from: $from, to: $to) {
  sentence before { score words } after { score words } lines { factorKey cause direction delta sentence } } } } }"""


async def test_why_health_moved_is_told_in_numbers_or_in_words_as_the_tier_shows_it(own_world: World) -> None:
    days = {"from": str(own_world.today - timedelta(days=400)), "to": str(own_world.today)}
    first = own_world.today - timedelta(days=100)
    async with changing(own_world) as session:
        for customer in (own_world.acme, own_world.zenith):
            newest = await session.scalar(
                select(CustomerHealthSnapshot).where(CustomerHealthSnapshot.account_id == customer.account).limit(1)
            )
            assert newest is not None
            values = {c.key: getattr(newest, c.key) for c in CustomerHealthSnapshot.__table__.columns}
            contributions = [newest.contributions[0] - 4_000_000, newest.contributions[1] + 1_000_000]
            values |= {"day": first, "contributions": contributions, "score": sum(contributions), "normalised": [1, 2]}
            if customer is own_world.zenith:  # for as many people there were fewer seats
                values["denominators"] = [(newest.denominators[0] or 0) - 2, newest.denominators[1]]
            await session.execute(insert(CustomerHealthSnapshot).values(**values))
        days["from"] = str(first)

    shown = (await own_world.data("acme", CHANGE, days))["viewer"]["account"]["healthChange"]
    told = (await own_world.data("zenith", CHANGE, days))["viewer"]["account"]["healthChange"]

    day = f"{first.day} {first:%B}" + (f" {first.year}" if first.year != own_world.today.year else "")
    assert re.fullmatch(rf"\+\d+\.\d since {day} = people \+4\.0.*, depth −1\.0", shown["sentence"]), shown
    moved = shown["after"]["score"] - shown["before"]["score"]
    assert abs(sum(line["delta"] for line in shown["lines"]) - moved) < 1e-9
    assert told["sentence"] == f"Better since {day} (better: people; lower: depth)."
    assert told["before"]["score"] is told["after"]["score"] is None
    assert [(line["factorKey"], line["direction"], line["delta"], line["sentence"]) for line in told["lines"]] == [
        ("people", "UP", None, "seats"),
        ("depth", "DOWN", None, "depth"),
    ]


async def test_where_the_tier_hides_health_nothing_is_told_of_its_change(own_world: World) -> None:
    async with changing(own_world) as session:
        await session.execute(text("update tiers set health_visibility = 'HIDDEN' where key = 'business'"))
    days = {"from": str(own_world.today - timedelta(days=2)), "to": str(own_world.today)}

    found = await own_world.data("acme", CHANGE, days)
    actions = await own_world.data("acme", "{ viewer { account { nextActions { key } } } }")

    assert found["viewer"]["account"] == {"healthChange": None}
    assert actions["viewer"]["account"] == {"nextActions": []}


async def test_under_words_a_next_action_says_where_it_leads_and_no_number(world: World) -> None:
    query = "{ viewer { account { nextActions { key gain step wordsAfter improvesBand } } } }"

    told = (await world.data("zenith", query))["viewer"]["account"]["nextActions"]
    shown = (await world.data("acme", query))["viewer"]["account"]["nextActions"]

    assert [(action["key"], action["gain"], action["step"]) for action in told] == [("more_people", None, 1)]
    assert [(action["key"], action["gain"]) for action in shown] == [("more_people", 21.17646)]


async def test_a_week_is_celebrated_for_what_went_well_and_for_nothing_else(own_world: World) -> None:
    account, today = own_world.zenith.account, own_world.today
    query = "{ viewer { account { celebrations { kind sentence } } } }"

    async def celebrated(who: str = "zenith") -> list[tuple[str, str]]:
        found = (await own_world.data(who, query))["viewer"]["account"]["celebrations"]
        return [(each["kind"], each["sentence"]) for each in found]

    async with changing(own_world) as session:
        logins = await session.scalar(select(Metric.id).where(Metric.key == "logins"))
        await session.execute(delete(UsageDaily).where(UsageDaily.account_id == account))
        await session.execute(delete(CustomerHealthSnapshot).where(CustomerHealthSnapshot.account_id == account))
        counted = {"account_id": account, "metric_id": logins, "source_id": own_world.source, "users": 3}
        for days_ago, amount in ((1, 1_250), (8, 900), (15, 1_000), (22, 800), (29, 700)):
            day = today - timedelta(days=days_ago)
            await session.execute(insert(UsageDaily).values(**counted, day=day, known_on=day, delta=amount))
        for days_ago, band in ((3, "YELLOW"), (2, "GREEN"), (1, "GREEN")):
            await session.execute(
                insert(CustomerHealthSnapshot).values(
                    account_id=account, day=today - timedelta(days=days_ago), revision=1, model_version=1, profile=0,
                    band=band, coverage=1, statuses="", numerators=[], denominators=[], normalised=[], weights=[],
                    contributions=[],
                )
            )  # fmt: skip
    best = ("BEST_WEEK", "Your best week in three months for Logins: 1,250.")
    since = today - timedelta(days=2)
    on_track = ("BACK_ON_TRACK", f"Back at “Going well” since {since.day} {since:%B}.")
    assert await celebrated() == [on_track, best]
    async with changing(own_world) as session:
        yesterday = UsageDaily.day == today - timedelta(days=1)
        await session.execute(
            update(UsageDaily).where(UsageDaily.account_id == account, yesterday).values(users=12, delta=1_000)
        )
        await session.execute(update(Tier).where(Tier.key == "starter").values(health_visibility="HIDDEN"))

    everybody = ("EVERYONE_ACTIVE", "Everybody was here in the last seven days: all 12 seats were in use.")
    assert await celebrated() == [everybody]
    assert await celebrated("acme") == []


MARKS = "query($from: Date!, $to: Date!) { viewer { account { marks(from: $from, to: $to) { on kind sentence } } } }"


async def test_what_happened_is_told_in_the_words_of_its_people(own_world: World) -> None:
    acme, today = own_world.acme, own_world.today
    day = {ago: today - timedelta(days=ago) for ago in (1, 5, 20, 60, 200)}
    async with changing(own_world) as session:
        await session.execute(update(Account).where(Account.id == acme.account).values(customer_since=day[200]))
        await session.execute(update(Member).where(Member.account_id == acme.account).values(joined_on=day[200]))
        for ago in (5, 5, 20):
            await make_member(session, acme.account, joined_on=day[ago])
        await make_member(session, acme.account, joined_on=day[200], state="LEFT", left_on=day[1])
        await make_member(session, acme.account, joined_on=day[1], state="INVITED")
        await make_member(session, own_world.zenith.account, joined_on=day[1])
        session.add_all(
            AccountTier(account_id=account, tier_key=tier, valid_from=since, known_on=since, superseded_on=wrong)
            for account, tier, since, wrong in (
                (acme.account, "starter", day[200], None),
                (acme.account, "business", day[20], None),
                (acme.account, "starter", day[5], day[1]),
                (own_world.zenith.account, "business", day[5], None),
            )
        )
        session.add(HealthModel(version=2, definition={}, fingerprint="e" * 64, applied_by="test"))
        await session.flush()
        for version, ago in ((1, 60), (2, 20)):
            await session.execute(
                insert(CustomerHealthSnapshot).values(
                    account_id=acme.account, day=day[ago], revision=7, model_version=version, profile=0,
                    band="INSUFFICIENT_DATA", coverage=0, statuses="", numerators=[], denominators=[], normalised=[],
                    weights=[], contributions=[],
                )
            )  # fmt: skip

    found = await own_world.data("acme", MARKS, {"from": str(day[200]), "to": str(today)})

    assert [(each["on"], each["kind"], each["sentence"]) for each in found["viewer"]["account"]["marks"]] == [
        (str(day[20]), "MEASURE_CHANGED", "Health is worked out in another way"),
        (str(day[20]), "PEOPLE_JOINED", "A colleague joined"),
        (str(day[20]), "PLAN_CHANGED", "Moved to Business"),
        (str(day[5]), "PEOPLE_JOINED", "2 colleagues joined"),
        (str(day[1]), "PEOPLE_LEFT", "A colleague left"),
    ]


async def test_members_who_may_read_bills_see_the_invoices_of_their_account(own_world: World) -> None:
    today = own_world.today
    async with changing(own_world) as session:
        for number, (due, settled) in enumerate([(-9, None), (9, None), (-30, "PAID"), (-60, "WRITTEN_OFF")]):
            session.add(
                Invoice(
                    account_id=own_world.acme.account, source_id=own_world.source, external_id=f"n-{number}",
                    revision=1, amount_minor=100 * number, currency="EUR", known_on=today,
                    issued_on=today - timedelta(days=100 + number),
                    due_on=today + timedelta(days=due), settled_on=today if settled else None, settled_as=settled,
                )
            )  # fmt: skip
    query = """{ viewer { account { invoices(first: 10) {
      nodes { key amount { amountMinor } state settledOn } } } } }"""

    own = (await own_world.data("acme", query))["viewer"]["account"]["invoices"]
    other = (await own_world.data("zenith", query))["viewer"]["account"]["invoices"]
    refused = await own_world.errors("acme viewer", query)

    assert [(node["key"], node["state"], node["settledOn"] is not None) for node in own["nodes"]] == [
        ("inv-Acme", "OPEN", False),
        ("n-0", "OVERDUE", False),
        ("n-1", "OPEN", False),
        ("n-2", "PAID", True),
        ("n-3", "CLOSED", True),
    ]
    assert [node["key"] for node in other["nodes"]] == ["inv-Zenith"]
    assert refused[0]["extensions"]["code"] == "FORBIDDEN"
