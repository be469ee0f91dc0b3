"""Time limits that are looked at together."""

from __future__ import annotations

import asyncio

import pytest

from backend.patience import Patience


async def test_work_within_its_limit_is_left_alone() -> None:
    patience = Patience()

    with patience.limit(60):
        await asyncio.sleep(0)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_work_that_takes_too_long_is_cancelled_and_told_so() -> None:
    patience = Patience()
    seen: list[str] = []

    async def work() -> None:
        with patience.limit(0.01):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

    with pytest.raises(TimeoutError):
        await work()

    task = asyncio.current_task()
    assert task is not None
    assert (seen, task.cancelling()) == (["cancelled"], 0)


async def test_the_inner_of_two_limits_rings_alone() -> None:
    patience = Patience()
    told = []

    with patience.limit(60):
        try:
            with patience.limit(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            told.append("inner")
        await asyncio.sleep(0)
        told.append("went on")

    assert told == ["inner", "went on"]


async def test_a_task_that_somebody_else_cancels_is_cancelled() -> None:
    patience = Patience()

    async def work() -> None:
        with patience.limit(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_taken_back_does_not_ring_and_the_rest_does() -> None:
    patience = Patience()
    rung: list[str] = []
    last = asyncio.Event()

    patience.after(0.01, lambda: rung.append("taken back")).cancel()
    patience.after(0.01, lambda: rung.append("left"))
    patience.after(0.02, last.set)
    await last.wait()
    last.clear()
    patience.after(0.01, last.set)  # once more, after it was looked at for the last time
    await last.wait()

    assert rung == ["left"]


async def test_a_failure_is_no_timeout() -> None:
    patience = Patience()

    with pytest.raises(ValueError, match="wrong"), patience.limit(60):
        raise ValueError("wrong")
