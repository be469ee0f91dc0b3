"""The portal as `scripts/portal.sh` built it: read once when the process starts, and served from memory.

What a build names by its content (`/assets/`) is kept by browsers and proxies for a year; pages are asked for anew each
time, so that they name the assets of the newest build. The assets of builds before stay in the folder for 30 days, for
pages that were open when one was replaced. No page holds a script or a style of its own: what writes styles while the
page is open shows the nonce that each answer makes.
"""

from __future__ import annotations

import gzip
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from backend.operation import OperationError
from backend.settings import Settings
from backend.web import cookies
from backend.web.face import BRAND, Face, Faces

SOURCE = Path(__file__).resolve().parents[2]
CUSTOMERS, NOBODY, STAFF, DOCUMENTS = "index.html", "sign-in.html", "console.html", "documents.json"
CONSOLE, SIGN_IN = "/console", "/sign-in"
PAGES = (CUSTOMERS, NOBODY, STAFF)
"""What a visitor gets who brought a session, one who brought none, and whoever comes to the console."""
NONCE, SIGNED_IN, FACE = "__CSP_NONCE__", "__SIGNED_IN__", "__PORTAL__"
"""What an answer puts in a page: a nonce; of the session that the browser brought `yes`, `renew` where only what renews
it is left, or `no`, so that no page asks what will be refused; and the portal's face, or what the console has of it."""
TITLE, ICON = re.compile("<title>[^<]*</title>"), re.compile('<link rel="icon"[^>]*>')
MARK_COLOR = 'fill="#12876f"'
"""The colour of the mark that stands there until the scripts have come."""
ASSETS = "assets"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What a build may hold; nothing else is served."""
COMPRESSED_ALREADY = frozenset({".png", ".webp", ".woff2"})
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Names of encodings by the endings of files that a build compressed, the best first."""
WORTH_COMPRESSING = 1_000
"""Bytes."""
FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
    "connect-src {sources}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Who goes to a logo's own address sees a picture, whatever stands in it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a build, with what it is in each encoding."""

    kind: str
    body: bytes
    encoded: Mapping[str, bytes]

    def best(self, accepted: str) -> tuple[bytes, str | None]:
        """The body for a client that accepts these encodings, and the encoding that it has."""
        taken = set(_accepted(accepted))
        for encoding, body in self.encoded.items():
            if encoding in taken:
                return body, encoding
        return self.body, None


class Portal:
    """A build of the portal: an ASGI application for whatever no other route takes."""

    def __init__(self, pages: Mapping[str, str], assets: Mapping[str, File], others: Mapping[str, File]) -> None:
        self._pages = pages
        self._files = {f"/{ASSETS}/{name}": file for name, file in assets.items()}
        self._files |= {f"/{name}": file for name, file in others.items()}
        self.closed: Collection[str] = ()
        """First parts of paths that belong to the server: below them nothing is a page."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HTTPException where there is nothing."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        path = scope["path"]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        first = path.split("/")[1] if path.startswith("/") else ""
        settings, faces = scope["state"]["settings"], scope["state"]["faces"]
        if path in self._files:
            answer = self._file(path, headers)
        elif first == BRAND:
            answer = await _logo(path, faces)
        elif first == ASSETS:
            answer = PlainTextResponse("No build has this file. Load the page again.\n", 404, _kept("no-store"))
        elif path in {"/", CONSOLE} or (first not in self.closed and "text/html" in headers.get(b"accept", "")):
            answer = await self._page(path, headers, settings, faces)
        else:
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"allow": "GET, HEAD"})
        if scope["method"] == "HEAD":
            answer.body = b""
        await answer(scope, receive, send)

    def _file(self, path: str, headers: Mapping[bytes, str]) -> Response:
        file = self._files[path]
        body, encoding = file.best(headers.get(b"accept-encoding", ""))
        more = _kept(FOR_A_YEAR if path.startswith(f"/{ASSETS}/") else FOR_AN_HOUR) | {"content-type": file.kind}
        if file.encoded:
            more["vary"] = "accept-encoding"
        if encoding is not None:
            more["content-encoding"] = encoding
        return Response(body, headers=more)

    async def _page(self, path: str, headers: Mapping[bytes, str], settings: Settings, faces: Faces) -> Response:
        brought = cookies.read(settings, headers)
        told = "yes" if brought.access is not None else "renew" if brought.refresh is not None else "no"
        if path == CONSOLE or path.startswith(f"{CONSOLE}/"):
            name = STAFF
        elif told != "no" and path != SIGN_IN:
            name = CUSTOMERS
        else:
            name = NOBODY
        nonce = secrets.token_urlsafe(16)
        host = headers.get(b"host", "")
        sources = "'self'"
        if HOST.fullmatch(host):  # browsers before CSP 3 do not count sockets of the same host as 'self'
            sources += f" {'wss' if settings.base_url.startswith('https://') else 'ws'}://{host}"
        page = self._pages[name].replace(NONCE, nonce).replace(SIGNED_IN, told)
        return Response(
            _with(await faces.now(), page, is_for_staff=name == STAFF),
            media_type="text/html",
            headers=_kept("private, no-cache")
            | {"content-security-policy": POLICY.format(nonce=nonce, sources=sources)},
        )


def _with(face: Face, page: str, *, is_for_staff: bool) -> str:
    """A page with the portal's face: after all else, so that a name which looks like a placeholder stays a name."""
    if is_for_staff:
        return page.replace(FACE, escape(face.told_to_staff()))
    page = page.replace(FACE, escape(face.told()))
    if face.accent is not None:
        page = page.replace(MARK_COLOR, f'fill="{face.accent}"')
    if face.logo is not None:
        page = ICON.sub(f'<link rel="icon" href="{face.logo_path}" type="{face.logo.kind}">', page)
    if face.name is not None:
        title = f"<title>{escape(face.name)}</title>"
        page = TITLE.sub(lambda _: title, page, count=1)
    return page


