"""The console in a real browser: what a person sees, types and clicks. SCREENSHOTS=1 writes the pictures of docs/console.md."""

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

from batching_models import BatchingRepository, delay, dynamic_batching
from browser import PHONE, WRITES_SCREENSHOTS, fits_the_width, screenshot
from models import add_graph, config, identity_graph
from server import FOOD11_MODELS, ROOT, Server

PHOTO = ROOT / "examples" / "food11" / "images" / "fruits.jpg"
HTML = "<img src=x onerror=document.title='taken'>"
LOADED = ["food_classifier", "numbers", "texts", "labelled", "batching", "squares"]
BATCHING = "preferred_batch_size: [ 4 ] max_queue_delay_microseconds: 2000"
MANY = 200
STEPS = ["0.*food_image", "1.*food_classifier_onnx", "2.*food_labels"]
SENDERS = 4
# Of each sender; behind a picture there are enough for lines that can be seen.
REQUESTS = 10
REQUESTS_OF_A_PICTURE = 3000 if WRITES_SCREENSHOTS else REQUESTS


def write_console_models(folder):
    repository = BatchingRepository(folder)
    add = lambda name, datatype, dims, graph, **files: repository.add(
        name, config([("INPUT0", datatype, dims)], [("OUTPUT0", datatype, dims)]), {1: graph}, **files
    )
    add("numbers", "INT32", [4], identity_graph("INT32", ["batch", 4]))
    add("texts", "BYTES", [-1], identity_graph("BYTES", ["batch", "n"]))
    add("left_out", "FP32", [1], add_graph(1, ["batch", 1]))
    labels = 'label_filename: "labels.txt"'
    text = config([("INPUT0", "FP32", [3])], [("OUTPUT0", "FP32", [3], labels)])
    repository.add("labelled", text, {1: add_graph(1, ["batch", 3])}, labels=f"one\n{HTML}\nthree\n")
    repository.identity("batching", delay(5) + dynamic_batching(BATCHING))
    text = config(
        [("IN", "INT32", [1])], [("OUT", "INT32", [1])], 0, "square", "model_transaction_policy { decoupled: true }"
    )
    repository.add("squares", text, {1: None})


def write_broken_model(folder):
    """A model whose name and reason would be elements of a page that took them for HTML."""
    BatchingRepository(folder).add(HTML, config([], [], backend=HTML), {1: None})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    write_console_models(folder)
    return folder


@pytest.fixture(scope="module")
def server(start_module_server, folder):
    """May be controlled; has a model that nobody has asked for."""
    flags = ["--model-control-mode=explicit", *(f"--load-model={name}" for name in LOADED)]
    return start_module_server([FOOD11_MODELS, folder], *flags)


@pytest.fixture(scope="module")
def broken(start_module_server, tmp_path_factory):
    """Has tried to load its only model, in vain."""
    folder = tmp_path_factory.mktemp("broken")
    write_broken_model(folder)
    running = start_module_server([folder], "--model-control-mode=explicit")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post(running, f"/v2/repository/models/{urllib.parse.quote(HTML)}/load")
    return running


def post(server, path, body=None):
    data = json.dumps(body).encode() if body is not None else b""
    with urllib.request.urlopen(urllib.request.Request(f"http://{server.url}{path}", data), timeout=60) as answer:
        return answer.read()


def infer(server, model, datatype, shape, data):
    inputs = [{"name": "INPUT0", "datatype": datatype, "shape": shape, "data": data}]
    return post(server, f"/v2/models/{model}/infer", {"inputs": inputs})


def crowd(server, each=REQUESTS):
    """Requests to the model that batches, several at once, of one to three rows."""
    send = lambda: [infer(server, "batching", "FP32", [n % 3 + 1, 2], [n] * (n % 3 + 1) * 2) for n in range(each)]
    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def console(server, route=""):
    return f"http://{server.url}/console#/{route}"


def version(model, tab="", number="1"):
    return f"models/{urllib.parse.quote(model, safe='')}/versions/{number}" + (f"/{tab}" if tab else "")


def row(page, name):
    return page.locator(".model-table tbody tr").filter(has=page.get_by_role("link", name=name, exact=True))


def watch(open_page, server):
    """The page of the model that batches, once it shows numbers: from then on the server keeps its times and slowest requests."""
    page = open_page(console(server, version("batching")))
    expect(page.locator(".totals")).to_contain_text(re.compile("No requests yet|executions"))
    return page


# The overview


