from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from backend.commands.operate import documentation
from backend.settings import Settings, SettingsError, environment_name, read
from tests.e2e.running import ROOT

pytestmark = pytest.mark.unit


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read({"PATH": "/bin"}) == Settings()


def test_every_kind_of_value_is_read() -> None:
    given = read(
        {
            "WAYMARK_PORT": "8123",
            "WAYMARK_ALLOW_CLOCK": "1",
            "WAYMARK_POOLER": "false",
            "WAYMARK_DATA_DIR": "/srv/data",
            "WAYMARK_LOG_FORMAT": "json",
            "WAYMARK_PUBLIC_URL": "https://success.example/",
        }
    )

    assert given == Settings(
        port=8123,
        allow_clock=True,
        pooler=False,
        data_dir=Path("/srv/data"),
        log_format="json",
        public_url="https://success.example/",
    )
    assert given.base_url == "https://success.example"
    assert Settings().base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "name, value, told",
    [
        ("WAYMARK_PORT", "80 00", "WAYMARK_PORT='80 00': write a whole number of 0 or more."),
        ("WAYMARK_PORT", "-1", "WAYMARK_PORT='-1': write a whole number of 0 or more."),
        ("WAYMARK_PORT", "٨", "WAYMARK_PORT='٨': write a whole number of 0 or more."),
        ("WAYMARK_PORT", "0", "WAYMARK_PORT=0: write a number from 1 to 65535."),
        ("WAYMARK_PORT", "65536", "WAYMARK_PORT=65536: write a number from 1 to 65535."),
        (
            "WAYMARK_ACCOUNT_URL",
            "https://crm.example/{name}",
            "WAYMARK_ACCOUNT_URL='https://crm.example/{name}': write an address that begins with http:// or https:// "
            "and has {external_id} or {id} in it, and no other braces.",
        ),
        (
            "WAYMARK_TRUSTED_PROXIES",
            "10.0.0.5, *",
            "WAYMARK_TRUSTED_PROXIES='10.0.0.5, *': '*' is no address and no network such as 10.1.0.0/16. Write them "
            "with commas between.",
        ),
        (
            "WAYMARK_TRUSTED_PROXIES",
            "10.0.0.5/8",
            "WAYMARK_TRUSTED_PROXIES='10.0.0.5/8': '10.0.0.5/8' is no address and no network such as 10.1.0.0/16. "
            "Write them with commas between.",
        ),
        (
            "WAYMARK_INBOUND_ADDRESS",
            "log@in.example",
            "WAYMARK_INBOUND_ADDRESS='log@in.example': write an address such as log-f3k9q2xw@in.acme.example, with 8 "
            "letters or more before the @.",
        ),
        (
            "WAYMARK_INBOUND_SMTP_PORT",
            "25",
            "WAYMARK_INBOUND_SMTP_PORT needs WAYMARK_INBOUND_ADDRESS: to whom mail may come.",
        ),
        ("WAYMARK_INBOUND_SMTP_PORT", "65536", "WAYMARK_INBOUND_SMTP_PORT=65536: write a number up to 65535."),
        ("WAYMARK_DEMO_PERCENT", "101", "WAYMARK_DEMO_PERCENT=101: write a whole number from 0 to 100."),
        ("WAYMARK_POOLER", "yes", "WAYMARK_POOLER='yes': write 1 or 0."),
        ("WAYMARK_ENV", "prod", "WAYMARK_ENV='prod': write one of development, production."),
        ("WAYMARK_LOG_LEVEL", "info", "WAYMARK_LOG_LEVEL='info': write one of DEBUG, INFO, WARNING, ERROR."),
        ("WAYMARK_DATA_DIR", "", "WAYMARK_DATA_DIR='': write the path of a folder."),
        ("WAYMARK_PROT", "1", "WAYMARK_PROT: no such setting. docs/settings.md lists every setting."),
        (
            "WAYMARK_SECRET",
            "short",
            "WAYMARK_SECRET must have at least 32 characters; `openssl rand -base64 48` makes one.",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_the_remedy(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({name: value})

    assert str(refused.value) == told


def test_what_a_process_needs_is_named_all_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings(staff_url="postgresql://a").require("staff_url", "member_url", "redis_url")

    assert str(refused.value).startswith("WAYMARK_MEMBER_URL, WAYMARK_REDIS_URL must be set.")


def test_secrets_are_not_in_the_representation() -> None:
    secrets = [environment_name(field.name) for field in fields(Settings) if field.metadata["secret"]]

    assert "hush" not in repr(read(dict.fromkeys(secrets, "hush" * 10)))


def test_the_page_of_settings_is_what_the_code_declares() -> None:
    written = (ROOT / "docs/settings.md").read_text()

    assert written == documentation(), "run: python -m backend.cli settings --markdown > docs/settings.md"
