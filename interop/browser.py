"""A browser for the tests of pages: Debian's Chromium, which reaches nothing but this machine.

A page that asks another machine, writes an error to its console or throws one fails its test.
"""

import os
import re
import shutil
import urllib.parse

import pytest

from server import HOST, ROOT

# SCREENSHOTS=1 writes the pictures of the documents anew; a run without it leaves the tree as it is.
WRITES_SCREENSHOTS = bool(os.environ.get("SCREENSHOTS"))
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
ARGUMENTS = [f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}", "--no-sandbox", "--disable-dev-shm-usage"]
PICTURE_COLOURS = 256
PATIENCE_MILLISECONDS = 60_000


class Watch:
    """What went wrong on a page; `tolerated` are patterns of console errors that the test brings about itself."""

    def __init__(self, page, tolerated):
        self.tolerated = tolerated
        self.wrong = []
        page.on("request", lambda request: self.look_at(request.url))
        page.on("websocket", lambda socket: self.look_at(socket.url))
        page.on("pageerror", lambda error: self.wrong.append(f"thrown: {error}"))
        page.on("console", self.read)

    def look_at(self, url):
        address = urllib.parse.urlsplit(url)
        if address.scheme not in ("blob", "data", "file") and address.hostname != HOST:
            self.wrong.append(f"asked for {url}")

    def read(self, message):
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(re.search(pattern, text) for pattern in self.tolerated):
            self.wrong.append(f"console: {text}")


@pytest.fixture(scope="module")
def chromium():
    """The browser. Of a module, not of the session: while it is there no other test can have an event loop of asyncio."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "there is no chromium: interop/setup installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Opens pages: open_page(url, tolerated=[pattern...], viewport=PHONE, color_scheme="dark"); closed and judged at the end."""
    opened = []

    def start(url, tolerated=(), viewport=None, **options):
        context = chromium.new_context(viewport=viewport or DESKTOP, **options)
        page = context.new_page()
        opened.append((context, Watch(page, tolerated)))
        page.goto(url)
        return page

    yield start
    for context, _ in opened:
        context.close()
    assert [wrong for _, watch in opened for wrong in watch.wrong] == []


def screenshot(page, name, **options):
    """Writes docs/NAME.png if pictures are wanted: few colours, so that it is small."""
    if not WRITES_SCREENSHOTS:
        return
    from PIL import Image

    file = ROOT / "docs" / f"{name}.png"
    file.parent.mkdir(exist_ok=True)
    page.screenshot(path=file, animations="disabled", **options)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(PICTURE_COLOURS).save(file, optimize=True)


def fits_the_width(page):
    """Whether nothing is wider than the window, so that the page does not scroll sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")
