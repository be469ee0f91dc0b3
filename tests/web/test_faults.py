"""A fault of ours in a route beside GraphQL is answered as every error is, and told to the log alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.db.engine import Database
from backend.identity import signing
from backend.settings import Settings
from tests.factories import PASSWORD, make_staff
from tests.serving import serve


async def test_a_fault_is_masked_and_carries_the_id_of_the_request(
    settings_with_valkey: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)
        await signing.signer(session, settings_with_valkey)
    other = replace(settings_with_valkey, secret="another-secret-than-the-one-that-sealed-01")

    async with serve(other) as client:
        answer = await client.post(
            "/auth/sign-in",
            json={"email": "ada@example.com", "password": PASSWORD},
            headers={"x-request-id": "a-request-of-the-test"},
        )

    assert answer.json() == {
        "errors": [
            {
                "message": "Something went wrong.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "a-request-of-the-test"},
            }
        ]
    }
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert (answer.headers["x-request-id"], answer.headers["x-content-type-options"]) == (
        "a-request-of-the-test",
        "nosniff",
    )
    assert "does not open with this WAYMARK_SECRET" in caplog.text
