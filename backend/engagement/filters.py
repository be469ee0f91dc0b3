"""What accounts can be filtered by that engagement knows."""

from __future__ import annotations

from backend.accounts.models import Account
from backend.engagement.models import PulseMood
from backend.engagement.queries import mood_in_force
from backend.filters import TEXT, Fields, column, keys

MOODS = {"pulse": tuple(PulseMood)}
"""Vocabulary that the code itself knows."""

FIELDS: Fields = {"pulse": column(mood_in_force(Account.id), keys(TEXT.of("pulse")))}
