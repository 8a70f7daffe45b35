"""The page and Swagger UI of examples/gourmetgram in a browser that reaches nothing but this machine."""

import base64
import re

import pytest
from playwright.sync_api import expect

from browser import PHONE, fits_the_width, screenshot
from gourmetgram import PHOTOGRAPHS, Application
from ports import free_port
from server import HOST

FRUITS = PHOTOGRAPHS / "fruits.jpg"
FOUR_HUNDRED = "status of 4"
# A file as it would come from a folder that is open beside the browser.
DROP = """
([name, type, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }
}
"""


def choose(page, file):
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Choose a photograph").click()
    chooser.value.set_files(file)


def drop(page, name, content, kind="image/jpeg"):
    page.evaluate(DROP, [name, kind, base64.b64encode(content).decode()])


def assert_is_named(page, label="Vegetable/Fruit"):
    expect(page.locator("#label")).to_have_text(label)
    expect(page.locator("#probability")).to_have_text(re.compile(r"^\d{2,3}\.\d{2} %$"))
    expect(page.locator("#error")).to_be_hidden()
    expect(page.locator("#photograph")).to_have_js_property("complete", True)
    assert page.locator("#photograph").evaluate("image => image.naturalWidth > 0")


def steps(page):
    return page.locator("#steps th").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_photograph_that_is_chosen_is_named(page_of_tensors, open_page, scheme):
    page = open_page(page_of_tensors.url, color_scheme=scheme)
    choose(page, FRUITS)
    assert_is_named(page)
    assert steps(page)[-5:] == [
        "prepare the photograph", "ask the model server", "choose the label", "send it from the browser", "all of it"
    ]  # fmt: skip
    times = page.locator("#steps td").all_inner_texts()
    assert all(re.fullmatch(r"\d+\.\d ms", time) for time in times)
    expect(page.locator("#by")).to_contain_text("food_classifier_onnx at the model server")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(re.search(r"\d+", ground)[0]) < 128) == (scheme == "dark")
    if scheme == "light":
        screenshot(page, "gourmetgram/page")


def test_a_photograph_that_is_dropped_is_named(page, open_page):
    shown = open_page(page.url)
    drop(shown, "orange.jpg", (PHOTOGRAPHS / "orange.jpg").read_bytes())
    assert_is_named(shown)
    expect(shown.locator("#name")).to_have_text("orange.jpg")
    expect(shown.get_by_alt_text("The photograph orange.jpg")).to_be_visible()


def test_the_page_works_on_a_phone(page, open_page):
    phone = open_page(page.url, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="light")
    assert fits_the_width(phone)
    choose(phone, FRUITS)
    assert_is_named(phone)
    assert fits_the_width(phone)
    photograph, facts = (phone.locator(part).bounding_box() for part in (".frame", ".facts"))
    assert facts["y"] >= photograph["y"] + photograph["height"]
    screenshot(phone, "gourmetgram/phone", full_page=True)


def test_the_prediction_service_is_asked_where_it_is_named(page_of_service, open_page):
    page = open_page(page_of_service.url)
    choose(page, FRUITS)
    assert_is_named(page)
    assert "ask the prediction service" in steps(page)


def test_the_keyboard_is_enough(page, open_page):
    shown = open_page(page.url)
    # From here on the page tells of choosers: a key may be quicker there than the wish to hear of them.
    shown.on("filechooser", lambda _: None)
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.id") == "file"
    assert shown.locator("#drop").evaluate("label => getComputedStyle(label).outlineStyle") == "solid"
    with shown.expect_file_chooser() as chooser:
        shown.keyboard.press("Space")
    chooser.value.set_files(FRUITS)
    assert_is_named(shown)


def test_what_is_no_photograph_is_told(page, open_page):
    shown = open_page(page.url, tolerated=[FOUR_HUNDRED])
    choose(shown, FRUITS)
    assert_is_named(shown)
    drop(shown, "notes.txt", b"hello world", "text/plain")
    expect(shown.get_by_role("alert")).to_contain_text("got text")
    expect(shown.locator("#result")).to_be_hidden()
    choose(shown, FRUITS)
    assert_is_named(shown)


