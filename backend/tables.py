"""Imports every module that declares tables, so that `Base.metadata` is whole."""

from backend import events, idempotency, work
from backend.accounts import models as accounts
from backend.alerts import models as alerts
from backend.applications import models as applications
from backend.billing import models as billing
from backend.db import clock
from backend.db.base import Base
from backend.engagement import models as engagement
from backend.erasure import models as erasure
from backend.health import models as health
from backend.identity import models as identity
from backend.ingest import models as ingest
from backend.mail import models as mail
from backend.notifications import models as notifications
from backend.program import models as program
from backend.support import models as support
from backend.tasks import models as tasks
from backend.usage import models as usage
from backend.webhooks import models as webhooks

MODULES = (
    accounts,
    applications,
    alerts,
    billing,
    clock,
    engagement,
    erasure,
    events,
    health,
    idempotency,
    identity,
    ingest,
    mail,
    notifications,
    program,
    support,
    tasks,
    usage,
    webhooks,
    work,
)
metadata = Base.metadata
