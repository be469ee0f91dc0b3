"""Named reads of accounts that more than one place uses."""

from __future__ import annotations

TIER_SPANS = """(
    select account_id, tier_key, valid_from as starts, coalesce(valid_to, date 'infinity') as ends,
           known_on as known, coalesce(superseded_on, date 'infinity') as superseded, id
    from account_tiers)"""
"""Tiers of accounts: held on a day in [starts, ends), believed on a day in [known, superseded)."""
