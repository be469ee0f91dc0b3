"""Failures that the person who runs Waymark can mend. Their message is all that the command line shows."""

from __future__ import annotations


class OperationError(Exception):
    """Something about this machine or deployment is in the way; the message says what, and what to do."""
