"""`tiers.yaml`: service tiers, what they cost, include and offer, and what their customers see of their health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from backend.accounts import models
from backend.accounts.models import HealthVisibility
from backend.db.engine import WriteSession
from backend.identity import face
from backend.identity.logo import pictured
from backend.identity.models import Organization
from backend.money import minor_digits
from backend.program.section import Key, Problem, Program, Section, Words

FILE = "tiers.yaml"

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
PlanKey = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Price(Section):
    """An amount in whole units of a currency, for example 19 or 19.50."""

    amount: Annotated[Decimal, Field(ge=0, le=1_000_000_000)]
    currency: Currency

    def minor(self) -> int:
        """The amount in minor units of its currency."""
        return int(self.amount.scaleb(minor_digits(self.currency)))


class Tier(Section):
    """One service tier."""

    name: Words
    rank: Annotated[int, Field(ge=0, le=1_000)]
    """Order of the tiers; a higher rank is the larger offer."""
    monthly_price: Price | None = None
    health_visibility: HealthVisibility = HealthVisibility.WORDS
    plans: tuple[PlanKey, ...] = ()
    """Plan keys of billing systems that put an account into this tier."""
    limits: dict[Key, Annotated[int, Field(ge=1, le=2**53 - 1)]] = Field(default_factory=dict)
    """Metric → quantity included per month; a metric that is not named is unlimited."""
    core_features: tuple[Key, ...] | None = None
    """Core metrics that the tier offers; left out: all of them."""


class Portal(Section):
    """The face that customers see, before they have signed in as well."""

    name: Annotated[str, AfterValidator(face.named)] | None = None
    """What it calls itself; left out: the organization's name. What staff choose goes before any of the three."""
    accent_color: Annotated[str, AfterValidator(face.coloured)] | None = None
    logo: Annotated[str, AfterValidator(pictured)] | None = None
    """An image as a `data:` address, since pages load no image from elsewhere."""


class Tiers(Section):
    """The whole file."""

    portal: Portal = Portal()

    tiers: Annotated[dict[Key, Tier], Field(min_length=1)]


def check(section: Tiers, _program: Program) -> Iterator[Problem]:
    """Ranks and plan keys that two tiers claim, and prices finer than their currency."""
    ranks = Counter(tier.rank for tier in section.tiers.values())
    plans = Counter(plan for tier in section.tiers.values() for plan in tier.plans)
    for key, tier in section.tiers.items():
        if ranks[tier.rank] > 1:
            yield Problem(("tiers", key, "rank"), f"is {tier.rank} in more than one tier. Give each its own.")
        for place, plan in enumerate(tier.plans):
            if plans[plan] > 1:
                yield Problem(("tiers", key, "plans", place), f"{plan} is listed more than once. Keep it in one tier.")
        price = tier.monthly_price
        if price is not None and price.amount.scaleb(minor_digits(price.currency)) % 1:
            yield Problem(
                ("tiers", key, "monthly_price", "amount"),
                f"has more than {minor_digits(price.currency)} decimal places of {price.currency}. Round it.",
            )


async def apply(session: WriteSession, section: Tiers, _program: Program) -> None:
    """Make `tiers` and the portal's face equal to the file. A tier that it does not name any more is retired."""
    rows = [
        {
            "key": key,
            "name": tier.name,
            "rank": tier.rank,
            "price_minor": tier.monthly_price.minor() if tier.monthly_price else None,
            "price_currency": tier.monthly_price.currency if tier.monthly_price else None,
            "health_visibility": tier.health_visibility.value,
            "plans": list(tier.plans),
            "limits": dict(tier.limits),
            "is_retired": False,
        }
        for key, tier in section.tiers.items()
    ]
    statement = insert(models.Tier).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={name: statement.excluded[name] for name in rows[0] if name != "key"},
        )
    )
    portal = section.portal
    said = {"portal_name": portal.name, "accent_color": portal.accent_color, "logo": portal.logo}
    await session.execute(update(Organization).values(**said))
    await session.execute(
        update(models.Tier).where(models.Tier.key.not_in(list(section.tiers))).values(is_retired=True)
    )
