"""Named reads of support that more than one place uses."""

from __future__ import annotations

JUDGED_TICKETS = """(
    select account_id, opened_on as opened, round(sentiment * 1000000)::bigint as sentiment,
           known_on as known, coalesce(superseded_on, date 'infinity') as superseded
    from tickets where sentiment is not null)"""
"""Tickets whose sentiment was judged, in millionths, believed on a day in [known, superseded)."""
