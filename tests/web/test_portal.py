"""The portal as the API serves it: pages, assets, their caching, and what a page may do."""

from __future__ import annotations

import gzip
import re
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import httpx
import orjson
import pytest

from backend.operation import OperationError
from backend.web import portal
from tests.graphql.world import World
from tests.serving import serve

PAGE = """<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Waymark</title><h1>{}</h1>
<meta name="signed-in" content="__SIGNED_IN__"><meta name="portal" content="{}"><link rel="icon" href="/icon.svg">
<svg><rect fill="#12876f" /></svg>"""
SCRIPT = "export const waymark = 1;\n" * 100
SESSION = {"cookie": "waymark_refresh=a"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def build(folder: Path) -> Path:
    """A small build: three pages, three assets, and an icon."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE.format("Portal", "__PORTAL__"))
    (folder / "sign-in.html").write_text(PAGE.format("Sign in", "__PORTAL__"))
    (folder / "console.html").write_text(PAGE.format("Console", "__PORTAL__"))
    (folder / "documents.json").write_text("{}")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-1.js").write_text(SCRIPT)
    (folder / "assets" / "main-1.js.br").write_bytes(b"brotli")
    (folder / "assets" / "style-1.css").write_text("main { color: red }\n" * 100)
    (folder / "assets" / "small-1.js").write_text("1")
    (folder / "assets" / ".hidden").write_text("x")
    return folder


@pytest.fixture(scope="module")
async def client(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """An API process that serves a portal, over a database that nobody changes."""
    folder = build(tmp_path_factory.mktemp("portal") / "dist")
    async with serve(replace(world.settings, portal_dir=folder)) as served:
        yield served


def title(answer: httpx.Response) -> str:
    found = re.search("<h1>(.*)</h1>", answer.text)
    return f"{answer.status_code} {found[1] if found else answer.text.strip()}"


async def test_every_address_that_a_browser_goes_to_is_a_page(client: httpx.AsyncClient) -> None:
    paths = ("/", "/insights/health", "/sign-in", "/consoles", "/console", "/console/", "/console/accounts/1/health")

    nobody = {path: title(await client.get(path, headers=BROWSER)) for path in paths}
    somebody = {path: title(await client.get(path, headers=BROWSER | SESSION)) for path in paths}

    assert nobody == {
        "/": "200 Sign in",
        "/insights/health": "200 Sign in",
        "/sign-in": "200 Sign in",
        "/consoles": "200 Sign in",
        "/console": "200 Console",
        "/console/": "200 Console",
        "/console/accounts/1/health": "200 Console",
    }
    assert somebody == nobody | dict.fromkeys(("/", "/insights/health", "/consoles"), "200 Portal")
    assert [title(await client.get(path)) for path in ("/", "/console")] == ["200 Sign in", "200 Console"]


@pytest.mark.parametrize(
    "path", ["/auth/nothing", "/v1/nothing", "/graphql/nothing", "/.well-known/nothing", "/webhooks/nothing"]
)
async def test_what_belongs_to_the_server_is_never_a_page(client: httpx.AsyncClient, path: str) -> None:
    assert title(await client.get(path, headers=BROWSER)) == "404 Not Found"


async def test_what_is_no_visit_is_not_answered_with_a_page(client: httpx.AsyncClient) -> None:
    program = await client.get("/insights", headers={"accept": "application/json"})
    change = await client.post("/insights", headers=BROWSER)
    wrong_method = await client.get("/auth/sign-in", headers=BROWSER)

    assert title(program) == "404 Not Found"
    assert (change.status_code, change.headers["allow"]) == (405, "GET, HEAD")
    assert wrong_method.status_code == 405
    assert (await client.get("/livez", headers=BROWSER)).text == "alive\n"


async def test_a_page_is_asked_for_anew_and_runs_nothing_but_its_own_files(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/"), await client.get("/")

    nonces = [found[1] for found in (re.search('nonce="(.{22})"', answer.text) for answer in (first, second)) if found]
    assert len(set(nonces)) == 2
    assert first.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonces[0]}'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self' ws://127.0.0.1:8000; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "private, no-cache"
    assert "etag" not in first.headers
    assert first.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "cookie, is_signed_in", [("", "no"), ("other=1", "no"), ("waymark_access=a", "yes"), ("waymark_refresh=a", "renew")]
)
async def test_a_page_says_whether_the_browser_brought_a_session(
    client: httpx.AsyncClient, cookie: str, is_signed_in: str
) -> None:
    answer = await client.get("/", headers={"cookie": cookie})

    assert f'<meta name="signed-in" content="{is_signed_in}">' in answer.text


async def test_a_host_that_is_none_stays_out_of_the_policy(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"host": "evil.example; script-src *"})

    assert "connect-src 'self'; manifest-src" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "accepted, encoding", [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", None)]
)
async def test_assets_are_kept_for_a_year_and_sent_compressed(
    client: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    async with client.stream("GET", "/assets/main-1.js", headers={"accept-encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers.get("content-encoding") == encoding
    plain = {"br": lambda: SCRIPT.encode() if body == b"brotli" else b"", "gzip": lambda: gzip.decompress(body)}
    assert (plain[encoding]() if encoding else body) == SCRIPT.encode()
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "name", ["main-2.js", "main-1.js.br", ".hidden", "../documents.json", "..%2fconsole.html", "", "%00"]
)
async def test_what_no_build_has_is_not_kept_and_no_page(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/assets/{name}", headers=BROWSER)

    if name == "../documents.json":  # a browser takes such a path together before it asks
        assert (answer.url.path, title(answer)) == ("/documents.json", "200 Sign in")
        return
    assert title(answer) == "404 No build has this file. Load the page again."
    assert answer.headers["cache-control"] == "no-store"


async def test_other_files_are_kept_for_an_hour(client: httpx.AsyncClient) -> None:
    icon = await client.get("/favicon.svg")

    assert (icon.text, icon.headers["content-type"]) == ("<svg/>", "image/svg+xml")
    assert icon.headers["cache-control"] == "public, max-age=3600"


async def test_a_head_tells_the_same_without_a_body(client: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/small-1.js", "/assets/none.js"):
        whole, head = await client.get(path), await client.head(path)

        assert head.content == b""
        assert head.status_code == whole.status_code
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_without_a_build_there_is_no_portal_and_half_a_one_is_refused(tmp_path: Path) -> None:
    assert portal.read(tmp_path) is None

    folder = build(tmp_path / "dist")
    shutil.rmtree(folder / "assets")
    with pytest.raises(OperationError, match="is half a build of the portal"):
        portal.read(folder)


async def test_the_customers_page_comes_with_its_face_and_the_console_with_its_own(
    own_world: World, tmp_path: Path
) -> None:
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"/>'
    choice = {
        "name": '</title>"><b>__CSP_NONCE__ __PORTAL__',
        "accentColor": "#ffe600",
        "logo": f"data:image/svg+xml;base64,{b64encode(drawn).decode()}",
    }
    query = "mutation($input: SetPortalFaceInput!) { setPortalFace(input: $input) { userErrors { message } } }"
    await own_world.data("staff", query, {"input": choice})

    async with serve(replace(own_world.settings, portal_dir=build(tmp_path / "dist"))) as client:
        page, console = (await client.get("/")).text, (await client.get("/console")).text
        found = re.search('<meta name="portal" content="([^"]*)">', page)
        face = orjson.loads(unescape(found[1])) if found else {}
        told = re.search('<meta name="portal" content="([^"]*)">', console)
        logo, other = await client.get(face["logo"]["path"]), await client.get("/brand/other.svg")

    path = face["logo"]["path"]
    shown = {"name": choice["name"], "accent": "#ffe600", "logo": {"path": path, "proportion": 3.0}, "isDemo": False}
    assert face == shown
    assert f"<title>{escape(choice['name'])}</title>" in page
    assert f'<link rel="icon" href="{path}" type="image/svg+xml">' in page
    assert '<rect fill="#ffe600" />' in page
    assert told is not None
    assert orjson.loads(unescape(told[1])) == {"isDemo": False, "organization": "Beacon", "providers": []}
    assert "<title>Waymark</title>" in console
    assert '<link rel="icon" href="/icon.svg">' in console
    assert (logo.content, logo.headers["content-type"]) == (drawn, "image/svg+xml")
    assert logo.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert logo.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert other.status_code == 404
