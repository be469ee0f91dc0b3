"""Customers to whom something happens that is worth seeing. tests/demo pins each of them by what the API says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from backend.demo.company import Calendar, Company, Human, Said, State, Term, TicketOf
from backend.demo.course import Course, knots, steady
from backend.demo.money import AFTER, TRIAL_DAYS, next_month, price
from backend.demo.names import slug
from backend.demo.population import people_of
from backend.demo.staffing import STAFF_ADDRESS

CSM = f"csm@{STAFF_ADDRESS}"

CHAMPION_LEFT = "Harrow & Pine Freight"
GROWN = "Lakeside Outfitters"
NEAR_LIMIT = "Kettle Lane Coffee"
WANTS_OUT = "Marigold Insurance"
GROUP = "Aurelia Hotels Group"
GROUP_RED = "Aurelia Lisbon"
SURPRISE = "Bluebell Studios"
WON_BACK = "Fernhill Press"
PAYS_NOT = "Copperline Cycles"
TRIAL_EARLY = "Tidewater Yoga"
TRIAL_LATE = "Quillfeather Books"
NEW = "Maplewood Dental"
TWO_EVENTS = "Hollow Oak Antiques"
PUBLIC_SECTOR = "Aldermoor City Library"

VISITORS = {PAYS_NOT: "Ines Costa", CHAMPION_LEFT: "Omar Singh", TRIAL_LATE: "Lina Park"}
"""Company → the person of it who may sign in."""


def situations(rng: Random, calendar: Calendar) -> list[Company]:
    """Every situation, in the order of the table below."""
    made = []
    for number, (name, make) in enumerate(TABLE.items(), 1):
        company = make(calendar, f"s-{number:02}", name)
        company.is_scripted = True
        company.manager = company.manager or CSM
        company.people = _people(rng, company)
        if not company.terms:
            company.terms = _yearly(calendar, company)
        made.append(company)
    group = next(one for one in made if one.name == GROUP)
    for company in made:
        if company.name.startswith("Aurelia") and company is not group:
            company.parent = group.key
    return made


def _scripted(key: str, name: str, tier: str, since: int, seats: int, level: Course, **more: Any) -> Company:
    return Company(key, name, tier, since, State.THRIVING, seats, level, **more)


def _yearly(calendar: Calendar, company: Company) -> list[Term]:
    """Terms of a year each, from the first day until the end."""
    terms = []
    for start in range(company.since, company.ended if company.ended is not None else 1, 365):
        end = min(start + 365, company.ended) if company.ended is not None else start + 365
        plan, seat = f"{company.tier}_annual", price(calendar, company.tier, start)
        terms.append(Term(start, end, plan, company.seats, seat, months=12))
    return terms


def _people(rng: Random, company: Company) -> list[Human]:
    """A person a seat, there from the first day; where the champion left, one more, who went."""
    found = people_of(rng, company, company.seats + (company.name == CHAMPION_LEFT))
    for human in found:
        human.joined = company.since
    if company.name == CHAMPION_LEFT:
        gone, heir, *others = found
        gone.left, heir.role = -52, "ADMIN"
        found = [heir, *others, gone]
    if (name := VISITORS.get(company.name)) is not None:
        found[0].name, found[0].email = name, visitor_address(company.name)
    return found


def visitor_address(company: str) -> str:
    """The address with which the visitor of a company signs in."""
    return f"{VISITORS[company].split()[0]}@{slug(company)}.example".lower()


def champion_left(calendar: Calendar, key: str, name: str) -> Company:
    """The champion left; of twelve people nine were active, now two are. Renewal in 41 days."""
    return _scripted(
        key,
        name,
        "professional",
        -324,
        12,
        knots((-70, 0.82), (-40, 0.2)),
        industry="logistics",
        headcount=knots((-60, 9), (-42, 2)),
        touches=(
            Said(-95, "Quarterly call with the champion: they plan to bring in the night shift."),
            Said(-48, "The champion has left the company. Asked who takes over, no answer yet.", "EMAIL"),
        ),
        tasks=(Said(4, "Rescue: find a new champion before the renewal"),),
    )


def grown(calendar: Calendar, key: str, name: str) -> Company:
    """Bought 40 seats where it had 5: the rate fell, and it is no risk."""
    seat = AFTER["professional"]
    return _scripted(
        key,
        name,
        "professional",
        -350,
        40,
        steady(0.9),
        industry="retail",
        headcount=knots((-25, 5), (0, 16)),
        terms=[
            Term(-350, -20, "professional_annual", 5, seat, months=12),
            Term(-20, 345, "professional_annual", 40, seat, months=12),
        ],
        touches=(Said(-22, "They roll out to all shops: 35 more seats from next week.", "MEETING"),),
    )


def near_limit(calendar: Calendar, key: str, name: str) -> Company:
    """Used 870 of the 1,000 conversations included, three people, asked for Slack."""
    return _scripted(
        key,
        name,
        "starter",
        -230,
        3,
        steady(0.88),
        industry="food",
        headcount=steady(2),
        conversations=Course(((-60, 24), (-28, 30), (-27, 31), (-1, 31), (0, 33))),
        touches=(Said(-9, "Asked whether answers can go to their Slack. That is in Professional.", "CHAT"),),
        notes=(Said(-9, "Wants Slack; at this pace the 1,000 conversations of Starter are used up each month."),),
        tags=("expansion",),
    )


def wants_out(calendar: Calendar, key: str, name: str) -> Company:
    """Healthy by every number, and looked for the way out yesterday."""
    return _scripted(
        key,
        name,
        "business",
        -540,
        24,
        steady(0.72),
        industry="finance",
        tastes={"requests": 1},
        events=((-1, "Subscription Cancellation Requested"),),
        tickets=(TicketOf(-60, 0.2), TicketOf(-33, 0.1)),
        touches=(Said(-14, "Monthly call: numbers look good. Their purchasing has a new head.", "MEETING"),),
    )


def group(calendar: Calendar, key: str, name: str) -> Company:
    """A parent with three hotels, one of which is red."""
    return _scripted(key, name, "business", -600, 12, steady(0.9), industry="travel", headcount=steady(6))


def child(calendar: Calendar, key: str, name: str) -> Company:
    """A hotel that does well."""
    return _scripted(key, name, "professional", -560, 8, steady(0.85), industry="travel", headcount=steady(4))


def red_child(calendar: Calendar, key: str, name: str) -> Company:
    """The hotel whose team was replaced."""
    return _scripted(
        key,
        name,
        "professional",
        -560,
        8,
        knots((-120, 0.8), (-60, 0.12)),
        industry="travel",
        headcount=knots((-120, 4), (-60, 0)),
        tickets=(TicketOf(-38, -0.7), TicketOf(-21, -0.5)),
        touches=(Said(-30, "New general manager; the team that knew the assistant has left."),),
    )


def surprise(calendar: Calendar, key: str, name: str) -> Company:
    """Left four months ago at 71: no score told."""
    return _scripted(
        key,
        name,
        "professional",
        -487,
        9,
        steady(0.66),
        industry="media",
        tastes={"requests": -1, "community": -1},
        headcount=steady(3),
        ended=-122,
        reason="Bought by a company that has its own assistant",
        tickets=(TicketOf(-190, 0.4), TicketOf(-150, 0.5)),
    )


def won_back(calendar: Calendar, key: str, name: str) -> Company:
    """Wanted to leave, took a pause instead, and came back."""
    seat = price(calendar, "starter", -420)
    return _scripted(
        key,
        name,
        "starter",
        -420,
        4,
        knots((-230, 0.75), (-180, 0.15), (-95, 0.2), (-60, 0.85)),
        industry="media",
        headcount=knots((-230, 2), (-180, 0), (-95, 0), (-90, 3)),
        terms=[
            Term(-420, -165, "starter_monthly", 4, seat),
            Term(-165, -95, "starter_monthly", 4, seat, status="PAUSED"),
            Term(-95, None, "starter_monthly", 4, AFTER["starter"], renews=next_month(calendar, -95)),
        ],
        touches=(
            Said(-168, "Wanted to cancel for the summer. Offered a pause of ten weeks; taken.", "CALL"),
            Said(-96, "Back from the pause: three people are trained, the shop is connected.", "CALL"),
        ),
        tags=("won back",),
    )


def pays_not(calendar: Calendar, key: str, name: str) -> Company:
    """Uses it as hardly anybody does, and a payment has failed for the second time."""
    return _scripted(
        key,
        name,
        "professional",
        -370,
        10,
        steady(0.95),
        industry="retail",
        headcount=steady(6),
        failed_payments=(-9, -3),
        terms=[Term(-370, None, "professional_monthly", 10, AFTER["professional"], renews=20)],
    )


def _trial(key: str, name: str, day: int, more: Mapping[str, Any]) -> Company:
    company = _scripted(
        key,
        name,
        "professional",
        -day,
        4,
        steady(0.7),
        never=frozenset({"integration_syncs", "api_calls"}),
        is_trial=True,
        **more,
    )
    plan, seat = "professional_monthly", AFTER["professional"]
    company.terms = [Term(-day, TRIAL_DAYS - day, plan, company.seats, seat, status="TRIALING")]
    return company


def trial_early(calendar: Calendar, key: str, name: str) -> Company:
    """The fifth day of a trial; the integration is not finished."""
    return _trial(key, name, 4, {"headcount": steady(2), "industry": "healthcare"})


def trial_late(calendar: Calendar, key: str, name: str) -> Company:
    """The twelfth day of a trial; the integration was never finished."""
    return _trial(key, name, 11, {"headcount": knots((-11, 3), (-4, 1)), "industry": "media"})


def new(calendar: Calendar, key: str, name: str) -> Company:
    """Eleven days old: measured by what is fair in the first 30 days."""
    return _scripted(key, name, "starter", -11, 4, steady(0.5), industry="healthcare", headcount=steady(1))


def two_events(calendar: Calendar, key: str, name: str) -> Company:
    """Came yesterday; two things have happened. Too little for a score."""
    events = ((-1, "signed_in"), (-1, "conversation_started"))
    return _scripted(key, name, "starter", -1, 2, steady(0.1), industry="retail", headcount=steady(0), events=events)


def public_sector(calendar: Calendar, key: str, name: str) -> Company:
    """Whose rules forbid gifts."""
    return _scripted(
        key,
        name,
        "business",
        -500,
        18,
        steady(0.86),
        industry="public sector",
        traits={"sector": "public", "gift_policy": "no gifts and no rewards"},
        notes=(Said(-200, "Public sector: their gift policy forbids rewards of any kind."),),
    )


TABLE: Mapping[str, Callable[[Calendar, str, str], Company]] = {
    CHAMPION_LEFT: champion_left,
    GROWN: grown,
    NEAR_LIMIT: near_limit,
    WANTS_OUT: wants_out,
    GROUP: group,
    GROUP_RED: red_child,
    "Aurelia Porto": child,
    "Aurelia Madrid": child,
    SURPRISE: surprise,
    WON_BACK: won_back,
    PAYS_NOT: pays_not,
    TRIAL_EARLY: trial_early,
    TRIAL_LATE: trial_late,
    NEW: new,
    TWO_EVENTS: two_events,
    PUBLIC_SECTOR: public_sector,
}
"""Name → what happens to it. What concerns the whole organization is elsewhere: the helpdesk that has been silent for
six days (`care.SILENT_SINCE`), a success manager with 96 accounts and a new one (`staffing`), work that is parked and
events that were refused (`troubles`)."""
