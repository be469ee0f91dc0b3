"""Health in the schema: two audiences, factors as sentences, history, versions of the model; one file a subject."""

from backend.health.graphql.expressions import points, share, text
from backend.health.graphql.factors import HealthFactorType, HealthGroupType
from backend.health.graphql.history import HealthPointType, customer_history, internal_history
from backend.health.graphql.next_actions import NextActionType, next_actions_of
from backend.health.graphql.scores import (
    HealthOverrideType,
    HealthScoreType,
    category_of,
    customer_health,
    internal_health,
    visibility,
)
from backend.health.graphql.versions import HealthModelLeafType, HealthModelVersionType, health_model_versions

__all__ = [
    "HealthFactorType",
    "HealthGroupType",
    "HealthModelLeafType",
    "HealthModelVersionType",
    "HealthOverrideType",
    "HealthPointType",
    "HealthScoreType",
    "NextActionType",
    "category_of",
    "customer_health",
    "customer_history",
    "health_model_versions",
    "internal_health",
    "internal_history",
    "next_actions_of",
    "points",
    "share",
    "text",
    "visibility",
]
