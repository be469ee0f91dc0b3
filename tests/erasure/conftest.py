from __future__ import annotations

from tests.ingest.conftest import load

__all__ = ["load"]
