"""`/dev/mail`: in development without a mail server, the mails that would have been sent.

They hold sign-in links, so the page is there only on a machine of one's own: for a loopback caller who asks a loopback
address. A deployment that forgot WAYMARK_ENV=production shows nothing.
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.hosts import is_loopback
from backend.mail import Letter, Mail, service
from backend.settings import Settings
from backend.web.pages import page

MOST = 50


async def mails(request: Request) -> Response:
    """The newest mails."""
    settings: Settings = request.state.settings
    if not is_own_machine(request):
        return Response("Not found.", status_code=404, media_type="text/plain")
    async with request.state.database.begin() as session:
        found = await service.kept(session, settings, MOST)
    body = "".join(_shown(row, letter) for row, letter in found) or "<p>No mail yet.</p>"
    hint = f"<p>The newest {MOST} at most. They are not sent: WAYMARK_SMTP_URL is not set.</p>"
    return page("Mail", f"{hint}{body}")


def is_own_machine(request: Request) -> bool:
    """Whether this is development, and the caller sits at the machine."""
    settings: Settings = request.state.settings
    try:
        asked = urlsplit(f"http://{request.headers.get('host', '')}")
    except ValueError:
        return False
    reached = urlsplit(settings.base_url)
    hosts = asked.hostname, reached.hostname, request.client.host if request.client else None
    return settings.env == "development" and all(is_loopback(host or "") for host in hosts)


def _shown(row: Mail, letter: Letter) -> str:
    links = "".join(
        f'<p><a href="{escape(word)}">{escape(word)}</a></p>'
        for word in letter.text.split()
        if word.startswith(("http://", "https://"))
    )
    return (
        f"<article><h2>{escape(letter.subject)}</h2>"
        f"<p>To {escape(row.recipient)}, {row.created_at:%Y-%m-%d %H:%M:%S} UTC</p>"
        f"<pre>{escape(letter.text)}</pre>{links}</article>"
    )


ROUTES = [Route("/dev/mail", mails, methods=["GET"])]
