"""What staff note of their dealings with accounts; one file a subject."""

from backend.engagement.service.notes import delete_note, edit_note, purge_notes, restore_note, write_note
from backend.engagement.service.pulses import record_pulse, withdraw_pulse
from backend.engagement.service.touchpoints import log_touchpoint

__all__ = [
    "delete_note",
    "edit_note",
    "log_touchpoint",
    "purge_notes",
    "record_pulse",
    "restore_note",
    "withdraw_pulse",
    "write_note",
]
