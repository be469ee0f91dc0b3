"""The pages that are there without any portal."""

from __future__ import annotations

from dataclasses import replace

from backend.settings import Settings
from tests.web.test_health import serving


async def test_the_front_page_shows_tools_in_development_and_none_in_production(settings_with_valkey: Settings) -> None:
    shown = {}
    for env in ("development", "production"):
        async with serving(replace(settings_with_valkey, env=env)) as client:
            shown[env] = (await client.get("/")).text

    assert '<a href="/graphiql">' in shown["development"]
    assert '<a href="/dev/mail">' in shown["development"]
    assert "graphiql" not in shown["production"]
    assert "/dev/mail" not in shown["production"]
    assert '<a href="/graphql">' in shown["production"]
    assert "The portal is not built here" in shown["production"]


async def test_pages_take_their_style_from_a_file_of_this_site(settings_with_valkey: Settings) -> None:
    async with serving(settings_with_valkey) as client:
        page = await client.get("/")
        style = await client.get("/page.css")

    assert '<link rel="stylesheet" href="/page.css">' in page.text
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "main {" in style.text
