"""Imports every module that declares actors, so that ACTORS is whole."""

from jobs import billing, ingest, work
from jobs.actor import ACTORS

MODULES = (billing, ingest, work)

__all__ = ["ACTORS", "MODULES"]
