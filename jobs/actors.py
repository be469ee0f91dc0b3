"""Imports every module that declares actors, so that ACTORS is whole."""

from jobs import work
from jobs.actor import ACTORS

MODULES = (work,)

__all__ = ["ACTORS", "MODULES"]
