"""The documents as a site: docs/build makes it, it reads as on a code host, and a browser needs nothing else for it."""

import functools
import html.parser
import http.server
import shutil
import subprocess
import threading

import pytest
from markdown_it import MarkdownIt

from browser import DESKTOP, PHONE, fits_the_width
from server import HOST, ROOT

SITE = ROOT / "target" / "site"
BUILD_SECONDS = 300
# What an element's start says of how a text is cut into parts.
PARTS = {"h1", "h2", "h3", "h4", "ul", "ol", "li", "pre", "table", "tr", "th", "td", "img", "blockquote"}
# Of the site alone.
FURNITURE = {"nav", "button", "script"}
EXPANDED = "docs/command-line/README.md"  # where the site has the texts below the links to them


def build(checkout):
    return subprocess.run(
        [checkout / "docs" / "build"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
    )


@pytest.fixture(scope="module")
def site():
    """The site, built from nothing: a link or anchor that leads nowhere ends that."""
    built = build(ROOT)
    assert built.returncode == 0, built.stdout
    return SITE


@pytest.fixture(scope="module")
def built_with_wrong_links(site, tmp_path_factory):
    """The end of a build in a copy of the documents, where a page has links that lead nowhere."""
    copy = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns(".venv"))
    (copy / "docs" / "site" / ".venv").symlink_to(ROOT / "docs" / "site" / ".venv")
    (copy / "server").symlink_to(ROOT / "server")
    with open(copy / "docs" / "tls.md", "a") as page:
        page.write("\n[a](nowhere.md) [b](metrics.md#nowhere) [c](../deploy/nowhere)\n")
    return build(copy)


@pytest.fixture(scope="module")
def address(site):
    """Where a server for files shows it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer((HOST, 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


class Outline(html.parser.HTMLParser):
    """The parts of a text and its words, in order. Only what is in an `article`, where there is one."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.hidden = []  # the elements around this place that are no text
        self.outside = "<article" in markup
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        if tag == "article":
            self.outside = False
        elif tag in FURNITURE or ("class", "headerlink") in attributes:
            self.hidden.append(tag)
        elif tag in PARTS and not self.outside:
            self.found.append(f"<{tag}>")

    def handle_endtag(self, tag):
        if tag == "article":
            self.outside = True
        elif self.hidden and tag == self.hidden[-1]:
            self.hidden.pop()

    def handle_data(self, data):
        if not self.outside and not self.hidden:
            self.found += data.split()


def documents(site):
    """(the document, its page) of every page."""
    for page in sorted(site.rglob("*.html")):
        path = page.relative_to(site).with_suffix(".md").as_posix().replace("index.md", "README.md")
        if path == "readme.md":
            path = "README.md"
        elif (ROOT / "docs" / path).exists():
            path = f"docs/{path}"
        if path != "404.md":
            yield ROOT / path, page


def test_a_page_reads_as_on_a_code_host(site):
    """Lists, tables, blocks and words are the same by the rules of GitHub's Markdown and by those of the site's."""
    markdown = MarkdownIt("gfm-like", {"linkify": False})
    found = dict(documents(site))
    assert len(found) > 40
    for document, page in found.items():
        if document != ROOT / EXPANDED:
            here, there = Outline(page.read_text()).found, Outline(markdown.render(document.read_text())).found
            assert "".join(here) == "".join(there), f"{document}: {first_difference(there, here)}"


def first_difference(one, other):
    place = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    here, there = (" ".join(text[max(0, place - 8) : place + 8]) for text in (other, one))
    return f"code host: {there}\nsite: {here}"


def test_the_parts_of_a_text_are_seen():
    assert Outline("<p>a <b>b</b></p><ul><li>c</li></ul>").found == ["a", "b", "<ul>", "<li>", "c"]
    assert Outline("<nav>x</nav><article>a<button>b</button></article>c").found == ["a"]


@pytest.mark.parametrize("link", ["nowhere.md", "metrics.md#nowhere", "../deploy/nowhere"])
def test_a_link_that_leads_nowhere_ends_the_build(built_with_wrong_links, link):
    assert built_with_wrong_links.returncode == 1
    assert f"'{link}'" in built_with_wrong_links.stdout


def test_every_help_is_in_the_page(site):
    """What `--help` of each command prints stands below the link to it."""
    found = Outline((site / "command-line" / "index.html").read_text()).found
    shown = " ".join(word for word in found if not word.startswith("<pre>"))
    helps = list((ROOT / "docs" / "command-line").glob("*.txt"))
    assert len(helps) >= 2
    for text in helps:
        assert " ".join(text.read_text().split()) in shown, text.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_looked_at(address, open_page, viewport, scheme):
    """`open_page` fails a page that asks another host for anything."""
    for path in ("index.html", "batching.html", "compatibility.html", "quickstart/python.html"):
        page = open_page(f"{address}/{path}", viewport=viewport, color_scheme=scheme)
        assert page.locator("h1").first.is_visible()
        assert fits_the_width(page), path
        pictures = page.locator("article img")
        for number in range(pictures.count()):
            assert pictures.nth(number).evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def search(page):
    """The addresses that the search finds."""
    page.locator("input.md-search__input").click()
    # One search, not one for each letter: in a page from a folder they run in the page's own thread.
    page.locator("input.md-search__input").fill("preferred_batch_siz")
    page.keyboard.press("e")
    found = page.locator(".md-search-result__link")
    found.first.wait_for()
    return [link.get_attribute("href") for link in found.all()]


def test_the_search_finds(address, open_page):
    assert any("/batching.html" in found for found in search(open_page(f"{address}/index.html")))


def test_what_is_copied_are_commands(address, open_page):
    """The button of a block leaves out prompts and what was printed."""
    page = open_page(f"{address}/quickstart/curl.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator("div.highlight", has_text="/v2/models/food_classifier/ready")
    block.hover()
    block.locator("button").first.click()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert len(copied) == 2 and all(line.startswith("curl -s -o /dev/null ") for line in copied)


def test_it_opens_from_a_folder(site, chromium):
    """Without any server: links and the search work, and nothing is asked of the network."""
    asked = []
    page = chromium.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    assert any("/batching.html" in found for found in search(page))
    page.keyboard.press("Escape")
    page.locator("article a", has_text="The tutorial").first.click()
    page.locator("h1", has_text="Serving a food classifier").first.wait_for()
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))] == []
