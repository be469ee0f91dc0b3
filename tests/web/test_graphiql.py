"""The page for trying queries: there in development, from this site's own files alone, and absent in production."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.web import graphiql
from tests.patience import PATIENCE_SECONDS
from tests.serving import serve

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "install-graphiql"
PATHS = ("/graphiql", "/graphiql/", *(f"/graphiql/{name}" for name in graphiql.FILES))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in the place of those that `make graphiql` installs, which a test cannot count on."""
    for name, path in graphiql.FILES.items():
        if path.is_relative_to(graphiql.INSTALLED):
            (tmp_path / name).write_text(f"/* {name} */")
            monkeypatch.setitem(graphiql.FILES, name, tmp_path / name)


async def test_production_has_no_such_page(settings_with_valkey: Settings, installed: None) -> None:
    async with serve(replace(settings_with_valkey, env="production")) as client:
        answers = [await client.get(path) for path in PATHS]

    assert [answer.status_code for answer in answers] == [404] * len(PATHS)
    assert {answer.text for answer in answers} == {"Not Found"}


async def test_the_page_and_all_that_it_loads_come_from_this_site(
    settings_with_valkey: Settings, installed: None
) -> None:
    async with serve(settings_with_valkey) as client:
        page = await client.get("/graphiql")
        named = re.findall(r'(?:src|href)="(?!data:,)([^"]+)"', page.text)
        files = [await client.get(path) for path in named]

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == (
        "default-src 'self'; font-src data:; img-src 'self' data:; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )
    assert page.headers["x-frame-options"] == "DENY"
    assert sorted(named) == sorted(f"/graphiql/{name}" for name in graphiql.FILES)
    assert '<link rel="icon" href="data:,">' in page.text, "a page without an icon has the browser ask for one"
    assert not re.search(r"<script(?![^>]*src)|\son\w+=|style=|<style", page.text), "nothing inline, which CSP refuses"
    kinds = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
    for path, answer in zip(named, files, strict=True):
        assert (answer.status_code, answer.headers["content-type"]) == (200, kinds[Path(path).suffix])
        assert answer.content == graphiql.FILES[Path(path).name].read_bytes()


async def test_without_its_files_the_page_says_how_to_get_them(
    settings_with_valkey: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(graphiql.FILES, "react.js", tmp_path / "absent.js")

    async with serve(settings_with_valkey) as client:
        page, file = await client.get("/graphiql"), await client.get("/graphiql/react.js")

    assert (page.status_code, file.status_code) == (404, 404)
    assert "<code>make graphiql</code> does it, once; it needs npm." in page.text


@pytest.mark.parametrize(
    "name", ["app.py", "..%2fapp.py", "%2e%2e/app.py", "../../settings.py", "page.js%00", "PAGE.JS"]
)
async def test_no_other_file_is_given(settings_with_valkey: Settings, installed: None, name: str) -> None:
    async with serve(settings_with_valkey) as client:
        answer = await client.get(f"/graphiql/{name}")

    assert answer.status_code == 404


def test_what_the_page_names_is_what_the_script_installs() -> None:
    installed = re.findall(r"\S+=([a-z-]+\.(?:js|css))", SCRIPT.read_text())

    assert sorted(installed) == sorted(
        name for name, path in graphiql.FILES.items() if path == graphiql.INSTALLED / name
    )


def test_a_package_that_is_not_the_pinned_one_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    npm = tmp_path / "bin" / "npm"
    npm.write_text(f"#!/bin/sh\ncp {tmp_path}/other.tgz react-18.3.1.tgz\n")
    npm.chmod(0o755)
    other = tmp_path / "react.production.min.js"
    other.write_text("alert('not React');")
    with tarfile.open(tmp_path / "other.tgz", "w:gz") as archive:
        archive.add(other, "package/umd/react.production.min.js")

    done = subprocess.run(
        [SCRIPT, tmp_path / "target"],
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert (done.returncode, done.stderr) == (1, "react 18.3.1 is not the package that was pinned.\n")
    assert list((tmp_path / "target").iterdir()) == []
