"""A site to look at in a browser, from disk and from a web server."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from community import TODAY, noon, settle
from playwright.sync_api import Browser, Page
from support import GUILD

from trc_mee6.jobs.leaderboard import leaderboard
from trc_mee6.jobs.site import publish
from trc_mee6.rules.days import period
from trc_mee6.store.connect import open_store

MEMBERS = 230
TOP = 150  # more than are HTML, fewer than there are


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a community, as of TODAY."""
    folder = tmp_path_factory.mktemp("site")
    with open_store(f"sqlite:///{folder / 'trc-mee6.db'}") as store:
        settle(store, MEMBERS, days=90)

        def board_of(days):
            return leaderboard(store, GUILD, "points", days, TOP, noon(TODAY))

        publish(store, GUILD, board_of, period("all", TODAY), TODAY, folder / "www")
    return folder / "www"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[Path], str]]:
    """Serve a folder, and return its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(folder: Path) -> str:
        handler = partial(_Quiet, directory=folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address; at the end, nothing was complained of and only pages were asked for."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def go(
        address: str | Path, width: int = 1440, scheme: str = "light", **options: object
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: complaints.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address.as_uri() if isinstance(address, Path) else address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
    outgoing = [url for url in asked if not url.startswith(("file://", "http://127.0.0.1:"))]
    assert [url for url in outgoing if not url.startswith("data:")] == []
    assert [url for url in asked if not url.startswith("data:") and ".html" not in url] == []
