"""/docs in a browser: the API is shown, models are tried out, in both colour schemes, and nothing leaves the machine."""

import json

import pytest

import models
from browser import PHONE, fits_the_width, screenshot
from server import FOOD11_MODELS, ROOT

PHOTOGRAPHS = ROOT / "examples" / "food11" / "images"
# As much as the picture of an operation and its answer needs.
TALL = {"width": 1280, "height": 1100}
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def described(start_module_server, tmp_path_factory):
    """Models of numbers, texts and photographs."""
    repository = models.Repository(tmp_path_factory.mktemp("docs"))
    numbers = [("INPUT0", "FP32", [3])], [("OUTPUT0", "FP32", [3])]
    texts = [("PROMPT", "BYTES", [1])], [("ANSWER", "BYTES", [1])]
    repository.add("numbers", models.config(*numbers, backend="identity"), {1: None})
    repository.add("texts", models.config(*texts, backend="identity"), {1: None})
    return start_module_server([repository.folder, FOOD11_MODELS])


@pytest.fixture(scope="module")
def closed(start_module_server, few_models):
    return start_module_server([few_models], "--http-restricted-api=metadata,inference:x-key=secret")


def open_operation(page, model, action="infer"):
    """Opens one operation of a model; its element."""
    group = page.locator(".opblock-tag-section").filter(has=page.locator(f'.opblock-tag[data-tag="{model}"]'))
    group.wait_for()
    if group.locator(".opblock-tag").get_attribute("data-is-open") == "false":
        group.locator(".opblock-tag").click()
    path = page.locator(f'[data-path="/v2/models/{model}/{action}"]')
    operation = group.locator(".opblock").filter(has=path)
    operation.locator(".opblock-summary-control").click()
    operation.locator("button.execute").wait_for()
    return operation


def execute(operation):
    """Tries an operation out; the status and the text of the answer."""
    operation.locator("button.execute").click()
    answer = operation.locator(".live-responses-table tr.response")
    answer.wait_for()
    return answer.locator(".response-col_status").inner_text(), answer.locator(".response-col_description").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_model_is_tried_out(described, open_page, scheme):
    page = open_page(f"http://{described.url}/docs", viewport=TALL, color_scheme=scheme)
    operation = open_operation(page, "numbers")
    status, text = execute(operation)
    assert status.startswith("200")
    assert '"OUTPUT0"' in text
    operation.evaluate("element => element.scrollIntoView()")
    screenshot(page, f"console/docs-{scheme}")


def test_what_is_sent_can_be_changed(described, open_page):
    page = open_page(f"http://{described.url}/docs", tolerated=["status of 400"])
    operation = open_operation(page, "texts")
    field = operation.locator("textarea.body-param__text")
    request = json.loads(field.input_value())
    request["inputs"][0]["data"] = ["Grüße, <b>bold</b>"]
    field.fill(json.dumps(request))
    status, text = execute(operation)
    assert status.startswith("200")
    assert "Grüße, <b>bold</b>" in text
    request["inputs"][0]["shape"] = [1, 2]
    field.fill(json.dumps(request))
    operation.locator("button.execute").click()
    operation.locator(".live-responses-table tr.response .response-col_status", has_text="400").wait_for()


def test_a_photograph_is_chosen_and_named(described, open_page):
    page = open_page(f"http://{described.url}/docs")
    operation = open_operation(page, "food_classifier")
    operation.locator(".opblock-section-request-body select.content-type").select_option("image/jpeg")
    operation.locator("input[type=file]").set_input_files(min(PHOTOGRAPHS.glob("*.jpg")))
    status, text = execute(operation)
    assert status.startswith("200")
    assert '"FOOD_LABEL"' in text


def test_markup_in_a_name_is_text(start_server, tmp_path, open_page):
    repository = models.Repository(tmp_path / "markup")
    text = models.config([("INPUT0", "FP32", [3])], [("OUTPUT0", "FP32", [3])], backend="identity")
    repository.add(MARKUP, text, {1: None})
    page = open_page(f"http://{start_server([repository.folder]).wait_until().url}/docs")
    page.on("dialog", lambda dialog: pytest.fail(f"a name was run: {dialog.message}"))
    page.locator(".opblock-tag", has_text=MARKUP).wait_for()
    assert page.locator("img[src=x]").count() == 0


def test_many_models_are_searched(start_server, tmp_path, open_page):
    repository = models.Repository(tmp_path / "many")
    text = models.config([("INPUT0", "FP32", [3])], [("OUTPUT0", "FP32", [3])], backend="identity")
    for number in range(200):
        repository.add(f"model_{number:03}", text, {1: None})
    page = open_page(f"http://{start_server([repository.folder]).wait_until().url}/docs")
    groups = page.locator(".opblock-tag")
    groups.first.wait_for()
    of_models = page.locator('.opblock-tag[data-tag^="model_"]')
    assert of_models.count() == 50
    assert page.locator("#shown").inner_text() == "50 of 200 are shown"
    page.get_by_label("Models whose name contains").fill("_17")
    page.locator('.opblock-tag[data-tag="model_179"]').wait_for()
    assert of_models.count() == 10
    assert page.locator("#shown").inner_text() == "10 of 200"
    assert page.locator('.opblock-tag[data-tag="Server"]').count() == 1
    status, _ = execute(open_operation(page, "model_175"))
    assert status.startswith("200")
    page.get_by_label("Models whose name contains").fill("nothing")
    page.locator('.opblock-tag[data-tag="model_175"]').wait_for(state="detached")


def test_the_scheme_is_the_consoles(described, open_page):
    page = open_page(f"http://{described.url}/console", color_scheme="light")
    while page.locator("#theme").inner_text() != "Theme: dark":
        page.locator("#theme").click()
    page.get_by_role("link", name="API").click()
    page.locator("#docs .opblock").first.wait_for()
    assert page.evaluate("getComputedStyle(document.getElementById('docs')).filter").startswith("invert")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.getElementById('docs')).filter") == "none"


def test_on_a_phone(described, open_page):
    page = open_page(f"http://{described.url}/docs", viewport=PHONE)
    open_operation(page, "numbers")
    assert fits_the_width(page)


def test_a_secret_is_asked_for_and_sent(closed, open_page):
    page = open_page(f"http://{closed.url}/docs", tolerated=["status of 403"])
    reason = page.locator("#reason")
    reason.wait_for()
    assert "expecting header 'x-key'" in reason.inner_text()
    page.get_by_label("Value of the header").fill("wrong")
    page.keyboard.press("Enter")
    page.locator("#reason", has_text="not the right one").wait_for()
    page.get_by_label("Value of the header").fill("secret")
    page.keyboard.press("Enter")
    status, _ = execute(open_operation(page, "identity_fp32"))
    assert status.startswith("200")
