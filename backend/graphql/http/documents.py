"""Which document a request means: its text, or the hash of one that was registered or sent before."""

from __future__ import annotations

from hashlib import sha256

from backend.applications.models import PORTAL, DocumentPolicy
from backend.applications.registry import Known, Registry
from backend.graphql.http.reading import Asked, Unreadable
from backend.graphql.planner import Refusal, problem
from backend.lru import Lru

REMEMBERED, CHARACTERS = 2_000, 4_000_000


class Sent:
    """Documents by their hash, as callers sent both (automatic persisted queries). Of one process, and bounded: what
    it has forgotten, or another process was told, clients send again.
    """

    def __init__(self) -> None:
        self._texts: Lru[str, str] = Lru(REMEMBERED, CHARACTERS)

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, mark: str) -> str | None:
        """The document with a hash, or None."""
        return self._texts.get(mark)

    def put(self, mark: str, text: str) -> None:
        """Remember a document."""
        self._texts.put(mark, text, len(text) + 200)


def registered_only(application: Known | None, *, is_development: bool) -> bool:
    """Whether an application may send registered documents only. Development opens the portal."""
    if application is None or application.document_policy is DocumentPolicy.ANY:
        return False
    return not (application.id == PORTAL and is_development)


async def text_of(asked: Asked, application: Known | None, registry: Registry, sent: Sent, *, strict: bool) -> str:
    """The text of the document that a request means. Raises Refusal, and Unreadable for a wrong hash.

    With `strict` only what the application registered may be sent, by its hash or in full.
    """
    mark = asked.sha256
    if asked.query is not None and (mark or strict):
        found = sha256(asked.query.encode()).hexdigest()
        if mark and mark != found:
            raise Unreadable(400, "extensions.persistedQuery.sha256Hash is not the hash of query.")
        mark = found
    if mark is None:
        assert asked.query is not None  # noqa: S101 - reading has seen to it
        return asked.query
    if strict or asked.query is None:
        registered = await registry.document(application, mark) if application else None
        if registered is not None:
            return registered
    if strict:
        if asked.query is None:
            raise _not_found()
        raise Refusal([problem("FORBIDDEN", "This application sends registered documents only, by their hash.")])
    if asked.query is None:
        remembered = sent.get(mark)
        if remembered is None:
            raise _not_found()
        return remembered
    sent.put(mark, asked.query)
    return asked.query


def _not_found() -> Refusal:
    # Clients compare this very message: urql sends the text again, the portal asks to reload.
    return Refusal([problem("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")])
