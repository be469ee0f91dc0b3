"""The mail server as the settings name it."""

from __future__ import annotations

import pytest

from backend.mail.smtp import Server, server_of
from backend.settings import Settings, SettingsError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587, None, None, is_tls=False, start_tls=True)),
        ("smtp://u:p%40ss@mail.example:25", Server("mail.example", 25, "u", "p@ss", is_tls=False, start_tls=True)),
        ("smtps://mail.example", Server("mail.example", 465, None, None, is_tls=True, start_tls=False)),
        ("smtp://relay:25?tls=off", Server("relay", 25, None, None, is_tls=False, start_tls=False)),
        ("smtp://127.0.0.1:1025", Server("127.0.0.1", 1025, None, None, is_tls=False, start_tls=None)),
        ("smtp://localhost?tls=required", Server("localhost", 587, None, None, is_tls=False, start_tls=True)),
    ],
)
def test_an_address_of_a_mail_server_is_read(url: str, server: Server) -> None:
    assert server_of(Settings(smtp_url=url, mail_from="a@example.com")) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:587",
        "http://u:hunter2@mail.example",
        "smtp://u:hunter2@mail.example:port",
        "smtp://u:hunter2@mail.example:99999",
        "smtp://u:hunter2@/",
        "smtp://u:hunter2@mail.example/path",
        "smtp://u:hunter2@mail.example?tls=maybe",
        "smtp://u:hunter2@mail.example?starttls=off",
        "smtp://u:hunter2@mail.example?tls",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match="WAYMARK_SMTP_URL cannot be read") as refused:
        server_of(Settings(smtp_url=url, mail_from="a@example.com"))

    assert "hunter2" not in str(refused.value)


def test_a_server_never_shows_its_password() -> None:
    server = server_of(Settings(smtp_url="smtp://u:hunter2@mail.example", mail_from="a@example.com"))

    assert "hunter2" not in repr(server)
