"""The page of `nereid perf --report`, opened as a file in a real browser. SCREENSHOTS=1 writes the picture of docs/perf.md."""

import http.server
import json
import re
import threading

import pytest
from playwright.sync_api import expect

from batching_models import BatchingRepository, delay, dynamic_batching
from browser import PHONE, WRITES_SCREENSHOTS, fits_the_width, screenshot
from server import HOST, run_launcher

MODEL = "batching"
EXECUTION_MS = 5
HTML = "<img src=x onerror=document.title='taken'>"
RANGE, LEVELS, WINDOW_MS = ("1:21:4", [1, 5, 9, 13, 17, 21], 3000) if WRITES_SCREENSHOTS else ("1:3", [1, 2, 3], 300)


def perf(url, model, report, *flags):
    """Runs it with short windows, any spread of which counts as stable: speed is not the question here."""
    short = ["--measurement-interval", WINDOW_MS, "--max-trials", 3, "--stability-percentage", 999, "--report", report]
    return run_launcher("perf", "-m", model, "-u", url, *short, *flags)


@pytest.fixture(scope="module")
def report(start_module_server, tmp_path_factory):
    """The page of a run over some levels of concurrency; the model executes several rows in the time of one."""
    repository = BatchingRepository(tmp_path_factory.mktemp("models"))
    repository.identity(MODEL, delay(EXECUTION_MS) + dynamic_batching("preferred_batch_size: [ 4 ]"))
    server = start_module_server([repository.folder])
    page = tmp_path_factory.mktemp("perf") / "report.html"
    finished = perf(server.url, MODEL, page, "--shape", "INPUT0:16", "--concurrency-range", RANGE)
    assert finished.returncode == 0, finished.stdout
    return page


class ServerOfTexts(http.server.BaseHTTPRequestHandler):
    """A v2 server all of whose texts would be elements of a page that took them for HTML; every other inference fails."""

    protocol_version = "HTTP/1.1"
    inferences = 0

    def do_GET(self):
        tensor = [{"name": "IN", "datatype": "FP32", "shape": [1]}]
        answers = {
            "/v2": {"name": HTML, "version": HTML, "extensions": []},
            "/v2/models/m": {"name": "m", "platform": HTML, "inputs": tensor, "outputs": tensor},
        }
        if self.path in answers:
            self.answer(200, answers[self.path])
        else:
            self.answer(404, {"error": HTML})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        ServerOfTexts.inferences += 1
        if ServerOfTexts.inferences % 2 == 0:
            self.answer(400, {"error": HTML})
        else:
            output = {"name": "IN", "datatype": "FP32", "shape": [1], "data": [0.5]}
            self.answer(200, {"model_name": "m", "outputs": [output]})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *arguments):
        """Says nothing."""


@pytest.fixture
def server_of_texts():
    with http.server.ThreadingHTTPServer((HOST, 0), ServerOfTexts) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"{HOST}:{server.server_port}"
        server.shutdown()


def levels_table(page):
    return page.get_by_role("region", name="Levels").locator("tbody tr")


def test_the_page_shows_every_level(report, open_page):
    page = open_page(report.as_uri())
    expect(page.locator("h1")).to_have_text(MODEL)
    expect(page).to_have_title(f"{MODEL} · Nereid perf")
    expect(levels_table(page).locator("td:first-child")).to_have_text([str(level) for level in LEVELS])
    expect(page.locator(".tile")).to_have_count(5)
    expect(page.locator(".plot svg")).to_have_count(4)
    for line in page.locator(".plot .line").all():
        assert re.fullmatch(r"M[-.\d]+ [-.\d]+([ML][-.\d]+ [-.\d]+)*", line.get_attribute("d"))
    expect(page.locator(".bar-row")).to_have_count(len(LEVELS))
    for row in page.locator(".bar-row").all():
        assert re.search(r"Queue .*s, .*Infer [\d.,]+ ms", row.get_attribute("aria-label"))
    expect(page.locator(".heat tbody tr")).to_have_count(len(LEVELS))
    counted = page.get_by_role("region", name="What the server counted").locator("tbody tr")
    expect(counted).to_have_count(len(LEVELS))
    expect(page.locator(".facts")).to_contain_text(f"nereid perf -m {MODEL} -u {HOST}:")
    assert fits_the_width(page)


def test_figures_of_a_place_are_read_with_the_pointer(report, open_page):
    page = open_page(report.as_uri())
    card = page.locator(".wide-plot").first
    expect(card.locator(".legend b").first).to_have_text("")
    card.locator("circle").first.hover()
    expect(card.locator(".place")).to_have_text(f"concurrency {LEVELS[0]}")
    for reading in card.locator(".legend b").all():
        expect(reading).to_have_text(re.compile(r"^[\d.]+ (µs|ms|s)$"))
    page.mouse.move(1, 1)
    expect(card.locator(".place")).to_have_text("")


def test_light_and_dark_and_what_the_person_chooses(report, open_page):
    background = "getComputedStyle(document.body).backgroundColor"
    light = open_page(report.as_uri(), color_scheme="light")
    dark = open_page(report.as_uri(), color_scheme="dark")
    light_colour, dark_colour = light.evaluate(background), dark.evaluate(background)
    assert light_colour != dark_colour
    theme = dark.get_by_role("button", name="Theme")
    theme.click()
    expect(theme).to_have_text("Theme: light")
    assert dark.evaluate(background) == light_colour
    screenshot(light, "perf/report", full_page=True)


def test_a_phone(report, open_page):
    page = open_page(report.as_uri(), viewport=PHONE)
    expect(page.locator(".plot svg")).to_have_count(4)
    assert fits_the_width(page)


def test_texts_of_a_server_are_shown_as_texts(server_of_texts, tmp_path, open_page):
    file = tmp_path / "report.html"
    finished = perf(server_of_texts, "m", file, "--max-error-rate", 1)
    assert finished.returncode == 0, finished.stdout
    page = open_page(file.as_uri())
    expect(page.locator(".head")).to_contain_text(f"{HTML} {HTML} at {server_of_texts}")
    expect(page.locator(".notice")).to_contain_text("concurrency 1: no figures of the server: the server gives no")
    expect(page.locator(".notice")).to_contain_text(f"HTTP 400: {HTML}")
    expect(page.locator(".facts")).to_contain_text(HTML)
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title("m · Nereid perf")
    expect(levels_table(page).locator("td:last-child")).not_to_have_text("0")
    failed = page.get_by_role("region", name="Requests that failed").locator("tbody tr td")
    expect(failed).to_have_text(["1", "HTTP 400", re.compile(r"^\d+$"), re.compile(r"^\d+ %$")])
