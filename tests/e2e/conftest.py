from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.running import Running, discard, running


@pytest.fixture(scope="package")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A supervisor that nobody stops; run by root, the folders above its own are closed to the servers' account."""
    place = tmp_path_factory.mktemp("steady") / "data"
    with running(place) as supervised:
        yield supervised
    discard(place)
