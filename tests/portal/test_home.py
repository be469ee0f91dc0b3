"""What customers read on Home, in a real browser: each figure as the API tells it of them."""

from __future__ import annotations

from datetime import date

from playwright.async_api import expect
from sqlalchemy import update

from backend.accounts.models import HealthVisibility, Tier
from backend.demo import situations
from tests.demo.loading import Demo
from tests.portal.conftest import Window, make_newcomer

ASKED = """{ viewer { account {
  stage { name day days next { name } }
  peopleActive { active seats }
  limits { metric { name } used included projectedReachedOn resetsOn }
  nextActions { title body who gain }
  celebrations { sentence }
} } }"""


def day(text: str) -> str:
    """A date as the page writes it for somebody of Great Britain: 30 Nov."""
    found = date.fromisoformat(text)
    return f"{found.day} {found:%b}".replace("Sep", "Sept")


async def test_home_leads_with_stage_people_and_use_against_the_plan(window: Window, site: tuple[Demo, str]) -> None:
    demo, name = site[0], situations.NEAR_LIMIT
    told = (await demo.ask(ASKED, await demo.member_of(name)))["viewer"]["account"]
    await make_newcomer(demo, "newcomer@customers.example", name)
    tab = await window("newcomer@customers.example")
    main, stage, people = tab.page.get_by_role("main"), told["stage"], told["peopleActive"]

    await tab.go("/")

    await expect(main.get_by_text(f"Stage: {stage['name']}")).to_be_visible()
    if stage["days"] is not None:
        await expect(main.get_by_text(f"Day {stage['day']} of {stage['days']}")).to_be_visible()
    active = f"{people['active']} of {people['seats']} seats"
    await expect(main.get_by_text(active, exact=True)).to_be_visible()
    [limit] = [each for each in told["limits"] if each["included"] == 1_000]
    await expect(main.get_by_text(f"{limit['used']} of 1,000", exact=True)).to_be_visible()
    runs_out, anew = limit["projectedReachedOn"], day(limit["resetsOn"])
    pace = (
        f"used up on {day(runs_out)}; it starts anew on {anew}."
        if runs_out
        else f"enough until it starts anew on {anew}."
    )
    await expect(main.get_by_text(f"At your pace {pace}")).to_be_visible()
    headings = await main.get_by_role("heading", level=2).all_inner_texts()
    assert headings[:3] == ["People active", "Use against your plan", "How you are doing"]
    assert tab.complaints == []


async def test_the_next_step_says_what_it_gains_where_scores_are_shown(window: Window, site: tuple[Demo, str]) -> None:
    demo, name = site[0], situations.CHAMPION_LEFT
    async with demo.database.begin() as session:
        await session.execute(update(Tier).values(health_visibility=HealthVisibility.SCORE.value))
    step = (await demo.ask(ASKED, await demo.member_of(name)))["viewer"]["account"]["nextActions"][0]
    await make_newcomer(demo, "newcomer@customers.example", name)
    tab = await window("newcomer@customers.example")

    await tab.go("/")

    card = tab.page.get_by_role("region", name="What to do next")
    for words in (step["title"], step["body"], f"Who can do it: {step['who']}", f"+{step['gain']:.1f} points"):
        await expect(card.get_by_text(words).first).to_be_visible()
    assert tab.complaints == []


async def test_what_went_well_this_week_is_told(window: Window, site: tuple[Demo, str]) -> None:
    demo = site[0]
    every = "{ accounts(first: 100) { nodes { name celebrations { sentence } } } }"
    nodes = (await demo.ask(every))["accounts"]["nodes"]
    happy = next(each for each in nodes if each["celebrations"])
    await make_newcomer(demo, "newcomer@customers.example", happy["name"])
    tab = await window("newcomer@customers.example")

    await tab.go("/")

    week = tab.page.get_by_role("region", name="What went well this week")
    for each in happy["celebrations"]:
        await expect(week.get_by_text(each["sentence"], exact=True)).to_be_visible()
    assert tab.complaints == []