def test_slash_leads_a_browser_to_the_console(open_page, server):
    page = open_page(f"http://{server.url}/")
    expect(page).to_have_url(re.compile("/console$"))
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()


def test_every_model_has_its_state(open_page, server):
    page = open_page(console(server))
    expect(row(page, "numbers")).to_contain_text("READY")
    expect(row(page, "left_out")).to_contain_text("UNKNOWN")
    expect(page.locator("#connection")).to_have_text("Ready")


def test_a_model_that_cannot_load_has_its_reason(open_page, broken):
    page = open_page(console(broken))
    expect(row(page, HTML)).to_contain_text("UNAVAILABLE")
    expect(row(page, HTML).locator("[data-column=reason]")).to_contain_text(HTML)
    # Such a model is known, and so the server is not ready as Triton means it.
    expect(page.locator("#connection")).to_have_text("Not ready")


def test_the_description_of_the_api_is_one_click_away(open_page, server):
    page = open_page(console(server))
    page.get_by_role("link", name="API").click()
    expect(page).to_have_url(f"http://{server.url}/docs")
    expect(page.locator("body")).to_contain_text("/v2/health/live")


def test_requests_are_seen_while_they_come(open_page, server):
    page = open_page(console(server))
    expect(row(page, "batching").locator("[data-column=requestRate]")).to_have_text("0.0")
    crowd(server, each=REQUESTS_OF_A_PICTURE // 10)
    expect(row(page, "batching").locator("[data-column=requestRate]")).to_have_text(re.compile("[1-9]"))
    screenshot(page, "console/overview")


def test_search_filter_and_sort(open_page, server):
    page = open_page(console(server))
    names = page.locator(".model-table tbody a")
    expect(names.first).to_be_visible()
    page.get_by_label("Search").fill("food_")
    expect(names).to_have_text(["food_classifier", "food_classifier_onnx", "food_image", "food_labels"])
    page.get_by_role("button", name="Model", exact=True).click()
    expect(names.first).to_have_text("food_labels")
    page.get_by_label("Search").fill("")
    page.get_by_label("State").select_option("UNKNOWN")
    expect(names).to_have_text(["left_out"])
    page.get_by_label("Search").fill("nothing is called so")
    expect(page.locator(".models .empty")).to_have_text(re.compile("No model is like that"))


def test_refused_requests_are_counted_by_reason(open_page, server):
    page = open_page(console(server))
    with pytest.raises(urllib.error.HTTPError):
        infer(server, "numbers", "INT32", [1, 3], [1, 2, 3])
    expect(page.locator(".refused li").filter(has_text="mismatch")).to_be_visible()


# A version


def test_live_numbers_of_a_version(open_page, server):
    page = watch(open_page, server)
    crowd(server, each=REQUESTS_OF_A_PICTURE)
    infer(server, "batching", "FP32", [4, 2], [0] * 8)  # a batch of four; those of the crowd may have other sizes
    expect(page.locator(".totals")).to_contain_text(re.compile(r"[1-9]\d* requests"))
    expect(page.locator(".column:not(.is-zero) .column-label").filter(has_text=re.compile("^4$"))).to_be_visible()
    closed = page.locator(".chart").filter(has_text="Why batches were closed").locator("li")
    expect(closed.filter(has_text="preferred_size")).to_be_visible()
    expect(closed.filter(has_not_text=re.compile(r"[a-z]0$")).first).to_be_visible()
    expect(page.locator(".chart").filter(has_text="Requests/s").locator(".line-1")).to_have_attribute(
        "d", re.compile("L")
    )
    expect(page.locator(".chart").filter(has_text="Compute time").locator("b").first).to_have_text(re.compile(r"\d ms"))
    expect(page.locator(".chart").filter(has_text="Instances in use").locator("li")).to_have_count(1)
    screenshot(page, "console/model")


def test_a_model_without_requests_says_so(open_page, server):
    page = open_page(console(server, version("squares")))
    expect(page.locator(".totals")).to_contain_text("No requests yet")
    page.get_by_role("link", name="Slowest requests").click()
    expect(page.locator(".slowest .empty")).to_contain_text("No requests yet")


def test_description_marks_what_was_filled_in(open_page, server):
    page = open_page(console(server, version("numbers", "description")))
    expect(page.get_by_role("cell", name="INPUT0")).to_be_visible()
    lines = page.locator(".config-line")
    expect(lines.filter(has_text="max_batch_size: 8")).not_to_have_class(re.compile("filled-in"))
    filled = page.locator(".config-line.filled-in")
    expect(filled.first).to_be_visible()
    page.get_by_label("Only what was filled in").check()
    expect(lines.filter(has_text="max_batch_size: 8")).to_be_hidden()


def test_calls_are_copied(open_page, server):
    page = open_page(console(server, version("numbers", "calls")), permissions=["clipboard-read", "clipboard-write"])
    call = page.locator("section").filter(has=page.get_by_role("heading", name="curl"))
    expect(call.locator("pre")).to_contain_text("/v2/models/numbers")
    call.get_by_role("button", name="Copy").click()
    expect(call.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == call.locator("pre").text_content()


def test_the_slowest_requests_are_shown_step_by_step(open_page, server):
    page = watch(open_page, server)
    crowd(server, each=REQUESTS_OF_A_PICTURE // 10)
    page.get_by_role("link", name="Slowest requests").click()
    first = page.locator(".slow-list details").first
    expect(first.locator("rect").first).to_be_attached()
    first.locator("summary").click()
    expect(first.get_by_role("cell", name="compute infer")).to_be_visible()
    screenshot(page, "console/slowest")


def test_what_if_compares_and_gives_the_text_for_the_configuration(open_page, server):
    page = watch(open_page, server)
    crowd(server, each=REQUESTS_OF_A_PICTURE // 4)
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_label("max_queue_delay_microseconds")).to_have_value("2000")
    page.get_by_label("preferred_batch_size").fill("8")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("row", name=re.compile("Latency, p99"))).to_contain_text("ms")
    expect(page.locator(".simulation pre")).to_contain_text("preferred_batch_size: [ 8 ]")
    screenshot(page, "console/what-if")
    page.get_by_label("preferred_batch_size").fill("many")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_text("got many (expected whole numbers")).to_be_visible()


def test_gpus_are_shown_where_there_are_any(open_page, server):
    def with_gpus(route):
        answer = route.fetch().json()
        answer["gpus"] = [
            {"uuid": "GPU-1", "utilization": 0.42, "memory_used_bytes": 2**30, "memory_total_bytes": 2**32}
        ]
        answer["gpus"].append({"uuid": "GPU-2"})  # what a GPU does not measure is absent
        route.fulfill(json=answer)

    page = open_page("about:blank")
    page.route("**/console/api/overview", with_gpus)
    page.goto(console(server))
    expect(page.locator(".gpu").first).to_have_text("GPU-142 %1.00 GiB of 4.00 GiB")
    expect(page.locator(".gpu").last).to_have_text("GPU-2–– of –")
    page.unroute_all(behavior="wait")  # one that is under way when the page is closed would fail the next test


def test_a_description_without_an_answer_is_asked_for_again(open_page, server):
    page = open_page(console(server), tolerated=["ERR_FAILED"])
    page.route("**/description", lambda route: route.abort(), times=1)
    page.goto(console(server, version("labelled", "description")))
    expect(page.get_by_role("heading", name="Configuration")).to_be_visible()


def test_what_if_without_a_measurement_says_what_to_do(open_page, server):
    page = open_page(console(server, version("labelled", "what-if")), tolerated=["409"])
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("alert")).to_contain_text("send some and ask again")


