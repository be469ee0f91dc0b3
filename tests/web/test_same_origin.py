"""Which requests a cookie may sign in."""

from __future__ import annotations

import pytest

from backend.web.same_origin import refusal_of_cookie

pytestmark = pytest.mark.unit

HOST = {b"host": "waymark.example:8443"}
OWN = {b"origin": "https://waymark.example:8443"}
JSON = {b"content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    "method, headers",
    [
        ("POST", OWN | JSON),
        ("POST", OWN | JSON | {b"sec-fetch-site": "same-origin"}),
        ("POST", {b"origin": "https://Waymark.Example:8443"} | JSON),
        ("GET", OWN),
        ("GET", {b"sec-fetch-site": "same-origin"}),
        ("HEAD", {b"sec-fetch-site": "same-origin"}),
    ],
)
def test_a_cookie_counts_for_our_own_pages(method: str, headers: dict[bytes, str]) -> None:
    assert refusal_of_cookie(method, HOST | headers) is None


@pytest.mark.parametrize(
    "method, headers",
    [
        ("POST", JSON),
        ("POST", OWN),
        ("POST", OWN | {b"content-type": "text/plain"}),
        ("POST", OWN | {b"content-type": "application/x-www-form-urlencoded"}),
        ("POST", JSON | {b"sec-fetch-site": "same-origin"}),
        ("POST", OWN | JSON | {b"sec-fetch-site": "cross-site"}),
        ("POST", OWN | JSON | {b"sec-fetch-site": "same-site"}),
        ("POST", JSON | {b"origin": "null"}),
        ("POST", JSON | {b"origin": "https://waymark.example"}),
        ("POST", JSON | {b"origin": "https://waymark.example:8443.attacker.example"}),
        ("POST", JSON | {b"origin": "https://attacker.example"}),
        ("POST", JSON | {b"origin": "ftp://waymark.example:8443"}),
        ("GET", {}),
        ("GET", {b"sec-fetch-site": "none"}),
        ("GET", {b"sec-fetch-site": "cross-site"}),
        ("GET", {b"origin": "https://attacker.example"}),
    ],
)
def test_a_cookie_counts_for_nothing_that_another_site_can_cause(method: str, headers: dict[bytes, str]) -> None:
    assert refusal_of_cookie(method, HOST | headers) is not None
