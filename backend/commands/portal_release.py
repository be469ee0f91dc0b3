"""At each migration: registering what the portal beside it sends, since its cookie sends nothing else."""

from __future__ import annotations

from importlib import import_module

from backend.applications import service
from backend.applications.models import PORTAL
from backend.commands.transaction import in_transaction
from backend.settings import Settings
from backend.web import portal


def release_portal(chosen: Settings) -> None:
    """Register the documents of the portal, if there is one and its release is another than the one that is registered.

    Raises OperationError where they cannot be read, or not be run by this version.
    """
    path = portal.documents_of(chosen.portal_dir)
    if not path.is_file():
        return
    registered = in_transaction(lambda session: service.released(session, PORTAL), chosen)
    if portal.marks(chosen.portal_dir) != registered:
        # Checking documents loads the whole schema, without which most starts are twice as quick.
        import_module("backend.commands.documents").release_portal(path, chosen)