# Trying a model


def test_try_numbers(open_page, server):
    page = open_page(console(server, version("numbers", "try")))
    values = page.get_by_label("Values")
    expect(values).to_have_value(re.compile(r"^\d+(, \d+){3}$"))
    values.fill("1, -2, 3")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("got 3 values (expected 4")).to_be_visible()
    values.fill("1, -2, 3, 2147483648")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("got 2147483648 (expected -2147483648 to 2147483647 for INT32)")).to_be_visible()
    values.fill("1, -2, 3, 2147483647")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".elements")).to_have_text("1, -2, 3, 2147483647")
    expect(page.locator(".summary")).to_contain_text(re.compile(r"\d B sent"))
    expect(page.locator(".trial-answer pre").last).to_contain_text('"data":[1,-2,3,2147483647]')


def test_try_texts(open_page, server):
    page = open_page(console(server, version("texts", "try")))
    page.get_by_label("Shape").fill("1, 3")
    page.get_by_label("Text", exact=True).fill(f'grüße\n"quoted"\n{HTML}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".elements")).to_have_text(f'grüße\n"quoted"\n{HTML}')


def test_try_labels(open_page, server):
    page = open_page(console(server, version("labelled", "try")))
    page.get_by_label("Values").fill("0.5 2 1")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".labels tbody tr").first).to_have_text(f"{HTML}13")
    page.get_by_label("Values").fill("NaN 2 -inf")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".labels")).to_contain_text("NaN")


