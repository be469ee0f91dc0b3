"""Each situation of the demo says through the API what it is there to show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backend.demo import situations
from tests.demo.loading import Demo

INTERNAL = """internal { renewsOn seats churnReason churnedOn traits lastTouchAt
  health { score band category factors { key status statement } }
  notes(first: 5) { nodes { body } } overrides(first: 5) { nodes { reason } } }"""
ALERTS = """query($account: ID!) { alerts(filter: {accountId: $account}, first: 20) {
  nodes { rule { key } state sentence } } }"""


async def seen(demo: Demo, name: str) -> Any:
    return (await demo.account(name, INTERNAL))["internal"]


def factor(internal: Any, key: str) -> tuple[str, str]:
    return next((one["status"], one["statement"]) for one in internal["health"]["factors"] if one["key"] == key)


def standing(internal: Any) -> tuple[str, str | None]:
    return internal["health"]["band"], internal["health"]["category"]


async def alerts_of(demo: Demo, name: str) -> dict[str, str]:
    account = (await demo.account(name, "id"))["id"]
    found = (await demo.ask(ALERTS, account=account))["alerts"]["nodes"]
    return {one["rule"]["key"]: one["sentence"] for one in found if one["state"] == "OPEN"}


async def today(demo: Demo) -> date:
    async with demo.database.begin() as session:
        connection = await session.connection()
        found: date = (await connection.exec_driver_sql("select waymark_today()")).scalar_one()
        return found


async def test_where_the_champion_left_two_of_twelve_are_active_41_days_before_the_renewal(demo: Demo) -> None:
    internal = await seen(demo, situations.CHAMPION_LEFT)
    left = await demo.account(
        situations.CHAMPION_LEFT, "members(state: LEFT, first: 5) { nodes { isChampion leftOn } }"
    )

    now = await today(demo)
    assert factor(internal, "daily_active_rate") == ("MEASURED", "2 of 12 people were active on a typical day")
    assert internal["renewsOn"] == str(now + timedelta(days=41))
    assert standing(internal) == ("RED", "CRITICAL")
    assert left["members"]["nodes"] == [{"isChampion": True, "leftOn": str(now - timedelta(days=52))}]


async def test_why_it_fell_is_a_sentence_about_its_people(demo: Demo) -> None:
    now = await today(demo)
    span = f'from: "{now - timedelta(days=70)}", to: "{now - timedelta(days=1)}"'
    found = await demo.account(
        situations.CHAMPION_LEFT, f"internal {{ healthChange({span}) {{ lines {{ factorKey }} sentence }} }}"
    )

    assert "people −" in found["internal"]["healthChange"]["sentence"]


async def test_40_seats_where_there_were_5_are_no_risk_though_the_rate_fell(demo: Demo) -> None:
    internal = await seen(demo, situations.GROWN)

    assert internal["seats"] == 40
    assert standing(internal) == ("GREEN", "SECURE")
    assert await alerts_of(demo, situations.GROWN) == {}


async def test_870_of_1000_conversations_are_used_by_three_people_who_asked_for_slack(demo: Demo) -> None:
    internal = await seen(demo, situations.NEAR_LIMIT)

    assert factor(internal, "contract_utilization") == ("MEASURED", "87 % of what the plan includes was used")
    assert internal["seats"] == 3
    assert [note["body"][:12] for note in internal["notes"]["nodes"]] == ["Wants Slack;"]


async def test_who_wants_out_is_critical_beside_a_green_score(demo: Demo) -> None:
    internal = await seen(demo, situations.WANTS_OUT)

    assert standing(internal) == ("GREEN", "CRITICAL")
    assert 71 <= internal["health"]["score"] <= 93
    assert internal["overrides"]["nodes"] == [{"reason": "Cancellation intent"}]
    assert (await alerts_of(demo, situations.WANTS_OUT)) == {
        "cancellation_intent": "The customer has looked for a way out (1×)."
    }


async def test_of_three_children_of_a_group_one_is_red(demo: Demo) -> None:
    group = await demo.account(
        situations.GROUP,
        "children(first: 5) { nodes { name internal { health { band } } } } internal { health { band } }",
    )

    bands = {one["name"]: one["internal"]["health"]["band"] for one in group["children"]["nodes"]}
    assert bands == {"Aurelia Lisbon": "RED", "Aurelia Madrid": "GREEN", "Aurelia Porto": "GREEN"}
    assert group["internal"]["health"]["band"] == "GREEN"


async def test_who_left_by_surprise_had_closed_at_some_71(demo: Demo) -> None:
    internal = await seen(demo, situations.SURPRISE)
    last = date.fromisoformat(internal["churnedOn"]) - timedelta(days=1)
    then = await demo.account(situations.SURPRISE, f'internal {{ health(asOf: "{last}") {{ score band }} }}')

    assert internal["churnedOn"] == str(await today(demo) - timedelta(days=122))
    assert internal["churnReason"] == "Bought by a company that has its own assistant"
    assert internal["health"] is None
    assert 63 <= then["internal"]["health"]["score"] <= 80


async def test_who_was_won_back_paused_and_is_green_again(demo: Demo) -> None:
    found = await demo.account(situations.WON_BACK, "subscriptions { status } internal { health { band } tags }")

    assert found["internal"] == {"health": {"band": "GREEN"}, "tags": ["won back"]}
    assert [one["status"] for one in found["subscriptions"]].count("ACTIVE") >= 1


async def test_a_second_failed_payment_is_critical_and_hidden_from_the_customer(demo: Demo) -> None:
    internal = await seen(demo, situations.PAYS_NOT)
    own = await demo.ask(
        "{ viewer { account { health { band factors { key } } internal { seats } } } }",
        await demo.member_of(situations.PAYS_NOT),
    )

    account = own["viewer"]["account"]
    assert standing(internal) == ("GREEN", "CRITICAL")
    assert factor(internal, "payment_health") == ("MEASURED", "The oldest open invoice is 8 days overdue")
    assert "second_failed_payment" in await alerts_of(demo, situations.PAYS_NOT)
    assert account["health"]["band"] == "GREEN"
    assert "payment_health" not in {one["key"] for one in account["health"]["factors"]}
    assert account["internal"] is None


@pytest.mark.parametrize("name, days_left", [(situations.TRIAL_EARLY, 10), (situations.TRIAL_LATE, 3)])
async def test_a_trial_whose_integration_is_not_finished_ends_soon(demo: Demo, name: str, days_left: int) -> None:
    now = await today(demo)
    usage = f'usage(metric: "integration_syncs", from: "{now - timedelta(days=20)}", to: "{now}") {{ value }}'
    found = await demo.account(name, f"subscriptions {{ status endsOn }} {usage} internal {{ mrr {{ amountMinor }} }}")

    ends = str(now + timedelta(days=days_left))
    assert found["subscriptions"] == [{"status": "TRIALING", "endsOn": ends}]
    assert {point["value"] for point in found["usage"]} <= {0}
    assert found["internal"]["mrr"]["amountMinor"] == 0


async def test_eleven_days_old_is_measured_by_what_is_fair_in_the_first_30(demo: Demo) -> None:
    anchors = "factors { key poorAnchor healthyAnchor statement }"
    found = await demo.account(situations.NEW, f"internal {{ health {{ {anchors} }} }}")

    people = next(one for one in found["internal"]["health"]["factors"] if one["key"] == "daily_active_rate")
    assert people == {
        "key": "daily_active_rate",
        "poorAnchor": 0.02,
        "healthyAnchor": 0.2,
        "statement": "1 of 4 people were active on a typical day",
    }


async def test_two_events_are_too_little_for_a_score(demo: Demo) -> None:
    internal = await seen(demo, situations.TWO_EVENTS)

    assert standing(internal) == ("INSUFFICIENT_DATA", None)
    assert internal["health"]["score"] is None


async def test_the_public_sector_takes_no_gifts(demo: Demo) -> None:
    internal = await seen(demo, situations.PUBLIC_SECTOR)

    assert internal["traits"] == {"sector": "public", "gift_policy": "no gifts and no rewards"}


async def test_the_helpdesk_has_been_silent_for_six_days(demo: Demo) -> None:
    internal = await seen(demo, situations.CHAMPION_LEFT)
    sources = (await demo.ask("{ sources { key lastReceivedAt } }"))["sources"]

    last = next(one["lastReceivedAt"] for one in sources if one["key"] == "helpdesk")
    assert factor(internal, "support_interaction_sentiment")[0] == "STALE"
    assert last[:10] == str(await today(demo) - timedelta(days=6))


async def test_work_is_parked_and_events_were_refused_for_three_reasons(demo: Demo) -> None:
    found = await demo.ask(
        """{ system { work(state: PARKED, first: 5) { nodes { kind lastError } }
            ingestion { rejects(first: 5) { nodes { code } } } } }"""
    )

    assert found["system"]["work"]["nodes"] == [
        {
            "kind": "identity.mail_invitation",
            "lastError": "SMTPRecipientsRefused: 550 5.1.1 mailbox unavailable",
        }
    ]
    codes = {one["code"] for one in found["system"]["ingestion"]["rejects"]["nodes"]}
    assert codes == {"MISSING", "TIME_UNREADABLE", "UNKNOWN_TYPE"}
