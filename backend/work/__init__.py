"""The work list: asking for work in a business transaction, and what becomes of it. `docs/work.md` has the whole."""

from backend.work.asking import Ask, enqueue, enqueue_all
from backend.work.kinds import KINDS, Kind
from backend.work.models import Queue, ScheduleSlot, WorkItem

__all__ = ["KINDS", "Ask", "Kind", "Queue", "ScheduleSlot", "WorkItem", "enqueue", "enqueue_all"]