def test_try_a_photograph_as_bytes(open_page, server):
    page = open_page(console(server, version("food_classifier", "try")))
    page.locator("input[type=file]").set_input_files(PHOTO)
    expect(page.locator(".given")).to_contain_text("fruits.jpg")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".outputs")).to_contain_text("Vegetable/Fruit")
    expect(page.locator(".trial-answer pre").last).to_contain_text('"binary_data_size":82433')
    expect(page.locator(".ensemble-steps tbody tr")).to_have_text([re.compile(step) for step in STEPS])
    screenshot(page, "console/try")


def test_try_a_photograph_dropped_on_a_tensor(open_page, server):
    post(server, "/v2/repository/models/food_classifier_onnx/load")
    page = open_page(console(server, version("food_classifier_onnx", "try")))
    page.get_by_label("Pixels as").select_option("ImageNet's mean and deviation")
    drop(page, PHOTO)
    expect(page.locator(".given")).to_contain_text("224 x 224")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".labels tbody tr").first).to_contain_text("Vegetable/Fruit")


def drop(page, file):
    """Drops a file on the first input, as the browser does when somebody drags one there."""
    transfer = page.evaluate_handle(
        """([bytes, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
            return transfer;
        }""",
        [list(file.read_bytes()), file.name],
    )
    page.locator("fieldset.input").first.dispatch_event("drop", {"dataTransfer": transfer})


def test_try_a_file_that_is_no_picture(open_page, server, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("no picture")
    post(server, "/v2/repository/models/food_classifier_onnx/load")
    page = open_page(console(server, version("food_classifier_onnx", "try")))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("got notes.txt (expected a picture")).to_be_visible()


def test_try_a_decoupled_model(open_page, server):
    page = open_page(console(server, version("squares", "try")))
    page.get_by_label("Values").fill("3")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".outputs pre")).to_have_count(3)
    expect(page.locator(".outputs pre").last).to_contain_text('"OUT":3')


def test_an_error_of_the_model_is_shown_as_it_is(open_page, server):
    page = open_page(console(server, version("numbers", "try")), tolerated=["400"])
    page.get_by_label("Shape").fill("9, 4")
    page.get_by_role("button", name="Zeros").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("batch-size must be <= 8")


# Control


def test_unload_and_load_ask_first(open_page, server):
    page = open_page(console(server, version("texts")))
    page.get_by_role("button", name="Unload").click()
    page.get_by_role("dialog").press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".state")).to_have_text("READY")
    page.get_by_role("button", name="Unload").click()
    page.get_by_role("dialog").get_by_role("button", name="Unload").click()
    expect(page.locator(".state")).to_have_text("UNAVAILABLE")
    expect(page.locator(".reason-text")).to_have_text("unloaded")
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Load", exact=True).click()
    expect(page.locator(".state")).to_have_text("READY")


def test_a_model_that_was_never_loaded_is_loaded_from_its_page(open_page, server):
    page = open_page(console(server))
    row(page, "left_out").get_by_role("link").click()
    expect(page.locator(".state")).to_have_text("UNKNOWN")
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Load", exact=True).click()
    expect(page).to_have_url(re.compile("/left_out/versions/1$"))
    expect(page.locator(".state")).to_have_text("READY")


def test_a_load_that_fails_says_why(open_page, broken):
    page = open_page(console(broken, version(HTML)), tolerated=["400"])
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("failed")
    for _ in range(2):  # when the second comes, the first has been shown
        with page.expect_response("**/console/api/models/**"):
            pass
    expect(page.get_by_role("alert")).to_be_visible()


def test_there_is_nothing_to_change_where_the_server_may_not_be_controlled(start_server, open_page):
    uncontrolled = start_server([FOOD11_MODELS]).wait_until()
    page = open_page(console(uncontrolled, version("food_labels")))
    expect(page.locator(".state")).to_have_text("READY")
    expect(page.locator("#connection")).to_have_text("Ready")
    expect(page.locator(".title-line button")).to_have_count(0)


# Safety and manners


def test_html_from_the_server_is_text(open_page, broken):
    page = open_page(console(broken))
    row(page, HTML).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HTML)
    expect(page.locator(".reason-text")).to_contain_text(HTML)
    assert page.locator("img[onerror]").count() == 0
    assert page.title() != "taken"


