"""What is sent: the event as Standard Webhooks writes it, or a message that Slack and what is like it show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from backend.webhooks.models import BodyForm

MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What Slack would read as markup, links and mentions of everybody among it."""


def event_body(type_: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event: its type, when it was, and what is known of it."""
    return {"type": type_, "timestamp": at.isoformat(), "data": dict(data)}


def written(form: BodyForm, body: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent, the same at each attempt."""
    if form is BodyForm.STANDARD:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return orjson.dumps({"text": _sentence(body["type"], body["data"])})


def _sentence(type_: str, data: Mapping[str, Any]) -> str:
    account, rule = str(data.get("accountName", "")), str(data.get("ruleName", ""))
    said, state = str(data.get("sentence", "")), type_.partition(".")[2]
    head = f"*{account.translate(MARKUP)}*: {rule.translate(MARKUP)} ({state})" if account else "A test of Waymark"
    return f"{head}\n{said.translate(MARKUP)}".strip()
