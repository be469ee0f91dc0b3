"""Other ways in than a password, and what guards a password, to the end in a real browser."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

import jwt
import pytest
from playwright.async_api import Route, expect
from sqlalchemy import func, insert, select, update

from backend.db.engine import Database
from backend.db.ids import token
from backend.demo.situations import CHAMPION_LEFT, GROUP, TRIAL_LATE, visitor_address
from backend.demo.staffing import PASSWORD
from backend.identity import authentication, first_admin, links, totp, vouchers
from backend.identity.models import Link, LinkPurpose, Person, Staff, StaffRole
from jobs import actors
from jobs.runner import Runner
from tests.demo.loading import Demo
from tests.mail_server import mail_server
from tests.portal.conftest import DESK, PHONE, PRODUCT, STAFF, Tab, Window, in_a_tab, make_newcomer

assert actors.MODULES
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ISSUER, SECRET = "https://product.example", "a secret that the product's backend alone holds"
FORM = """<form method="post" action="{address}/auth/vouch"><input type="hidden" name="token" value="{token}">
<input type="hidden" name="then" value="/insights/health"><button>How are we doing?</button></form>"""
NEW_PASSWORD = "a few words that nobody else has"


async def faults_of_a_plain_page(tab: Tab) -> list[str]:
    """What axe finds in a page that the server makes without the portal, in both themes at both sizes, and whether it
    is wider than a phone."""
    found = []
    for scheme in SCHEMES:
        for size in (DESK, PHONE):
            await tab.page.emulate_media(color_scheme=scheme)
            await tab.page.set_viewport_size(size)
            found += [f"{scheme}, {size['width']} px: {each}" for each in await tab.violations()]
    if await tab.is_wider_than_the_window():
        found.append("is wider than a phone")
    await tab.page.set_viewport_size(DESK)
    return found


async def link_for(demo: Demo, email: str) -> str:
    """The path of a link that signs somebody in, as a worker has it mailed."""
    async with demo.database.begin() as session:
        whose = select(Person.id).where(Person.email == email).scalar_subquery()
        until = func.waymark_now() + timedelta(minutes=15)
        made = insert(Link).values(purpose=LinkPurpose.SIGN_IN.value, person_id=whose, expires_at=until)
        made_id = (await session.scalars(made.returning(Link.id))).one()
    return links.url(demo.settings, made_id).removeprefix(demo.settings.base_url)


async def test_a_mailed_link_signs_in_by_a_press_once(tab: Tab, site: tuple[Demo, str]) -> None:
    demo, email = site[0], visitor_address(TRIAL_LATE)
    async with mail_server() as post:
        database = Database(
            replace(demo.settings, smtp_url=f"smtp://127.0.0.1:{post.port}", mail_from="us@example.com")
        )
        await database.open()
        await tab.go("/people")
        await tab.page.get_by_role("button", name="Mail me a link instead").click()
        await tab.page.locator("input[name=email]").fill(email)
        await tab.page.get_by_role("button", name="Mail me a link").click()
        await expect(tab.page.get_by_role("status")).to_contain_text(f"If {email} is known here, a link is on its way")
        for kind in ("identity.mail_link", "mail.send"):
            await Runner(database).answer(kind)
        await database.close()
    [(recipients, message)] = [(to, letter) for _, to, letter in post.taken if to == [email]]
    link = urlsplit(re.search(r"http://\S+", message.get_content()).group())  # type: ignore[union-attr]

    await tab.page.goto(f"{tab.address}{link.path}?{link.query}")
    assert await faults_of_a_plain_page(tab) == []
    await tab.page.get_by_role("button", name=f"Sign in to {TRIAL_LATE}").click()
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()

    assert recipients == [email]
    await tab.page.goto(f"{tab.address}{link.path}?{link.query}")
    await expect(tab.page.get_by_role("heading", level=1, name="This did not work")).to_be_visible()
    assert await faults_of_a_plain_page(tab) == []


async def test_a_member_comes_signed_in_from_the_companys_own_product(tab: Tab, site: tuple[Demo, str]) -> None:
    demo, email = site[0], visitor_address(TRIAL_LATE)
    async with demo.database.begin() as session:
        await vouchers.set_voucher(session, demo.settings, issuer=ISSUER, algorithm="HS256", secret=SECRET)
    account, now = (await demo.account(TRIAL_LATE, "id"))["id"], int(time.time())
    who = {"account": account, "sub": "user-1", "email": email, "email_verified": True}
    said = {"iss": ISSUER, "aud": demo.settings.base_url, "iat": now, "exp": now + 120, "jti": token(), **who}

    async def product(route: Route) -> None:
        form = FORM.format(address=tab.address, token=jwt.encode(said, SECRET))
        await route.fulfill(content_type="text/html", body=form)

    await tab.page.route(f"{PRODUCT}/**", product)
    await tab.page.goto(f"{PRODUCT}/")
    await tab.page.get_by_role("button", name="How are we doing?").click()

    await expect(tab.page.get_by_role("heading", level=1, name="Health")).to_be_visible()
    assert tab.page.url == f"{tab.address}/insights/health"


async def test_who_belongs_to_two_accounts_chooses_one_and_goes_on_for_the_other(
    tab: Tab, site: tuple[Demo, str]
) -> None:
    await make_newcomer(site[0], "both@product.example", CHAMPION_LEFT, GROUP)
    await tab.go("/people")
    await tab.sign_in("both@product.example")
    await tab.page.get_by_role("button", name=GROUP).click()
    await expect(tab.page.get_by_role("heading", level=1, name="People")).to_be_visible()
    await tab.page.get_by_role("button", name="Your account").click()

    await expect(tab.page.get_by_role("menuitemradio", name=GROUP)).to_have_attribute("aria-checked", "true")
    beside = await in_a_tab(tab.page.context, tab.address)
    await beside.go("/insights/health")
    await tab.page.get_by_role("menuitemradio", name=CHAMPION_LEFT).click()

    await expect(tab.page.get_by_role("button", name="Your account")).to_contain_text(CHAMPION_LEFT)
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(tab.page.get_by_text(GROUP)).to_have_count(0)

    await beside.page.get_by_role("link", name="Usage", exact=True).first.click()
    await expect(beside.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(beside.page.get_by_role("button", name="Your account")).to_contain_text(CHAMPION_LEFT)
    await expect(beside.page.get_by_text(GROUP)).to_have_count(0)


async def test_a_password_is_changed_guarded_by_a_second_factor_and_both_are_asked_for(
    tab: Tab, site: tuple[Demo, str], window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)
    email, page = "careful@product.example", tab.page
    await make_newcomer(site[0], email, CHAMPION_LEFT)
    elsewhere = await window(email)
    await elsewhere.go("/")
    await tab.go("/settings/devices")
    await tab.sign_in(email)

    await page.get_by_role("textbox", name="Present password").fill("not the password")
    await page.get_by_role("textbox", name="New password", exact=True).fill(NEW_PASSWORD)
    await page.get_by_role("textbox", name="New password once more").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("That is not your current password.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="New password", exact=True)).to_have_value(NEW_PASSWORD)
    await page.get_by_role("textbox", name="Present password").fill(PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("Your password was changed. Other devices were signed out.")).to_be_visible()

    await page.get_by_role("button", name="Turn it on").click()
    dialog = page.get_by_role("dialog", name="Turn the second factor on")
    await dialog.get_by_role("textbox", name="Password").fill(NEW_PASSWORD)
    await dialog.get_by_role("button", name="Go on").click()
    await expect(dialog.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    secret = base64.b32decode(await dialog.locator("code").inner_text())
    step = int(time.time()) // totp.STEP_SECONDS
    await dialog.get_by_role("textbox", name="Code").fill(totp.code_of(secret, step))
    await dialog.get_by_role("button", name="Turn it on").click()
    codes = page.get_by_role("dialog", name="Your recovery codes")
    recovery, another = [await codes.get_by_role("listitem").nth(each).inner_text() for each in range(2)]
    await expect(codes.get_by_role("button", name="Close")).to_be_disabled()
    await codes.get_by_role("checkbox", name="I have kept them").check()
    await codes.get_by_role("button", name="Close").click()
    await expect(page.get_by_text("On since")).to_be_visible()

    await page.get_by_role("button", name="Your account").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.wait_for_url("**/sign-in")
    await page.locator("input[name=email]").fill(email)
    await page.locator("input[name=password]").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("textbox", name="Code").fill("000000")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("That code is not right. Codes change every 30 seconds.")
    await page.get_by_role("textbox", name="Code").fill(recovery)
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await elsewhere.page.reload()
    await expect(elsewhere.page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    assert tab.complaints == []

    await elsewhere.page.goto(tab.address + await link_for(site[0], email))
    await elsewhere.page.get_by_role("button", name=f"Sign in to {CHAMPION_LEFT}").click()
    code = elsewhere.page.get_by_role("textbox", name="Code of your authenticator app, or a recovery code")
    assert await faults_of_a_plain_page(elsewhere) == []
    await code.fill("000000")
    await elsewhere.page.get_by_role("button", name="Sign in").click()
    await expect(elsewhere.page.get_by_role("alert")).to_contain_text("The code is wrong or was used before.")
    assert await faults_of_a_plain_page(elsewhere) == []
    await code.fill(another)
    await elsewhere.page.get_by_role("button", name="Sign in").click()
    await expect(elsewhere.page.get_by_role("heading", level=1, name="Home")).to_be_visible()


async def test_the_first_admin_is_made_by_a_link_on_a_page_that_keeps_what_was_typed(
    tab: Tab, site: tuple[Demo, str]
) -> None:
    async with site[0].database.begin() as session:
        await session.execute(update(Staff).where(Staff.role == StaffRole.ADMIN).values(is_active=False))
        link = await first_admin.make_link(session)
    await tab.page.goto(tab.address + link.removeprefix(site[0].settings.base_url))
    assert await faults_of_a_plain_page(tab) == []
    await tab.page.get_by_label("Name").fill("Ada First")
    await tab.page.get_by_label("E-mail").fill(STAFF)
    await tab.page.get_by_label("Password").fill(NEW_PASSWORD)
    await tab.page.get_by_role("button", name="Set up").click()
    await expect(tab.page.get_by_role("alert")).to_be_visible()
    assert await faults_of_a_plain_page(tab) == []
    await expect(tab.page.get_by_label("Name")).to_have_value("Ada First")
    await tab.page.get_by_label("E-mail").fill("ada@beacon.example")
    await tab.page.get_by_label("Password").fill(NEW_PASSWORD)
    await tab.page.get_by_role("button", name="Set up").click()

    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()
    await tab.page.goto(tab.address + link.removeprefix(site[0].settings.base_url))
    await expect(tab.page.get_by_role("heading", level=1, name="This did not work")).to_be_visible()
    assert tab.complaints == []
