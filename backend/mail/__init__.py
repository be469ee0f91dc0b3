"""Mail to persons: written in the caller's transaction, sent by a worker.

    await mail.queue(session, person_id=person.id, to=person.email, subject="Welcome", text=...)

`docs/mail.md` has the whole.
"""

from backend.mail.letter import Letter
from backend.mail.models import Mail, MailState
from backend.mail.service import queue

__all__ = ["Letter", "Mail", "MailState", "queue"]
