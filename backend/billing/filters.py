"""What accounts can be filtered by that billing knows."""

from __future__ import annotations

from backend.accounts.models import Account, Stage
from backend.billing.stages import stages_of
from backend.filters import TEXT, Fields, column, keys

_KEY = stages_of(Account).with_only_columns(Stage.key).correlate(Account).scalar_subquery()

FIELDS: Fields = {"stage": column(_KEY, keys(TEXT.of("stage")))}