def test_a_restricted_console_asks_for_the_value(start_server, open_page):
    restricted = start_server([FOOD11_MODELS], "--http-restricted-api=statistics:x-console=open").wait_until()
    page = open_page(console(restricted), tolerated=["403"])
    page.get_by_label("Value of the header x-console").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The server refused the value")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("--http-restricted-api")
    page.get_by_role("button", name="Enter the value").click()
    page.get_by_label("Value of the header x-console").fill("open")
    page.keyboard.press("Enter")
    expect(row(page, "food_labels")).to_contain_text("READY")
    page.reload()
    expect(row(page, "food_labels")).to_contain_text("READY")


def test_a_server_that_goes_and_comes_back(open_page, tmp_path, folder):
    first = Server(tmp_path / "first.log", [FOOD11_MODELS])
    try:
        first.wait_until()
        page = open_page(console(first), tolerated=["ERR_CONNECTION", "ERR_EMPTY_RESPONSE"])
        expect(row(page, "food_labels")).to_contain_text("READY")
        assert first.stop() == 0
        expect(page.locator("#gone")).to_be_visible()
        expect(page.locator("#connection")).to_have_text("Not connected")
    finally:
        first.kill()
    second = Server(tmp_path / "second.log", [FOOD11_MODELS], port=first.port)
    try:
        second.wait_until()
        expect(page.locator("#gone")).to_be_hidden()
        expect(page.locator("#connection")).to_have_text("Ready")
    finally:
        second.kill()


