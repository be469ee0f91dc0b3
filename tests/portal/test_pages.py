"""Every page once in a real browser: one operation, a title, both themes, phone and desk."""

from __future__ import annotations

import re
from calendar import day_abbr, day_name, month_abbr, month_name
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from backend.demo.situations import CHAMPION_LEFT, PAYS_NOT, TRIAL_LATE, visitor_address
from backend.demo.staffing import ORGANIZATION
from backend.identity.models import Organization
from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
from tests.demo.loading import Demo
from tests.portal.conftest import ADMIN, DIST, MEMBER, STAFF, Tab, Window

CUSTOMER_PAGES = ["/", "/insights/health", "/insights/usage", "/people", "/plan-and-billing", "/notifications"] + [
    f"/settings/{each}" for each in ("profile", "notifications", "privacy", "devices")
]
CONSOLE_PAGES = [
    "/console",
    "/console/accounts",
    "/console/segments",
    "/console/people",
    "/console/alerts",
    "/console/tasks",
    "/console/portfolio",
    "/console/renewals",
    "/console/notifications",
    "/console/notifications/preferences",
    "/console/settings/profile",
    "/console/settings/devices",
]
ADMIN_PAGES = [f"/console/programs/{each}" for each in ("health", "versions")] + [
    f"/console/system/{each}"
    for each in (
        "setup",
        "sources",
        "ingestion",
        "mail",
        "work",
        "webhooks",
        "audit",
        "access",
        "applications",
        "portal",
    )
]
ACCOUNT_PAGES = ["", "/health", "/timeline", "/people", "/usage", "/billing"]
BRACKETED, WORD = re.compile("⟦[^⟦⟧]*⟧"), re.compile(r"[^\W\d_]{3}")
OF_DATA = re.compile(r"[a-z_]+\.[a-z_]+|\S+ since \d+ \w+ = .*|#[0-9a-f]{6}")
"""What stands in no catalogue: codes of the audit, why a score moved in the words of the API, a colour."""
CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
"""A value of an enum, for which the catalogues have words."""
CALENDAR = [*month_name[1:], *month_abbr[1:], "Sept", *day_name, *day_abbr, "now", "yesterday", "today", "tomorrow"]
UNITS = "(?:second|minute|hour|day|week|month|quarter|year)s?"
OF_THE_CALENDAR = re.compile(rf"\b(?:{'|'.join(CALENDAR)}|\d+ {UNITS} ago|in \d+ {UNITS}|(?:last|this|next) {UNITS})\b")
"""Dates and distances of time in the words of the locale."""
HEARD = """() => {
  const names = ["aria-label", "aria-description", "title", "placeholder", "alt"];
  const named = [...document.querySelectorAll(names.map((name) => `[${name}]`).join())];
  const heard = named.filter((each) => each.closest("[aria-hidden=true]") === null);
  return heard.flatMap((each) => names.map((name) => each.getAttribute(name) ?? ""));
}"""
STAFF_WORDS = re.compile(r"\b(churn|risk|segment|detractor|upsell|score)", re.IGNORECASE)
"""The demo's tiers show health in words, so that customers read of no score either."""


async def looked_at(tab: Tab, pages: Sequence[str]) -> dict[str, list[str]]:
    """What is wrong with pages: how many operations they ask, titles, axe in both themes at both sizes, and the width
    of a phone."""
    faults: dict[str, list[str]] = {}
    for path in pages:
        tab.asked.clear()
        await tab.go(path)
        found = [] if len(tab.asked) == 1 else [f"asks {tab.asked}"]
        if not await tab.page.title() or await tab.page.title() == "Waymark":
            found.append("has no title of its own")
        found += await tab.faults_to_the_eye()
        if found:
            faults[path] = found
    return faults


