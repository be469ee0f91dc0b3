"""Codes of authenticator apps, against the examples of the standard."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.identity import totp

pytestmark = pytest.mark.unit
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_of(SECRET, totp.step_at(at)) == code[-6:], (
        "appendix B has eight digits, of which ours are the last"
    )


@given(st.binary(min_size=20, max_size=20), st.integers(10, 10**8), st.integers(-5, 5))
def test_a_code_counts_a_step_before_and_after_its_own(secret: bytes, step: int, late: int) -> None:
    code = totp.code_of(secret, step)

    found = totp.step_of(secret, code, datetime.fromtimestamp(30 * (step + late), UTC))

    near = {step} if abs(late) <= 1 else set()
    twins = {each for each in range(step + late - 1, step + late + 2) if totp.code_of(secret, each) == code}
    assert near <= twins
    assert found == max(twins, default=None)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "123 56"])
def test_what_is_no_code_is_told_apart(text: str) -> None:
    assert not totp.is_code(text)
    assert totp.step_of(SECRET, text, datetime(2026, 5, 1, tzinfo=UTC)) is None


def test_an_app_reads_secret_issuer_and_account() -> None:
    uri = totp.uri(SECRET, issuer="Acme: Co & Söhne", account="ada+x@example.com")

    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path.count(":") == 1
    assert unquote(parts.path) == "/Acme: Co & Söhne:ada+x@example.com"
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Acme: Co & Söhne"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert "+" not in parts.query, "some apps show it as it stands"


def test_secrets_differ_and_have_160_bits() -> None:
    made = {totp.new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(secret) for secret in made} == {20}
