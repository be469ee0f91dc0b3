"""What a process says that cannot connect."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.db.engine import Database
from backend.db.readers import Readers
from backend.operation import OperationError
from backend.settings import Settings


async def test_what_cannot_be_opened_says_why_where_it_cannot_be_closed_either(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left open either: a connection that is would warn, which fails the test."""
    close = Readers.close

    async def cut(readers: Readers) -> None:
        await close(readers)
        raise TimeoutError

    monkeypatch.setattr(Readers, "close", cut)
    away = replace(settings, staff_url="postgresql://somebody:secret@127.0.0.1:1/nowhere")

    with pytest.raises(OperationError, match=r"^The database of WAYMARK_STAFF_URL cannot be used: ") as refused:
        await Database(away, ("system",), reads=("system", "staff")).open()

    assert "secret" not in str(refused.value)
