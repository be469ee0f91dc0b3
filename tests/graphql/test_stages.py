"""The stage of an account: program data, worked out from days and from whether it is on trial."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Account
from backend.billing.models import Subscription
from backend.program import service
from backend.program.assemble import DEFAULT, load, parse
from backend.program.errors import ProgramInvalid
from tests.factories import make_account
from tests.graphql.test_customer_home import changing
from tests.graphql.world import World, public

GYM = Path(__file__).resolve().parents[1] / "programs" / "gym"
STAGES = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account {
  stage { key name startedOn endsOn day days progress next { key } } } } }"""


async def stages(world: World, folder: Path, ages: list[int | tuple[int, int | None]]) -> list[Any]:
    """The stages of accounts so many days old; with a pair, on trial since then for so many days."""
    made: list[Account] = []
    async with changing(world) as session:
        await service.apply(session, load(folder))
        for number, age in enumerate(ages):
            days, trial = age if isinstance(age, tuple) else (age, 0)
            since = world.today - timedelta(days=days)
            made.append(await make_account(session, customer_since=since))
            if isinstance(age, tuple):
                session.add(
                    Subscription(
                        account_id=made[-1].id, source_id=world.source, external_id=f"trial-{number}", revision=1,
                        plan_key="p", status="TRIALING", starts_on=since, mrr_minor=0, currency="EUR", known_on=since,
                        ends_on=None if trial is None else since + timedelta(days=trial),
                    )
                )  # fmt: skip
    found = await world.data("staff", STAGES, {"ids": [public("acct", account.id) for account in made]})
    return [node["stage"] for node in found["nodes"]]


async def test_the_shipped_stages_follow_days_and_trials(own_world: World) -> None:
    ages: list[int | tuple[int, int | None]] = [0, 11, 29, 30, 89, 90, 364, 365, (5, 14), (5, None), (20, 14)]

    found = await stages(own_world, DEFAULT, ages)

    assert [(stage["key"], stage["day"], stage["days"]) for stage in found] == [
        ("onboard", 1, 30),
        ("onboard", 12, 30),
        ("onboard", 30, 30),
        ("adopt", 1, 60),
        ("adopt", 60, 60),
        ("grow", 1, 275),
        ("grow", 275, 275),
        ("advocate", 1, None),
        ("trial", 6, 14),
        ("trial", 6, None),
        ("onboard", 21, 30),  # its trial is over
    ]
    today = own_world.today
    assert found[1] == {
        "key": "onboard", "name": "Onboard", "startedOn": str(today - timedelta(days=11)),
        "endsOn": str(today + timedelta(days=19)), "day": 12, "days": 30, "progress": 11 / 30, "next": {"key": "adopt"},
    }  # fmt: skip
    assert (found[7]["progress"], found[7]["next"], found[8]["next"]) == (None, None, {"key": "onboard"})


async def test_another_program_has_other_stages(own_world: World) -> None:
    found = await stages(own_world, GYM, [3, 14, 4000])

    assert [(stage["key"], stage["day"]) for stage in found] == [("rope_free", 4), ("regular", 1), ("regular", 3987)]


async def test_accounts_are_found_by_their_stage(own_world: World) -> None:
    await stages(own_world, GYM, [3, 5, 20])
    query = "query($f: AccountFilter) { accounts(first: 50, filter: $f) { totalCount nodes { stage { key } } } }"

    young = await own_world.data("staff", query, {"f": {"stage": {"in": ["rope_free"]}}})
    others = await own_world.data("staff", query, {"f": {"not": {"stage": {"in": ["rope_free"]}}}})
    refused = await own_world.errors("acme", query, {"f": {"stage": {"in": ["rope_free"]}}})

    assert [node["stage"]["key"] for node in young["accounts"]["nodes"]] == ["rope_free"] * 2
    assert {node["stage"]["key"] for node in others["accounts"]["nodes"]} == {"regular"}
    assert refused[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_member_sees_the_stage_of_their_account_and_all_stages_by_name(world: World) -> None:
    query = "{ viewer { account { stage { key } } } organization { stages { key name rank } } }"

    found = await world.data("acme viewer", query)

    assert found == {
        "viewer": {"account": {"stage": {"key": "go_on"}}},
        "organization": {
            "stages": [
                {"key": "begin", "name": "Begin", "rank": 0},
                {"key": "go_on", "name": "Go on", "rank": 1},
                {"key": "after", "name": "After", "rank": 2},
            ]
        },
    }


@pytest.mark.unit
@pytest.mark.parametrize(
    "old, new, told",
    [
        ("below_day: 90\n", "below_day: 30\n", "stages.adopt.below_day: must be more than from_day, which is 30."),
        (
            "    below_day: 30\n",
            "",
            "stages.adopt: is never reached: onboard before it has no end. Give that a below_day.",
        ),
        ("    trial: true\n", "    trail: true\n", "stages.trial.trail: is unknown. Did you mean trial?"),
    ],
)
def test_stages_that_cannot_be_are_refused(old: str, new: str, told: str) -> None:
    files = dict(load(DEFAULT).files)
    assert old in files["accounts.yaml"]
    files["accounts.yaml"] = files["accounts.yaml"].replace(old, new, 1)

    with pytest.raises(ProgramInvalid) as refused:
        parse(files)

    assert str(refused.value).splitlines()[0].partition(" ")[2] == told
