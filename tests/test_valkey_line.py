"""The pipelined connection to Valkey: answers in order, and nobody waits for a server that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from backend import valkey_line
from backend.db.embedded import EmbeddedValkey
from backend.valkey_line import Away, Line

ECHO = "return KEYS[1] .. ':' .. ARGV[1]"


async def until_connected(line: Line) -> bytes:
    """Ask until somebody answers."""
    for _ in range(500):
        asked = line.run(["again"], [1])
        if asked is not None:
            return await asked
        await asyncio.sleep(0.01)
    raise AssertionError("the line never connected again")


async def test_many_questions_at_once_are_answered_in_their_order(valkey: EmbeddedValkey) -> None:
    line = Line(valkey.url(3), ECHO)
    await line.open()

    asked = [line.run([f"key é\r\n{number}"], [number]) for number in range(200)]

    answers = [await question for question in asked if question is not None]
    assert answers == [f"key é\r\n{number}:{number}".encode() for number in range(200)]
    await line.close()
    assert line.run(["key"], [1]) is None


async def test_it_works_on_the_event_loop_of_production_too(valkey: EmbeddedValkey) -> None:
    async def ask() -> bytes:
        line = Line(valkey.url(), ECHO)
        await line.open()
        asked = line.run(["key"], [1])
        assert asked is not None
        answer = await asked
        await line.close()
        return answer

    assert await asyncio.to_thread(uvloop.run, ask()) == b"key:1"


async def test_a_question_whose_asker_has_gone_does_not_shift_the_answers(valkey: EmbeddedValkey) -> None:
    line = Line(valkey.url(), ECHO)
    await line.open()

    first, second = line.run(["first"], [1]), line.run(["second"], [2])
    assert first is not None
    assert second is not None
    first.cancel()

    assert await second == b"second:2"
    await line.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey that the test may stop."""
    server = EmbeddedValkey(tmp_path / "valkey", durable=False).start()
    yield server
    server.stop()


async def test_a_server_that_ends_is_away_and_found_again_when_it_is_back(own_valkey: EmbeddedValkey) -> None:
    server = own_valkey
    line = Line(server.url(), ECHO)
    await line.open()
    assert await until_connected(line) == b"again:1"

    server.stop()
    for _ in range(500):
        asked = line.run(["gone"], [1])
        if asked is None:
            break
        with pytest.raises(Away):
            await asked
    else:
        raise AssertionError("the line never noticed")
    server.start(same_port=True)

    assert await until_connected(line) == b"again:1"
    await line.close()


async def test_a_server_that_never_answers_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey_line, "ANSWER_SECONDS", 0.02)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = Line(f"redis://127.0.0.1:{port}/0", ECHO)

    await line.open()

    assert line.run(["key"], [1]) is None
    await line.close()
    server.close()
    await server.wait_closed()


async def test_an_error_ends_the_connection_and_the_next_one_works(valkey: EmbeddedValkey) -> None:
    line = Line(valkey.url(), "if ARGV[1] == '0' then return redis.error_reply('ERR no') end return KEYS[1] .. ':1'")
    await line.open()

    asked = line.run(["key"], [0])
    assert asked is not None
    with pytest.raises(Away):
        await asked

    assert await until_connected(line) == b"again:1"
    await line.close()


async def test_a_wrong_password_is_no_fault_but_an_absence(valkey: EmbeddedValkey) -> None:
    line = Line(f"redis://:wrong@127.0.0.1:{valkey.port}/0", ECHO)

    await line.open()

    assert line.run(["key"], [1]) is None
    await line.close()