def test_a_hidden_tab_asks_nothing(open_page, server):
    page = open_page("about:blank")
    page.clock.install()
    page.goto(console(server))
    expect(row(page, "numbers")).to_be_visible()
    set_hidden(page, True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert asked == []
    with page.expect_request("**/console/api/overview"):
        set_hidden(page, False)


def set_hidden(page, hidden):
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_keyboard_alone(open_page, server):
    page = open_page(console(server))
    expect(row(page, "numbers")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("number")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="numbers")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="numbers", exact=True)).to_be_focused()
    tab_to(page, page.get_by_role("link", name="Try it"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Values"))
    page.keyboard.press("Control+A")
    page.keyboard.type("4 3 2 1")
    tab_to(page, page.get_by_role("button", name="Send"))
    page.keyboard.press("Enter")
    expect(page.locator(".elements")).to_have_text("4, 3, 2, 1")


def tab_to(page, target, most=30):
    """Presses Tab until the focus is there."""
    target.wait_for()
    for _ in range(most):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab")


# What the pages compute


@pytest.fixture
def call(open_page, server):
    """call("format.js", "time(1500)"): the value, or the text of the error, of an expression over a module of the pages."""
    page = open_page(f"http://{server.url}/console")

    def evaluate(module, expression):
        return page.evaluate(
            f"import('/console/static/{module}').then((all) => all.{expression}).catch((e) => e.message)"
        )

    return evaluate


WRITTEN = {
    "time(0)": "0 ms",
    "time(999)": "999 ns",
    "time(1500)": "1.50 µs",
    "time(12345678)": "12.3 ms",
    "time(2.5e12)": "2,500 s",
    "time(null)": "–",
    "bytes(1023)": "1023 B",
    "bytes(1536)": "1.50 KiB",
    "bytes(3 * 2 ** 40)": "3.00 TiB",
    "rate(0)": "0.0",
    "rate(99.96)": "100",
    "rate(12345.6)": "12,346",
    "span(59e9)": "59 s",
    "span(3600e9)": "1 h 0 min",
    "span(90000e9)": "1 d 1 h",
    "percent(0.425)": "43 %",
}
ELEMENTS = {
    "parseShape('[1, 3]', [-1, 3])": [1, 3],
    "parseShape('1, 4', [-1, 3])": "got [1, 4] (expected [-1, 3], where -1 is any size)",
    "parseShape('1, x', [-1, 3])": "The shape is whole numbers with commas between them, got 1, x",
    "parseShape('99999, 99999', [-1, -1])": "got 9999800001 elements (expected at most 50000000 in this form)",
    "parseElements('INT64', '[9223372036854775807]', 1)": ["9223372036854775807"],
    "parseElements('UINT8', '-1', 1)": "got -1 (expected 0 to 255 for UINT8)",
    "parseElements('INT8', '1.5', 1)": "got 1.5 (expected a whole number)",
    "parseElements('BOOL', 'true 0 1', 3)": ["true", "false", "true"],
    "parseElements('BOOL', '2', 1)": "got 2 (expected true or false)",
    "parseElements('FP32', '1e3; -inf NaN', 3)": ["1000", "-Infinity", "NaN"],
    "parseElements('FP32', 'one', 1)": "got one (expected a number)",
    "parseElements('BYTES', 'a\\nb', 1)": ['"a\\nb"'],
    "parseElements('BYTES', 'a\\nb', 2)": ['"a"', '"b"'],
    "parseElements('BYTES', '', 0)": [],
    "decode('BYTES', new Uint8Array([1, 0, 0, 0, 97, 2, 0, 0, 0, 255, 254]))": ["a", "0xfffe"],
    "decode('BOOL', new Uint8Array([1, 0]))": [True, False],
    "elementText('FP32', Math.fround(0.1))": "0.1",
}
LAYOUTS = {
    "[-1, 3, 224, 224]": {"channels": 3, "height": 224, "width": 224, "first": True},
    "[32, 64, 1]": {"channels": 1, "height": 32, "width": 64, "first": False},
    "[1, 3, -1, -1]": {"channels": 3, "height": -1, "width": -1, "first": True},
    "[2, 3, 224, 224]": None,
    "[3, 4]": None,
    "[5, 5, 5]": None,
}


def test_numbers_are_written_as_people_read_them(call):
    assert {expression: call("format.js", expression) for expression in WRITTEN} == WRITTEN


def test_elements_are_read_and_written(call):
    assert {expression: call("values.js", expression) for expression in ELEMENTS} == ELEMENTS


def test_shapes_that_a_picture_fits(call):
    assert {shape: call("picture.js", f"layoutOf({shape})") for shape in LAYOUTS} == LAYOUTS


# Looks


ROUTES = ["", *(version("batching", tab) for tab in ("", "try", "description", "calls", "slowest", "what-if"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_one_way_only(open_page, server, scheme):
    page = open_page(console(server), viewport=PHONE, color_scheme=scheme)
    for route in ROUTES:
        page.goto(console(server, route))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert fits_the_width(page), route
    page.goto(console(server))
    expect(row(page, "numbers").locator("[data-column=requestRate]")).to_have_text(re.compile("[0-9]"))
    assert fits_the_width(page)
    if scheme == "light":
        screenshot(page, "console/phone")


def test_both_colour_schemes_and_the_switch(open_page, server):
    background = lambda page: page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = open_page(console(server), color_scheme="light")
    dark = open_page(console(server), color_scheme="dark")
    assert background(light) != background(dark)
    expect(row(dark, "numbers")).to_be_visible()
    dark.get_by_role("button", name="Theme: system").click()
    dark.get_by_role("button", name="Theme: light").wait_for()
    assert background(dark) == background(light)
    dark.reload()
    assert background(dark) == background(light)


def note_shifts(page):
    """From now on the page keeps what has moved without anybody having touched it."""
    page.evaluate(
        """() => {
            window.shifts = [];
            const moved = (entry) => entry.sources.map(({ node }) => node?.className || node?.nodeName);
            new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(moved)))
                .observe({ type: "layout-shift" });
        }"""
    )


def test_nothing_moves_while_numbers_of_a_version_change(open_page, server):
    page = watch(open_page, server)
    crowd(server)
    expect(page.locator(".column:not(.is-zero) .column-bar").first).to_be_visible()
    note_shifts(page)
    crowd(server)
    for _ in range(3):
        page.wait_for_event("response")
    assert page.evaluate("window.shifts") == []


def test_nothing_moves_while_numbers_of_all_models_change(open_page, server):
    page = open_page(console(server))
    rate = row(page, "batching").locator("[data-column=requestRate]")
    expect(rate).to_have_text("0.0")
    note_shifts(page)
    crowd(server)
    expect(rate).to_have_text(re.compile("^[1-9]"))
    assert page.evaluate("window.shifts") == []


def test_two_hundred_models(start_server, tmp_path, open_page):
    repository = BatchingRepository(tmp_path / "many")
    for number in range(MANY):
        repository.identity(f"model_{number:03}", "")
    many = start_server([repository.folder]).wait_until()
    page = open_page(console(many))
    rows = page.locator(".model-table tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator(".range")).to_have_text("1–50 of 200")
    page.get_by_role("button", name="Next").click()
    expect(rows.first).to_contain_text("model_050")
    infer(many, "model_137", "FP32", [1, 1], [1])
    page.get_by_role("button", name="Requests/s").click()
    page.get_by_role("button", name="Previous").click()
    page.get_by_label("Search").fill("137")
    expect(rows).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("model_137")