def test_every_page_is_looked_at() -> None:
    """A page that is on no list here is seen by no test of this file."""
    sources = {"": "customer/routes.tsx", "/console": "console/routes.tsx"}
    routes = {
        (before + path).removesuffix("/") or "/"
        for before, name in sources.items()
        for path in re.findall(r'^  "(/[^"]*)": ', (DIST.parent / "src" / name).read_text("utf-8"), re.MULTILINE)
    }
    account = {f"/console/accounts/:id{page}" for page in ACCOUNT_PAGES}
    other_names = {"/console/accounts/:id/overview", "/console/programs", "/console/system"}

    assert routes - other_names == {*CUSTOMER_PAGES, *CONSOLE_PAGES, *ADMIN_PAGES, *account}


async def test_every_page_of_a_customer_asks_once_is_accessible_and_fits_a_phone(tab: Tab) -> None:
    await tab.go("/")
    await tab.sign_in(MEMBER)
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()

    assert await looked_at(tab, CUSTOMER_PAGES) == {}
    assert tab.complaints == []


async def test_every_page_of_the_console_asks_once_is_accessible_and_fits_a_phone(tab: Tab) -> None:
    await tab.go("/console")
    await tab.sign_in(STAFF)
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    assert await looked_at(tab, CONSOLE_PAGES) == {}
    assert tab.complaints == []


async def test_every_page_of_an_admin_asks_once_is_accessible_and_fits_a_phone(tab: Tab) -> None:
    await tab.go("/console")
    await tab.sign_in(ADMIN)
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    assert await looked_at(tab, ADMIN_PAGES) == {}
    assert tab.complaints == []


async def test_every_page_of_an_account_asks_once_is_accessible_and_fits_a_phone(
    tab: Tab, site: tuple[Demo, str]
) -> None:
    account = await site[0].account(CHAMPION_LEFT, "id")
    await tab.go("/console")
    await tab.sign_in(STAFF)
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    assert await looked_at(tab, [f"/console/accounts/{account['id']}{each}" for each in ACCOUNT_PAGES]) == {}
    assert tab.complaints == []


async def test_the_sign_in_and_what_leads_nowhere_are_accessible_and_fit_a_phone(tab: Tab, window: Window) -> None:
    await tab.go("/sign-in")
    faults = {"/sign-in": await tab.faults_to_the_eye()}
    for who, paths in ((MEMBER, ["/nowhere"]), (STAFF, ["/console/nowhere", f"/console/accounts/acct_{32 * '0'}"])):
        somebody = await window(who)
        for path in paths:
            await somebody.go(path)
            await expect(somebody.page.get_by_role("heading", level=1, name="There is nothing here")).to_be_visible()
            faults[path] = await somebody.faults_to_the_eye()
        await somebody.page.route("**/graphql", lambda route: route.abort("connectionrefused"))
        await somebody.go(paths[0].replace("nowhere", ""))
        await expect(somebody.page.get_by_role("heading", level=1, name="No connection")).to_be_visible()
        faults[f"{paths[0]} without a connection"] = await somebody.faults_to_the_eye()

    assert {place: found for place, found in faults.items() if found} == {}


async def said_on(tab: Tab) -> str:
    """All that a page says: what stands there, what readers of the screen hear, and what its menus hold."""
    said = [await tab.page.title(), await tab.page.inner_text("body"), *await tab.page.evaluate(HEARD)]
    for menu in await tab.page.locator("[aria-haspopup=menu]:visible").all():
        await menu.click()
        opened = tab.page.get_by_role("menu")
        await expect(opened).to_be_visible()
        said.append(await opened.inner_text())
        await tab.page.keyboard.press("Escape")
        await expect(opened).to_have_count(0)
    return "\n".join(said)


@pytest.mark.parametrize("company", [PAYS_NOT, CHAMPION_LEFT, TRIAL_LATE])
async def test_no_page_of_a_customer_says_what_only_staff_say(window: Window, company: str) -> None:
    tab = await window(visitor_address(company))

    said = {}
    for path in CUSTOMER_PAGES:
        await tab.go(path)
        said[path] = STAFF_WORDS.findall(await said_on(tab))

    assert {path: words for path, words in said.items() if words} == {}


