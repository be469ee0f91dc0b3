"""The words of health: for whom a score is, its colour, what follows from it, how a factor came about."""

from __future__ import annotations

from enum import StrEnum

from backend.accounts.models import HealthVisibility
from backend.graphql.enums import describe
from backend.health.models import FactorStatus, HealthBand, RetentionCategory, Trend


class Audience(StrEnum):
    """For whom a score is computed."""

    CUSTOMER = "CUSTOMER"
    INTERNAL = "INTERNAL"


describe(
    Audience,
    "For whom a score is computed.",
    CUSTOMER="Over the factors that customers may see alone, so that nothing hidden follows by subtraction.",
    INTERNAL="Over every factor.",
)
describe(
    HealthBand,
    "The colour of a score.",
    GREEN="Healthy.",
    YELLOW="Worth a look.",
    RED="Needs help.",
    INSUFFICIENT_DATA="Too little is known for a score.",
)
describe(
    RetentionCategory,
    "Who needs action now.",
    SECURE="Nothing to do.",
    MONITOR="Keep an eye on it.",
    AT_RISK="Plan a step.",
    CRITICAL="Act now.",
)
describe(
    FactorStatus,
    "How a factor came to its value. Nothing reported (a real zero) and nothing connected are never confused.",
    MEASURED="Measured.",
    ZERO="A connected source reported nothing.",
    STALE="The source is silent; the last value is kept.",
    NO_SOURCE="No source for it is connected.",
    TOO_NEW="The account is too young.",
    NOT_APPLICABLE="It does not apply to this account.",
)
describe(
    Trend,
    "Which way a score went over 28 days.",
    RISING="Up, beyond the account's own noise.",
    STEADY="No change that stands out.",
    FALLING="Down, beyond the account's own noise.",
    UNKNOWN="Too few days.",
)
describe(
    HealthVisibility,
    "What the customers of a tier see of their health.",
    HIDDEN="Nothing.",
    WORDS="Words and sentences, no numbers of the score.",
    SCORE="The score with its factors.",
)
