"""Reads of alerts that more than one place uses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, func, select

from backend.alerts.models import AlertRule


def sentence(alert: Any) -> Any:
    """SQL: the rule's sentence with the alert's numbers in it."""
    said: Any = select(AlertRule.definition["sentence"].astext).where(AlertRule.key == alert.rule_key).scalar_subquery()
    for name in ("percent", "before", "recent", "days", "count"):
        said = func.replace(said, f"{{{name}}}", func.coalesce(alert.facts[name].astext, ""), type_=Text())
    return func.coalesce(said, "", type_=Text())
