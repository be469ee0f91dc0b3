"""Reads of alerts that more than one place uses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, func, select

from backend.alerts.models import AlertRule


def sentence(alert: Any) -> Any:
    """SQL: the rule's sentence with the alert's numbers in it."""
    said: Any = select(AlertRule.definition["sentence"].astext).where(AlertRule.key == alert.rule_key).scalar_subquery()
    return func.waymark_sentence(said, alert.facts, type_=Text())
