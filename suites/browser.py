"""`/graphiql` in a real browser, of the very files that `make graphiql` installs: whether it draws itself there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from html.parser import HTMLParser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
SECONDS = 60
DRAWN = ("viewer", "kind", "permissions", "Variables")
"""What the page shows once GraphiQL has drawn itself: the first query, word by word, and its own buttons."""


def look(address: str) -> int:
    """Open the page and read what it draws. Exit code 1 where GraphiQL did not draw itself."""
    print("== GraphiQL in a browser", flush=True)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"not looked at: none of {', '.join(BROWSERS)} is on PATH")
        return 0
    with tempfile.TemporaryDirectory(prefix="waymark-browser-") as profile:
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
        command = [browser, *options, "--virtual-time-budget=15000", f"{address}/graphiql"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    page = _Page()
    page.feed(done.stdout)
    missing = [word for word in DRAWN if word not in page.texts]
    print(f"missing: {', '.join(missing)}" if missing else "it draws itself")
    return int(bool(missing))


class _Page(HTMLParser):
    """The texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.add(data.strip())
