"""Mail that found no account by itself, given one or put away under System, in a real browser."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import replace
from email.message import EmailMessage

from playwright.async_api import Locator, expect

from backend.demo.situations import NEAR_LIMIT
from backend.inbound_smtp import listening
from jobs import actors
from jobs.runner import Runner
from tests.demo.loading import Demo
from tests.patience import PATIENCE_SECONDS
from tests.portal.conftest import ADMIN, MANAGER, Tab, Window

assert actors.MODULES
OWN = "log-f3k9q2xw@in.parrot.example"


async def written(demo: Demo, *letters: tuple[str, str]) -> None:
    """Mail of a stranger, by subject and words, in by the listener's door and read by a worker."""
    chosen = replace(demo.settings, inbound_address=OWN, inbound_smtp_port=0)

    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
            for subject, words in letters:
                letter = EmailMessage()
                letter["From"], letter["To"], letter["Subject"] = "Kim <kim@elsewhere.example>", OWN, subject
                letter.set_content(words)
                client.send_message(letter)

    async with listening(demo.database, chosen) as port:
        await asyncio.to_thread(send, port)
    for _ in letters:
        await Runner(demo.database).answer("engagement.take_mail")


def card(tab: Tab, subject: str) -> Locator:
    """A mail that waits."""
    return tab.page.get_by_role("region", name=subject)


async def test_mail_of_a_stranger_becomes_a_touchpoint_of_the_account_it_is_given_or_is_put_away(
    window: Window, site: tuple[Demo, str]
) -> None:
    await written(site[0], ("Who helps us?", "Who helps us to connect Slack?"), ("Cheap tyres", "Buy now."))
    manager, admin = await window(MANAGER), await window(ADMIN)
    for tab in (manager, admin):
        await tab.go("/console/system/mail")
        await expect(card(tab, "Who helps us?")).to_contain_text("neither a customer’s member nor of the staff")
        await expect(card(tab, "Cheap tyres")).to_contain_text("From kim@elsewhere.example")

    question, account = card(manager, "Who helps us?"), card(manager, "Who helps us?").get_by_label("Account")
    await question.get_by_role("button", name="Note as a touchpoint").click()
    await expect(account).to_have_accessible_description("Choose the account that it belongs to.")
    await account.fill("kettle")
    await manager.page.get_by_role("option", name=NEAR_LIMIT).click()
    await question.get_by_role("button", name="Note as a touchpoint").click()
    await expect(manager.page.get_by_text(f"It is a touchpoint of {NEAR_LIMIT}.")).to_be_visible()
    await expect(question).to_have_count(0)

    await card(admin, "Who helps us?").get_by_role("button", name="Dismiss").click()
    await admin.page.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    await expect(admin.page.get_by_text("This mail does not wait for anybody").first).to_be_visible()
    await expect(card(admin, "Who helps us?")).to_have_count(0)

    await card(manager, "Cheap tyres").get_by_role("button", name="Dismiss").click()
    await manager.page.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    await expect(manager.page.get_by_text("The mail is dismissed.")).to_be_visible()
    await expect(manager.page.get_by_text("No mail waits")).to_be_visible()
    await manager.page.get_by_text("Dismissed", exact=True).click()
    await expect(card(manager, "Without a subject")).to_contain_text("From nobody to nobody")
    assert "tyres" not in await manager.page.content()

    await manager.page.get_by_text("Noted", exact=True).click()
    await manager.page.get_by_role("link", name=f"A touchpoint of {NEAR_LIMIT}").click()
    await expect(manager.page.get_by_role("heading", level=1, name=NEAR_LIMIT)).to_be_visible()
    await manager.page.get_by_role("link", name="Overview").click()
    touchpoints = manager.page.get_by_role("region", name="Touchpoints")
    await expect(touchpoints).to_contain_text("Who helps us to connect Slack?")
    assert manager.complaints == admin.complaints == []
