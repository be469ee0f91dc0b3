"""The ordinary customers of the demo, made from a seed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from backend.demo.company import DAYS, Calendar, Company, Human, State
from backend.demo.course import Course, knots, steady
from backend.demo.names import FAMILY, GIVEN, GOALS, REASONS, REGIONS, TITLES, USE_CASES, company_names, slug

LIVING = {"starter": 220, "professional": 85, "business": 35}
CHURNED = {"starter": 21, "professional": 7, "business": 2}
TRIALS = 25
SEATS = {"starter": (2, 6), "professional": (7, 18), "business": (16, 44)}
ASPECTS = ("people", "features", "regularity", "requests", "community", "mood")

USUAL = {
    State.THRIVING: 54,
    State.DRIFTING: 14,
    State.STUCK: 13,
    State.RESCUED: 8,
    State.RECOVERED: 6,
    State.LEAVING: 5,
}
STARTER_SINCE_SPRING = {State.THRIVING: 30, State.DRIFTING: 18, State.STUCK: 40, State.LEAVING: 12}
PROFESSIONAL_SINCE_SPRING = {State.THRIVING: 86, State.DRIFTING: 8, State.STUCK: 4, State.RESCUED: 2}
ADDRESS = "example"
SIZES = ((20, "1-10"), (60, "11-50"), (150, "51-200"), (400, "201-1000"))


def ordinary(rng: Random, calendar: Calendar, scripted: Sequence[Company], share: float) -> list[Company]:
    """The customers that chance makes: a share of the whole, less those that are situations."""
    ended = Counter(one.tier for one in scripted if one.ended is not None)
    trials = sum(one.is_trial for one in scripted)
    living = Counter(one.tier for one in scripted if one.ended is None and not one.is_trial)
    names = company_names(rng)
    numbers = itertools.count(1)
    made: list[Company] = []
    for tier, count in LIVING.items():
        made += [_living(rng, calendar, next(numbers), tier, names) for _ in range(round(count * share) - living[tier])]
    leavers = [tier for tier, count in CHURNED.items() for _ in range(round(count * share) - ended[tier])]
    made += [
        _churned(rng, calendar, next(numbers), tier, names, is_surprise=place % 6 == 2)
        for place, tier in enumerate(leavers)  # five of them a surprise: they left from good health
    ]
    made += [_trial(rng, next(numbers), names) for _ in range(round(TRIALS * share) - trials)]
    return made


def _living(rng: Random, calendar: Calendar, number: int, tier: str, names: Iterator[tuple[str, str]]) -> Company:
    since = rng.randint(-1_100, -DAYS) if rng.random() < 0.55 else rng.randint(-DAYS + 10, -14)
    weights = USUAL
    if since >= calendar.spring and tier != "business":
        weights = STARTER_SINCE_SPRING if tier == "starter" else PROFESSIONAL_SINCE_SPRING
    state = rng.choices(list(weights), list(weights.values()))[0]
    if since > -120 and state in {State.RESCUED, State.RECOVERED, State.DRIFTING}:
        state = State.THRIVING
    company = _company(rng, number, tier, names, since, state, _level(rng, state, since))
    company.level = _onboarded(calendar, tier, since, company.level)
    return company


def _churned(
    rng: Random, calendar: Calendar, number: int, tier: str, names: Iterator[tuple[str, str]], *, is_surprise: bool
) -> Company:
    ended = -rng.randint(6, 440)
    if tier == "starter" and rng.random() < 0.6:  # since spring more of the small ones leave
        ended = -rng.randint(6, max(7, -calendar.spring - 60))
    since = ended - rng.randint(80, 600)
    if is_surprise:
        level = steady(rng.uniform(0.74, 0.9))
    else:
        begin = ended - rng.randint(45, 140)
        level = knots((begin, rng.uniform(0.55, 0.85)), (ended - 15, rng.uniform(0.06, 0.22)))
    company = _company(rng, number, tier, names, since, State.LEAVING, level)
    company.ended, company.reason = ended, rng.choice(REASONS)
    return company


def _trial(rng: Random, number: int, names: Iterator[tuple[str, str]]) -> Company:
    since = -rng.randint(1, 13)
    state = rng.choice((State.THRIVING, State.STUCK))
    level = knots((since, 0.3), (since + 10, rng.uniform(0.6, 0.95) if state is State.THRIVING else 0.15))
    company = _company(rng, number, rng.choice(("starter", "professional")), names, since, state, level)
    company.is_trial = True
    return company


def _level(rng: Random, state: State, since: int) -> Course:
    """How a customer of a state fares over the window."""
    good, floor = rng.uniform(0.74, 0.94), rng.uniform(0.14, 0.26)
    match state:
        case State.THRIVING:
            return knots((-DAYS, good - rng.uniform(-0.05, 0.12)), (0, good))
        case State.DRIFTING:
            return knots((-rng.randint(90, 250), good), (0, rng.uniform(0.42, 0.62)))
        case State.STUCK:
            return steady(rng.uniform(0.3, 0.52))
        case State.RESCUED | State.RECOVERED:
            turn = -rng.randint(90, max(91, min(330, -since - 80)))
            return knots((turn - 60, good), (turn, floor), (turn + 25, floor + 0.05), (turn + 80, good - 0.04))
        case State.LEAVING:
            return knots((-rng.randint(26, 90), good - 0.1), (-rng.randint(8, 20), floor))


def _onboarded(calendar: Calendar, tier: str, since: int, level: Course) -> Course:
    """The first 90 days: what spring changed. Nobody who came before the window is touched."""
    if since < -DAYS or tier == "business":
        return level
    lift = 0.0 if since < calendar.spring else -0.24 if tier == "starter" else 0.1
    begins = [(since + n, level.at(since + n) * share + lift) for n, share in ((0, 0.55), (30, 0.85), (60, 0.95))]
    later = [(day, value) for day, value in level.knots if day > since + 90]
    return Course((*begins, (since + 90, level.at(since + 90)), *later))


def _company(
    rng: Random,
    number: int,
    tier: str,
    names: Iterator[tuple[str, str]],
    since: int,
    state: State,
    level: Course,
) -> Company:
    name, industry = next(names)
    seats = rng.randint(*SEATS[tier])
    company = Company(
        key=f"c-{number:04}",
        name=name,
        tier=tier,
        since=since,
        state=state,
        seats=seats,
        level=level,
        industry=industry,
        use_case=rng.choice(USE_CASES),
        region=rng.choices(REGIONS, (45, 35, 12, 4, 4))[0],
        goal=rng.choice(GOALS),
        tastes={aspect: rng.gauss(0, 0.07) for aspect in ASPECTS},
        pays_late=0.25 if state in {State.LEAVING, State.STUCK} and rng.random() < 0.3 else 0.02,
    )
    company.people = people_of(rng, company, max(1, round(seats * rng.uniform(0.7, 1.0))))
    size = seats * rng.randint(3, 25)
    traits: dict[str, object] = {
        "company_size": next((word for most, word in SIZES if size <= most), "over 1000"),
        "region": company.region,
        "support_agents": seats,
    }
    if rng.random() < 0.7:
        traits["goal"] = company.goal
    if rng.random() < 0.5:
        traits["decision_maker_known"] = rng.random() < 0.7
    company.traits = traits
    company.tags = tuple(tag for tag, share in (("reference", 0.06), ("pilot group", 0.08)) if rng.random() < share)
    return company


def people_of(rng: Random, company: Company, count: int) -> list[Human]:
    """People of a company, the first its champion and admin; addresses are unique within it."""
    made: dict[str, Human] = {}
    while len(made) < count:
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        email = f"{given}.{family}@{slug(company.name)}.{ADDRESS}".lower()
        first = not made
        joined = company.since if len(made) < max(1, count // 2) else rng.randint(company.since, max(company.since, -8))
        made.setdefault(
            email,
            Human(
                name=f"{given} {family}",
                email=email,
                title=TITLES[len(made) % len(TITLES)],
                role="ADMIN" if first else "BILLING" if len(made) == 1 and company.tier != "starter" else "MEMBER",
                joined=min(joined, (company.ended or 0) - 1) if company.ended is not None else joined,
                is_champion=first,
            ),
        )
    return list(made.values())
