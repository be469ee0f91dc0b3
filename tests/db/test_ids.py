from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from backend.db import ids

pytestmark = pytest.mark.unit


def test_ids_have_the_order_in_which_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [5_000_000_000] * 5_000 + [4_000_000_000, 9_000_000_000]  # a clock that stands, goes back and jumps
    monkeypatch.setattr(ids, "_newest", 0)
    monkeypatch.setattr(time, "time_ns", iter(moments).__next__)

    made = [ids.uuid7() for _ in moments]

    assert all(earlier < later for earlier, later in pairwise(made))
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert (made[0].int >> 80, made[-1].int >> 80) == (5_000, 9_000)


def test_threads_make_no_id_twice_and_none_out_of_order() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [ids.uuid7() for _ in range(2_000)], range(4)))

    assert all(earlier < later for some in made for earlier, later in pairwise(some))
    assert len({each.int >> 64 for some in made for each in some}) == 8_000
