"""The people who work for the demo organization, who looks after whom, and the sign-ins that are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from backend.db.ids import uuid7
from backend.demo.company import Company

ORGANIZATION = "Parrot & Pine (demo)"
PASSWORD = "demo-demo-demo"  # noqa: S105 - it is printed, and works from this machine alone
STAFF_ADDRESS = "demo.example"
LOADED = 96
"""Accounts of the success manager who has too many."""
INHERITED = 9
"""Accounts that the new success manager has been given so far."""


@dataclass
class Colleague:
    """Somebody who works here."""

    local: str
    name: str
    role: str
    person_id: UUID = field(default_factory=uuid7)
    staff_id: UUID = field(default_factory=uuid7)

    @property
    def email(self) -> str:
        """Where mail reaches them."""
        return f"{self.local}@{STAFF_ADDRESS}"


def colleagues() -> list[Colleague]:
    """Everybody, the success managers first: the one with too many accounts, the new one, then the others."""
    return [
        Colleague("csm", "Carla Mendes", "CSM"),
        Colleague("new.csm", "Noor Haddad", "CSM"),
        Colleague("tom", "Tom Eriksson", "CSM"),
        Colleague("yuki", "Yuki Tanaka", "CSM"),
        Colleague("amara", "Amara Okafor", "CSM"),
        Colleague("luca", "Luca Ricci", "CSM"),
        Colleague("manager", "Marta Novak", "MANAGER"),
        Colleague("executive", "Edgar Vogel", "EXECUTIVE"),
        Colleague("billing", "Bea Larsen", "BILLING"),
        Colleague("admin", "Adam Keller", "ADMIN"),
    ]


def assign(rng: Random, companies: Sequence[Company], managers: Sequence[Colleague]) -> None:
    """Give every customer a success manager: the first has exactly LOADED living ones, the second INHERITED."""
    loaded, new, *others = managers
    room = {loaded.email: LOADED, new.email: INHERITED}
    for company in companies:
        if company.manager and company.ended is None:
            room[company.manager] = room.get(company.manager, 0) - 1
    free = [company for company in companies if not company.manager]
    rng.shuffle(free)
    for company in free:
        chosen = next((email for email in (loaded.email, new.email) if room[email] > 0), "")
        if chosen and company.ended is None:
            room[chosen] -= 1
        else:
            chosen = rng.choice(others).email
        company.manager = chosen
