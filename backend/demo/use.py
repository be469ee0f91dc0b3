"""What customers use, as daily rollups and days of people: what counting their events would have left."""

from __future__ import annotations

import math
from random import Random
from uuid import UUID

from backend.demo.company import DAYS, Calendar, Company

FEATURES = {
    "starter": ("conversations", "knowledge_base_articles", "saved_replies", "workflow_runs"),
    "professional": (
        "conversations",
        "knowledge_base_articles",
        "saved_replies",
        "workflow_runs",
        "integration_syncs",
        "team_notes",
        "report_views",
    ),
}
FEATURES["business"] = (*FEATURES["professional"], "brand_customisations")
MOST = {
    "knowledge_base_articles": 6,
    "saved_replies": 40,
    "workflow_runs": 90,
    "integration_syncs": 48,
    "team_notes": 9,
    "report_views": 7,
    "brand_customisations": 2,
}
"""The most of a feature on a day of a customer that does well, for ten seats."""
MONTHLY = {"starter": 620, "professional": 3_100, "business": 9_000}
"""Conversations of a customer that does well."""

Rollup = tuple[UUID, int, str, int]
"""Account, day, metric, amount."""
Presence = tuple[UUID, int, str, UUID]
"""Account, day, metric, person."""


class Use:
    """Collects what all customers use, day by day, in the order in which it would have arrived."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.rollups: list[list[Rollup]] = [[] for _ in range(DAYS + 1)]
        self.presences: list[list[Presence]] = [[] for _ in range(DAYS + 1)]

    def add(self, rng: Random, company: Company) -> None:
        """Live through the company's days."""
        features = list(FEATURES[company.tier][1:])
        rng.shuffle(features)
        features = [one for one in features if one not in company.never]
        offered = len(FEATURES[company.tier])
        weights = [rng.uniform(0.6, 1.4) for _ in company.people]
        monthly = MONTHLY[company.tier] * rng.uniform(0.7, 1.5)
        wave, phase = rng.uniform(0.01, 0.05), rng.uniform(0, 6.3)
        for day in range(company.begins, company.last + 1):
            share = min(1.0, max(0.15, (self._calendar.hour - 6) / 12)) if day == 0 else 1.0
            swing = wave * math.sin(day / 17 + phase)
            self._day(rng, company, day, share, swing, features, offered, weights, monthly)

    def _day(
        self,
        rng: Random,
        company: Company,
        day: int,
        share: float,
        swing: float,
        features: list[str],
        offered: int,
        weights: list[float],
        monthly: float,
    ) -> None:
        chance = rng.random
        is_open = self._calendar.is_open(day)
        account = company.account_id
        found = self.rollups[day + DAYS]
        here = self.presences[day + DAYS]
        if company.conversations is not None:
            talks = round(company.conversations.at(day))
        else:
            usual = monthly / 30 * (0.1 + 0.9 * company.towards("people", day)) * (1.17 if is_open else 0.55)
            talks = int(usual * share * (0.75 + 0.5 * chance()))
        if talks:
            found.append((account, day, "conversations", talks))
        if not is_open:
            return
        present = self._present(rng, company, day, share, swing, weights)
        for person in present:
            here.append((account, day, "logins", person))
        if present:
            found.append((account, day, "logins", len(present) + int(chance() * len(present))))
        if "api_calls" not in company.never and chance() < (0.15 + 0.75 * company.towards("regularity", day)) * share:
            found.append((account, day, "api_calls", 20 + int(chance() * 400)))
        used = round((0.1 + 0.62 * company.towards("features", day)) * offered) - 1
        scale = company.seats / 10 * (0.3 + 0.7 * company.level.at(day)) * share
        for feature in features[: max(0, used)]:
            if chance() < 0.45:
                found.append((account, day, feature, 1 + int(chance() * MOST[feature] * scale)))
        if present:
            self._speak(rng, company, day, present)

    def _present(
        self, rng: Random, company: Company, day: int, share: float, swing: float, weights: list[float]
    ) -> list[UUID]:
        """Who signs in on a business day."""
        people = [
            (one.person_id, weight)
            for one, weight in zip(company.people, weights, strict=True)
            if one.joined <= day and (one.left is None or day < one.left)
        ]
        if company.headcount is not None:
            return [person for person, _ in people[: round(company.headcount.at(day))]]
        wanted = (0.05 + 0.43 * (company.towards("people", day) + swing)) * company.seats * share
        each = wanted / max(1, len(people))
        chance = rng.random
        return [person for person, weight in people if chance() < min(0.97, each * weight)]

    def _speak(self, rng: Random, company: Company, day: int, present: list[UUID]) -> None:
        """Requests for features and the community, seldom enough that small customers have some as often as large."""
        found, here = self.rollups[day + DAYS], self.presences[day + DAYS]
        scale = max(1.0, len(company.people) / 8)
        for metric, aspect, days in (("feature_requests", "requests", 64), ("community_activity", "community", 20)):
            rate = -math.log(1 - 0.92 * company.towards(aspect, day)) / days * scale
            if rng.random() < rate:
                found.append((company.account_id, day, metric, 1))
                here.append((company.account_id, day, metric, rng.choice(present)))