def strings(value: Any) -> Iterator[str]:
    """All texts within an answer but its codes."""
    if isinstance(value, str):
        if not CODE.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def run_together(words: str) -> str:
    """Words without dates, as they are found again where a key, a style or a chart writes them in another way."""
    return "".join(OF_THE_CALENDAR.sub("", words.replace("_", " ")).split()).casefold()


async def untranslated(tab: Tab, path: str) -> list[str]:
    """What stands on a page or is heard there, was not answered by the API and stands in no catalogue."""
    tab.answers.clear()
    await tab.go(f"{path}?locale=pseudo")
    await expect(tab.page.get_by_text("⟦").first).to_be_visible()
    data = {ORGANIZATION, *await tab.page.locator("code, pre").all_inner_texts()}
    for answer in tab.answers:
        data |= {each.removeprefix("metric:") for each in strings(await answer.json())}
    answered = sorted((run_together(each) for each in data if WORD.search(each)), key=len, reverse=True)
    said = "\n".join([await tab.page.inner_text("body"), *await tab.page.evaluate(HEARD)])
    assert "⟦" in said, path
    while said != (said := BRACKETED.sub("", said)):  # texts stand within texts
        pass
    found = set()
    for line in map(str.strip, re.split(r"[\n\t]", said)):
        rest = run_together(line)
        for words in answered:
            rest = rest.replace(words, "")
        if WORD.search(rest) and not OF_DATA.fullmatch(line):
            found.add(f"{path}: {line}")
    return sorted(found)


async def test_every_text_stands_in_a_catalogue(tab: Tab, window: Window, site: tuple[Demo, str]) -> None:
    account = (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    found = await untranslated(tab, "/sign-in")
    admin, member = await window(ADMIN), await window(MEMBER)
    for path in [*CONSOLE_PAGES, *ADMIN_PAGES, *(f"/console/accounts/{account}{page}" for page in ACCOUNT_PAGES)]:
        found += await untranslated(admin, path)
    for path in CUSTOMER_PAGES:
        found += await untranslated(member, path)

    assert "\n".join(found) == ""


async def test_text_of_users_is_never_markup(window: Window, site: tuple[Demo, str]) -> None:
    hostile, (demo, address) = "<img src=x onerror=\"document.title='owned'\"><b>Bold</b>", site
    async with demo.database.begin() as session:
        before = await session.scalar(select(Organization.name))
        await session.execute(update(Organization).values(name=hostile))
        key = await write_keys.create(session, name=hostile, source_key="hostile", kind=WriteKeyKind.SERVER)
    account = {"context": {"groupId": "hostile"}, "userId": "hostile"}
    batch = [
        account | {"type": "group", "groupId": "hostile", "traits": {"name": hostile, "industry": hostile}},
        account | {"type": "identify", "traits": {"name": hostile, "email": "hostile@example.com", "title": hostile}},
        account | {"type": "track", "event": hostile},
    ]
    async with httpx.AsyncClient(base_url=address, auth=(key.text, "")) as sender:
        sent = await sender.post("/v1/batch", json={"batch": batch})
    assert sent.json()["stored"] == len(batch)
    ours = (await demo.account(hostile, "id"))["id"]

    staff, member = await window(ADMIN), await window(MEMBER)
    await member.until_handed_out(escape(hostile))
    for tab, path in [
        *((staff, f"/console/accounts/{ours}{page}") for page in ("", "/timeline", "/people")),
        (staff, "/console/accounts?filter=%7B%22text%22%3A%22onerror%22%7D"),
        (staff, "/console/system/access"),
        (member, "/"),
    ]:
        await tab.go(path)
        await expect(tab.page.get_by_text(hostile).first, path).to_be_visible()
        assert await tab.page.locator("img[src=x]").count() == 0
        assert await tab.page.title() != "owned"
    assert staff.complaints + member.complaints == []

    async with demo.database.begin() as session:
        await session.execute(update(Organization).values(name=before))
