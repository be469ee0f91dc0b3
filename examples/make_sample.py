"""Makes examples/sample: a small, made-up history of the customers of an AI conversation assistant.

The same files on every run: everything is drawn from one seeded generator, and days are counted from a fixed one.

    python -m examples.make_sample [DIR]
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

SEED = 2024
FIRST = date(2025, 1, 1)
DAYS = 120
LAST = FIRST + timedelta(days=DAYS - 1)
ACCOUNTS = 40

TIERS = {  # seats, monthly price of the plan, conversations a business day, core features used
    "starter": (3, 19, 12, 3),
    "professional": (12, 49, 55, 5),
    "business": (40, 99, 180, 8),
}
FEATURES = (
    "conversations",
    "knowledge_base_articles",
    "saved_replies",
    "workflow_runs",
    "integration_syncs",
    "team_notes",
    "report_views",
    "brand_customisations",
)
SHARES = (1.0, 0.06, 0.25, 0.15, 0.12, 0.08, 0.04, 0.01)
"""Uses of a feature for each conversation."""
FIRST_NAMES = [
    "Ada",
    "Amir",
    "Anna",
    "Ben",
    "Carla",
    "Chen",
    "Dana",
    "Elif",
    "Emeka",
    "Eva",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Ivan",
    "Jana",
    "Kofi",
    "Lena",
    "Li",
    "Mara",
]
LAST_NAMES = [
    "Adler",
    "Brandt",
    "Costa",
    "Diaz",
    "Engel",
    "Fischer",
    "Gruber",
    "Haas",
    "Ito",
    "Jansen",
    "Kaya",
    "Lind",
    "Moreau",
    "Novak",
    "Okoro",
    "Petit",
]
PLACES = [
    "Alder",
    "Birch",
    "Cedar",
    "Delta",
    "Ember",
    "Fjord",
    "Grove",
    "Harbour",
    "Iris",
    "Juniper",
    "Kestrel",
    "Lagoon",
    "Maple",
    "North",
    "Orchard",
    "Pine",
]
TRADES = ("Outfitters", "Clinics", "Freight", "Travel", "Books")
INDUSTRIES = {
    "Outfitters": "Retail",
    "Clinics": "Health",
    "Freight": "Logistics",
    "Travel": "Travel",
    "Books": "Retail",
}
TITLES = ("Head of Support", "Support Lead", "Support Agent", "Operations Manager", "Developer")


@dataclass(frozen=True)
class Customer:
    """An account and how its use develops."""

    key: str
    name: str
    industry: str
    tier: str
    since: date
    people: int
    course: str
    """steady, growing, fading or silent."""

    def intensity(self, day: date) -> float:
        """Use relative to the tier's usual, over the sample's days."""
        passed = (day - FIRST).days / DAYS
        match self.course:
            case "growing":
                return 0.5 + 0.8 * passed
            case "fading":
                return 1.0 if passed < 0.5 else max(0.05, 1.0 - 1.9 * (passed - 0.5))
            case "silent":
                return 0.6 if passed < 0.75 else 0.0
        return 0.9


def customers(draw: random.Random) -> list[Customer]:
    """Forty accounts over the three tiers; most are steady, some grow, some fade, two fall silent."""
    made = []
    for number in range(ACCOUNTS):
        tier = ("starter", "professional", "business")[number % 5 // 2]
        trade = TRADES[number % len(TRADES)]
        course = (
            "silent"
            if number in {7, 23}
            else "fading"
            if number % 8 == 3
            else "growing"
            if number % 6 == 1
            else "steady"
        )
        made.append(
            Customer(
                key=f"c{number + 1:03}",
                name=f"{PLACES[number % len(PLACES)]} {trade}",
                industry=INDUSTRIES[trade],
                tier=tier,
                since=FIRST - timedelta(days=draw.randrange(40, 600))
                if number < 36
                else FIRST + timedelta(days=96 + number % 3),
                people=min(TIERS[tier][0], 2 + number % 3),
                course=course,
            )
        )
    return made


def members(draw: random.Random, accounts: Sequence[Customer]) -> Iterable[Sequence[object]]:
    """Three people an account on average, the first of them its administrator."""
    for account in accounts:
        for place in range(account.people):
            first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
            email = f"{first}.{last}.{place + 1}@{account.key}.example".lower()
            role = "ADMIN" if place == 0 else "MEMBER"
            yield account.key, email, f"{first} {last}", role, draw.choice(TITLES), account.since


def usage(draw: random.Random, accounts: Sequence[Customer]) -> Iterable[Sequence[object]]:
    """One row an account and day with a column for each metric; nothing where nobody was active."""
    for account in accounts:
        seats, _, busy, features = TIERS[account.tier]
        has_api = account.tier != "starter"
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            if day < account.since:
                continue
            weekday = 1.0 if day.weekday() < 5 else 0.15
            talks = round(busy * account.intensity(day) * weekday * draw.uniform(0.75, 1.25))
            if talks <= 0:
                continue
            row: list[object] = [account.key, day]
            row.extend(
                round(talks * share * draw.uniform(0.7, 1.3)) if place < features else 0
                for place, share in enumerate(SHARES)
            )
            row[2] = talks
            active = max(1, min(seats, round(seats * 0.55 * account.intensity(day) * weekday * draw.uniform(0.8, 1.2))))
            calls = round(talks * draw.uniform(6, 9)) if has_api and weekday == 1.0 else 0
            requests = int(draw.random() < 0.03 * account.intensity(day))
            community = int(draw.random() < 0.05 * account.intensity(day))
            yield [
                *(cell or "" for cell in row),
                active + draw.randrange(0, 3),
                active,
                calls or "",
                requests or "",
                community or "",
            ]


def subscriptions(accounts: Sequence[Customer]) -> Iterable[Sequence[object]]:
    """A yearly or monthly plan each; two accounts bought seats in the sample, one moved up a tier."""
    for number, account in enumerate(accounts):
        seats, price, _, _ = TIERS[account.tier]
        period = 12 if number % 3 == 0 else 1
        plan = f"{account.tier}_{'annual' if period == 12 else 'monthly'}"
        limit = {"starter": 1000, "professional": 5000}.get(account.tier, "")
        change = FIRST + timedelta(days=70)
        ends = FIRST + timedelta(days=DAYS + 15 + 9 * (number % 30))
        if number in {6, 16}:
            yield f"s{number + 1:03}a", account.key, plan, account.since, change, price, seats, limit, period
            yield f"s{number + 1:03}b", account.key, plan, change, ends, price * 2, seats * 2, limit, period
        else:
            yield f"s{number + 1:03}", account.key, plan, account.since, ends, price, seats, limit, period


def tickets(draw: random.Random, accounts: Sequence[Customer]) -> Iterable[Sequence[object]]:
    """Conversations with support; those of accounts that fade are angrier."""
    number = 0
    for account in accounts:
        for _ in range(draw.randrange(1, 7)):
            opened = datetime(FIRST.year, 1, 1, 8, tzinfo=UTC) + timedelta(
                days=draw.randrange(DAYS), minutes=draw.randrange(540)
            )
            if opened.date() < account.since:
                continue
            number += 1
            mood = (
                -0.5 if account.course in {"fading", "silent"} and opened.date() > FIRST + timedelta(days=60) else 0.35
            )
            sentiment = max(-1.0, min(1.0, round(draw.gauss(mood, 0.25), 2)))
            solved = opened + timedelta(hours=draw.randrange(1, 60))
            yield (
                f"t{number:04}",
                account.key,
                f"{opened:%Y-%m-%d %H:%M}",
                f"{solved:%Y-%m-%d %H:%M}",
                sentiment,
            )


def invoices(draw: random.Random, accounts: Sequence[Customer]) -> Iterable[Sequence[object]]:
    """An invoice a month, due after 14 days; three accounts pay late, one of them not yet."""
    for number, account in enumerate(accounts):
        price = TIERS[account.tier][1]
        for month in range(1, 5):
            issued = date(FIRST.year, month, 1)
            if issued < account.since:
                continue
            due = issued + timedelta(days=14)
            late = 25 if number in {3, 11, 19} and month > 2 else draw.randrange(-8, 1)
            settled: object = due + timedelta(days=late)
            if number == 11 and month == 4:
                settled = ""
            yield f"i{number + 1:03}-{month}", account.key, f"{price}.00", issued, due, settled


def files() -> dict[str, str]:
    """Every CSV file of the sample, by name."""
    draw = random.Random(SEED)
    accounts = customers(draw)
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[object]]]] = {
        "accounts.csv": (
            ("account_id", "name", "industry", "customer_since"),
            [(account.key, account.name, account.industry, account.since) for account in accounts],
        ),
        "members.csv": (("account_id", "email", "name", "role", "title", "joined_on"), members(draw, accounts)),
        "subscriptions.csv": (
            ("id", "account_id", "plan", "starts_on", "ends_on", "mrr", "seats", "conversations_limit", "months"),
            subscriptions(accounts),
        ),
        "usage.csv": (
            ("account_id", "day", *FEATURES, "logins", "active_people", "api_calls", "feature_requests", "community"),
            usage(draw, accounts),
        ),
        "tickets.csv": (("id", "account_id", "opened_at", "resolved_at", "sentiment"), tickets(draw, accounts)),
        "invoices.csv": (("id", "account_id", "amount", "issued_on", "due_on", "settled_on"), invoices(draw, accounts)),
    }
    return {name: _written(header, rows) for name, (header, rows) in tables.items()}


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines: list[str] = []

    class Lines:
        def write(self, line: str) -> int:
            lines.append(line)
            return len(line)

    writer = csv.writer(Lines(), lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return "".join(lines)


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "sample"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_text(content, "utf-8")
        print(f"{folder / name}: {content.count(chr(10)) - 1:,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
