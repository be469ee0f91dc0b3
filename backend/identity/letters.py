"""What identity mails."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SIGN_IN = """\
Somebody, hopefully you, wants to sign in to {organization} with this address. This link signs you in, once, within
15 minutes:

{url}

If it was not you, do nothing: nobody else is let in.
"""
INVITATION = """\
{organization} invites you to follow how {account} is doing, together with your colleagues. This link lets you in, once,
within 7 days:

{url}

After that you sign in with this address. If you expected no invitation, do nothing.
"""
CHANGE = """\
{what} at {organization}, on {day} at {time} UTC.

If it was you, there is nothing to do. If it was not, somebody else can sign in as you: set a new password and look
through the devices that are signed in, or have {organization} end them for you, at once.
"""
CHANGES = {
    "PasswordChanged": ("Your password was changed", "The password that you sign in with was changed"),
    "TwoFactorEnabled": ("Two-factor was turned on", "Two-factor was turned on for your sign-ins"),
    "TwoFactorDisabled": ("Two-factor was turned off", "Two-factor was turned off for your sign-ins"),
}
"""Subject, and what happened, by type of event."""


def sign_in(organization: str, url: str) -> tuple[str, str]:
    """Subject and text of a link that was asked for."""
    return f"Sign in to {organization}", SIGN_IN.format(organization=organization, url=url)


def invitation(organization: str, account: str, url: str) -> tuple[str, str]:
    """Subject and text of an invitation into an account."""
    return f"{organization} invites you", INVITATION.format(organization=organization, account=account, url=url)


def change(organization: str, event: str, at: datetime) -> tuple[str, str]:
    """Subject and text of what was changed about somebody's sign-ins."""
    subject, what = CHANGES[event]
    at = at.astimezone(UTC)
    return subject, CHANGE.format(what=what, organization=organization, day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}")


async def organization(session: AsyncSession) -> str:
    """What the organization calls itself."""
    return await session.scalar(text("select name from organizations")) or "Waymark"


async def account(session: AsyncSession, account_id: UUID) -> str:
    """What an account is called. Read by its table: accounts stand to the right of identity."""
    return await session.scalar(text("select name from accounts where id = :id"), {"id": account_id}) or "your company"