async def _logo(path: str, faces: Faces) -> Response:
    """The logo that holds, by the name of its content. Raises HTTPException for another."""
    face = await faces.now()
    if face.logo is None or path != face.logo_path:
        raise HTTPException(404)
    more = {"content-type": face.logo.kind, "content-security-policy": LOGO_POLICY}
    return Response(face.logo.body, headers=_kept(FOR_A_YEAR) | more)


def read(folder: Path) -> Portal | None:
    """The build in a folder, which is seen from where Waymark is installed; None where there is none. Raises
    OperationError for half a build."""
    place = SOURCE / folder
    if not (place / CUSTOMERS).is_file():
        return None
    if not all((place / name).is_file() for name in PAGES) or not (place / ASSETS).is_dir():
        raise OperationError(f"{place} is half a build of the portal. Build it again: rm -r {place}; scripts/portal.sh")
    pages = {name: (place / name).read_text("utf-8") for name in PAGES}
    others = {name: file for name, file in _files(place) if name != DOCUMENTS}
    return Portal(pages, dict(_files(place / ASSETS)), others)


def documents_of(folder: Path) -> Path:
    """The file of all documents that the build in a folder sends, as `waymark documents push` takes it."""
    return SOURCE / folder / DOCUMENTS


def marks(folder: Path) -> set[str] | None:
    """The hashes of all documents that the build in a folder sends; None where that is not to be read."""
    try:
        found = orjson.loads(documents_of(folder).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return set(found) if isinstance(found, dict) else None


def _files(folder: Path) -> Iterator[tuple[str, File]]:
    """The files of a folder by their names; what a build compressed counts to what it is of."""
    for path in sorted(folder.iterdir()):
        kind = TYPES.get(path.suffix)
        if kind is not None and path.is_file():
            yield path.name, _file_of(path, kind)


def _file_of(path: Path, kind: str) -> File:
    body = path.read_bytes()
    encoded: dict[str, bytes] = {}
    if path.suffix not in COMPRESSED_ALREADY and len(body) >= WORTH_COMPRESSING:
        for encoding, ending in ENCODINGS.items():
            compressed = path.with_name(path.name + ending)
            if compressed.is_file():
                encoded[encoding] = compressed.read_bytes()
        if "gzip" not in encoded:
            encoded["gzip"] = gzip.compress(body, mtime=0)
    return File(kind, body, {name: text for name, text in encoded.items() if len(text) < len(body)})


def _accepted(header: str) -> Iterator[str]:
    """The encodings that a client names and does not refuse."""
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", quality):
            yield name.strip()


def _kept(how: str) -> dict[str, str]:
    return {"cache-control": how}
