"""Makes the repository's documents the pages of the site, from where they are.

Between two documents a link is the same relative path on a code host and here, since a page's source has its path in the
repository. Other files that pages link to, as pictures and configurations, come along. A paragraph that is nothing but a
link to a text file has that text below it.
"""

import pathlib
import posixpath
import re

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = ("README.md", "CHANGELOG.md", "docs/**/*.md", "bench/*.md", "interop/**/*.md", "examples/**/*.md")
HOME = "docs/README.md"
# Who searches wants to do something first, and to know why last.
WEIGHTS = (("docs/decisions/", 0.2), ("docs/", 2), ("README.md", 2))
ICON = "server/console/src/main/resources/io/nereid/server/console/static/icon.svg"
BUILT = re.compile(r"(^|/)(target|node_modules|\.[^/]+)/")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
TABLE_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
TEXT_FILE = re.compile(r"^\[[^\]]*\]\(([^)\s]+\.txt)\)$", re.MULTILINE)


def pages():
    """The documents' paths in the repository."""
    found = {path.relative_to(ROOT).as_posix() for pattern in PAGES for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not BUILT.search(path))


def linked_files(page):
    """Paths of the files that a document links to and that are no documents."""
    for target in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if not path.endswith(".md") and (ROOT / path).is_file():
            yield path


def address(path):
    """Where a file lies in the site: what is in docs/ at the top, the rest as in the repository."""
    if path == "README.md":
        return "readme.html"
    folder, name = posixpath.split(path.removeprefix("docs/"))
    if name.endswith(".md"):
        name = name.removesuffix(".md").replace("README", "index") + ".html"
    return posixpath.join(folder, name)


def file(config, path, destination):
    added = File.generated(config, path, abs_src_path=str(ROOT / path))
    added.dest_uri = destination
    return added


def on_files(files, config):
    found = pages()
    others = {path for page in found for path in linked_files(page)}
    for path in [*found, *sorted(others)]:
        files.append(file(config, path, address(path)))
    files.append(file(config, ICON, "icon.svg"))
    return files


def on_page_markdown(markdown, page, **_):
    path = page.file.src_uri
    page.meta["search"] = {"boost": next((weight for start, weight in WEIGHTS if path.startswith(start)), 1)}
    if path == HOME:
        page.meta["hide"] = ["navigation"]
    folder = (ROOT / path).parent
    with_texts = TEXT_FILE.sub(
        lambda link: f"{link[0]}\n\n```text\n{(folder / link[1]).read_text(encoding='utf-8')}```", markdown
    )
    return TABLE_ROW.sub(lambda row: CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), with_texts)


def on_serve(server, **_):
    for page in pages():
        server.watch(str(ROOT / page))
