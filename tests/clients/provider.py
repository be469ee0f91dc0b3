"""npm oidc-provider, a certified OpenID Connect provider, as a child process, and a browser that signs in with it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from socket import socket
from typing import Any

import httpx

from tests.patience import PATIENCE_SECONDS

HERE = Path(__file__).parent
SECRET = "a secret: of 32 characters+more/&%"
CALLBACK = "http://127.0.0.1:8000/auth/oidc/company/callback"
ACCOUNTS = {
    "ada": {"email": "Ada@Example.com", "email_verified": True, "name": "Ada Lovelace"},
    "impostor": {"email": "ada@example.com", "email_verified": False, "name": "Ada Lovelace"},
    "twin": {"email": "ada@example.com", "email_verified": True, "name": "Ada Again"},
    "bob": {"email": "bob@example.com", "email_verified": True, "name": "Bob"},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True, "name": "Eve"},
}


def free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def provider(
    port: int,
    *,
    algorithm: str = "RS256",
    in_id_token: bool = False,
    accounts: Mapping[str, Mapping[str, Any]] = ACCOUNTS,
) -> AsyncIterator[str]:
    """Its issuer, for as long as it runs. Each start makes a new key."""
    config = {
        "port": port,
        "redirectUri": CALLBACK,
        "accounts": accounts,
        "algorithm": algorithm,
        "inIdToken": in_id_token,
    }
    process = await asyncio.create_subprocess_exec(
        "node",
        "provider.mjs",
        cwd=HERE,
        env={"CONFIG": json.dumps(config), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := await process.stdout.readline():
                if line.strip() == b"listening":
                    break
            assert line, "the provider ended"
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def back_from_provider(url: str, login: str) -> str:
    """Sign in at the provider as a person does, with its forms, and return the address that it sends the browser to."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        answer = await browser.get(url)
        for _ in range(12):
            location = answer.headers.get("location", "")
            if location.startswith("http://127.0.0.1:8000/"):
                return str(location)
            if answer.status_code == 303:
                answer = await browser.get(answer.request.url.join(location))
                continue
            assert answer.status_code == 200, answer.text
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert action is not None, answer.text
            assert prompt is not None, answer.text
            form = {"prompt": prompt[1]} | ({"login": login, "password": "x"} if prompt[1] == "login" else {})
            answer = await browser.post(answer.request.url.join(unescape(action[1])), data=form)
    raise AssertionError(f"the provider never sent the browser back: {answer.request.url}")