def test_a_large_file_is_told_before_it_is_sent(page, open_page):
    shown = open_page(page.url)
    shown.route("**/classify", lambda route: pytest.fail("it was sent"))
    shown.set_input_files("#file", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": bytes(11 << 20)})
    expect(shown.get_by_role("alert")).to_have_text("large.jpg has 11.0 MB (expected at most 10.0 MB).")


def test_a_name_with_html_in_it_is_text(page, open_page):
    shown = open_page(page.url)
    name = "<img src=x onerror=alert(1)>.jpg"
    drop(shown, name, FRUITS.read_bytes())
    assert_is_named(shown)
    expect(shown.locator("#name")).to_have_text(name)
    assert shown.locator("main img").count() == 1


def test_a_label_with_html_in_it_is_text(page, open_page):
    label = "<b onclick=alert(1)>soup</b>"
    shown = open_page(page.url)
    answer = {"label": label, "probability": 0.5, "answered_by": label, "steps": [{"name": label, "milliseconds": 1}]}
    shown.route("**/classify", lambda route: route.fulfill(json=answer))
    choose(shown, FRUITS)
    expect(shown.locator("#label")).to_have_text(label)
    expect(shown.locator("#steps th").first).to_have_text(label)
    assert shown.locator("main b").count() == 0


def test_a_model_server_that_is_not_there_is_told(start_application, open_page):
    lonely = start_application("web", TRITON_SERVER_URL=f"{HOST}:{free_port()}")
    page = open_page(lonely.url, tolerated=["status of 503"])
    choose(page, FRUITS)
    expect(page.get_by_role("alert")).to_contain_text("cannot be asked")
    expect(page.get_by_role("alert")).to_contain_text("is it started?")


def test_a_page_whose_own_service_has_gone_says_so(tmp_path, open_page, food):
    short = Application(tmp_path / "log", "web", TRITON_SERVER_URL=food.url)
    try:
        page = open_page(short.url, tolerated=["ERR_CONNECTION"])
        assert short.stop() == 0
        choose(page, FRUITS)
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    finally:
        short.kill()


def test_only_the_latest_photograph_is_named(page, open_page):
    """The answer to the first comes after the second was chosen."""
    shown = open_page(page.url)
    held = []
    shown.route("**/classify", lambda route: held.append(route), times=1)
    drop(shown, "first.jpg", FRUITS.read_bytes())
    expect(shown.locator("#name")).to_have_text("first.jpg")
    drop(shown, "second.jpg", FRUITS.read_bytes())
    assert_is_named(shown)
    answer = {"label": "Soup", "probability": 0.5, "answered_by": "", "steps": []}
    with shown.expect_response("**/classify"):
        held[0].fulfill(json=answer)
    assert_is_named(shown)
    expect(shown.locator("#name")).to_have_text("second.jpg")


# Swagger UI


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_swagger_ui_tries_it_out(service, open_page, viewport):
    page = open_page(f"{service.url}/docs", viewport=viewport)
    expect(page.get_by_role("heading", name="Food Classification API")).to_be_visible()
    page.locator("#operations-default-predict .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer.locator(".response-col_description").last).to_contain_text("Vegetable/Fruit")
    if viewport is None:
        answer.scroll_into_view_if_needed()
        screenshot(page, "gourmetgram/swagger")


def test_swagger_ui_shows_an_error_as_the_service_gives_it(service, open_page):
    page = open_page(f"{service.url}/docs", tolerated=[FOUR_HUNDRED])
    page.locator("#operations-default-predict .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.locator("textarea.body-param__text").fill('{"image": "aGVsbG8gd29ybGQ="}')
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("400")
    expect(answer.locator(".response-col_description").last).to_contain_text("got text")
